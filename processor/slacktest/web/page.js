"use strict";
// The page asks for a view of the workspace, builds it, and asks again whenever
// the server says that something changed. Message bodies come as HTML that the
// server's renderer made safe; every other text is set as text.

const $ = (id) => document.getElementById(id);

function make(tag, className, text) {
  const e = document.createElement(tag);
  if (className) e.className = className;
  if (text !== undefined) e.textContent = text;
  return e;
}

let chosen = location.hash.slice(1); // "" follows the channel with the latest message
let seen = new Map();                // counts of messages by channel when it was last shown
let known = null;                    // ts of the messages that were there at the last look
const folded = new Set();            // threads that the reader closed
const opened = new Set();            // results that the reader opened
let view = null;

// The latest message stays in sight unless the reader has scrolled away from
// it, also when the messages get less room or take more.
let following = true;
function follow() {
  const box = $("messages");
  if (following) box.scrollTop = box.scrollHeight;
}
$("messages").addEventListener("scroll", (e) => {
  const box = e.target;
  following = box.scrollHeight - box.scrollTop - box.clientHeight < 80;
});
new ResizeObserver(follow).observe($("messages"));

async function choose(id) {
  chosen = id;
  history.replaceState(null, "", "#" + id);
  known = null;
  following = true;
  await look();
  document.querySelector("#channels [aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
}

let looking = false, again = false;
async function look() {
  if (looking) { again = true; return; }
  looking = true;
  try {
    do {
      again = false;
      const r = await fetch("view?channel=" + encodeURIComponent(chosen));
      if (!r.ok) throw new Error("HTTP status " + r.status);
      view = await r.json();
      draw();
    } while (again);
  } catch (err) {
    live(false);
  } finally {
    looking = false;
  }
}

function live(on) {
  $("live").className = on ? "live on" : "live";
  $("live").textContent = on ? "live" : "connection lost, trying again";
}

function draw() {
  $("team").textContent = view.team;
  drawChannels();
  drawMessages();
  drawPanel();
  follow();
}

// keep redraws only what differs, so that focus, selection and scrolling stay.
function keep(parent, items, keyOf, build) {
  const old = new Map();
  for (const e of [...parent.children]) old.set(e.dataset.key, e);
  let at = parent.firstChild;
  for (const item of items) {
    const key = keyOf(item), print = JSON.stringify(item);
    let e = old.get(key);
    old.delete(key);
    if (!e || e.dataset.print !== print) {
      const next = build(item, e);
      next.dataset.key = key;
      next.dataset.print = print;
      if (e) {
        const hadFocus = e.contains(document.activeElement) && [...e.querySelectorAll("button, summary, a")].indexOf(document.activeElement);
        if (at === e) at = next;
        e.replaceWith(next);
        if (typeof hadFocus === "number" && hadFocus >= 0) next.querySelectorAll("button, summary, a")[hadFocus]?.focus();
      }
      e = next;
    }
    if (e !== at) parent.insertBefore(e, at);
    else at = at.nextSibling;
  }
  for (const e of old.values()) e.remove();
}

function drawChannels() {
  const first = seen.size === 0;
  const items = view.channels.map((c) => {
    if (first || c.id === view.channel) seen.set(c.id, c.count);
    return { ...c, current: c.id === view.channel, news: c.count - (seen.get(c.id) || 0) };
  });
  keep($("channels"), items, (c) => c.id, (c) => {
    const li = make("li");
    const b = make("button", (c.note ? "off " : "") + (c.news > 0 ? "news" : ""));
    b.type = "button";
    if (c.current) b.setAttribute("aria-current", "true");
    if (c.note) b.title = c.note;
    b.append(make("span", "sign", c.kind === "im" ? "●" : c.kind === "private_channel" ? "◈" : "#"), make("span", "name", c.name));
    if (c.archived) b.append(make("small", "", "archived"));
    if (c.news > 0) b.append(make("span", "badge", String(c.news)));
    b.addEventListener("click", () => choose(c.id));
    li.append(b);
    return li;
  });
}

function drawMessages() {
  const box = $("messages");
  const current = view.channels.find((c) => c.id === view.channel);
  const title = $("title");
  title.replaceChildren((current.kind === "im" ? "" : "# ") + current.name);
  if (current.note) title.append(make("small", "", current.note));
  const members = view.members || [];
  $("members").textContent = current.kind === "im" || members.length === 0 ? "" : "Members: " + members.join(", ");
  document.title = current.name + " · " + view.team;

  const before = known;
  known = new Set();
  const items = [];
  if (view.earlier > 0) items.push({ key: "earlier", empty: view.earlier + " earlier messages are not shown" });
  let day = "";
  const layouts = new Map((view.panel?.actions || []).map((a) => [a.ts, a.layout]));
  for (const m of view.messages || []) {
    for (const x of [m, ...(m.replies || [])]) x.layout = layouts.get(x.ts);
    if (m.day !== day) items.push({ key: "day " + m.day, day: m.day });
    day = m.day;
    items.push({ key: view.channel + m.ts, message: m });
    for (const x of [m, ...(m.replies || [])]) known.add(x.ts);
  }
  if (items.length === 0) items.push({ key: "empty", empty: "No messages here yet." });
  let fresh = false;
  const isNew = (ts) => before !== null && !before.has(ts) && (fresh = true);
  keep(box, items, (i) => i.key, (i) => {
    if (i.day) return make("div", "day", i.day);
    if (i.empty) return make("p", "empty", i.empty);
    return post(i.message, isNew);
  });
  // On a narrow screen the whole page scrolls.
  if (fresh && box.scrollHeight <= box.clientHeight) [...box.querySelectorAll(".post.new")].pop()?.scrollIntoView({ block: "nearest" });
}

function post(m, isNew, inThread) {
  const a = make("article", "post" + (isNew(m.ts) ? " new" : ""));
  a.id = (inThread ? "r" : "m") + m.ts; // a broadcast reply is in both places
  const avatar = make("div", "avatar hue" + m.hue, m.avatar);
  avatar.setAttribute("aria-hidden", "true");
  const body = make("div");
  const by = make("div", "by");
  const time = make("time", "", m.clock);
  time.title = m.full;
  by.append(make("b", "", m.author));
  if (m.app) by.append(make("span", "app", "APP"));
  by.append(time);
  if (m.layout) by.append(editLink(m.layout));
  if (m.edited) by.append(make("span", "notice", "edited"));
  if (m.notice) by.append(make("span", "notice", m.notice));
  const content = make("div", "message");
  content.innerHTML = m.html;
  body.append(by, content);
  if (m.file) body.append(file(m.file));
  a.append(avatar, body);
  if (m.replies) a.append(thread(m, isNew));
  return a;
}

// file is a file in a message, or one that the platform has, which can be read.
function file(f) {
  const e = make("div", "file");
  const name = make(f.id ? "a" : "b", "", f.name);
  if (f.id) {
    name.href = "file/" + f.id;
    name.target = "_blank";
  }
  e.append(name, make("span", "size", f.size));
  if (!f.id) return e;
  const load = make("a", "", "Download");
  load.href = name.href;
  load.download = f.name;
  e.append(load, make("div", "subject", f.to));
  return e;
}

function thread(m, isNew) {
  const t = make("div", "thread");
  const b = make("button");
  b.type = "button";
  const list = make("div", "replies");
  for (const r of m.replies) list.append(post(r, isNew, true));
  const show = () => {
    const open = !folded.has(m.ts);
    list.hidden = !open;
    b.setAttribute("aria-expanded", String(open));
    b.textContent = (open ? "▾ " : "▸ ") + (m.replies.length === 1 ? "1 reply" : m.replies.length + " replies");
  };
  b.addEventListener("click", () => {
    if (!folded.delete(m.ts)) folded.add(m.ts);
    show();
  });
  show();
  t.append(b, list);
  return t;
}

function drawPanel() {
  const panel = view.panel;
  document.body.classList.toggle("panel", panel !== null);
  $("panel").hidden = panel === null;
  if (panel === null) return;
  $("edit-hint").hidden = !panel.editor;
  drawOffer();
  drawIncident();
  $("attached").hidden = !panel.files;
  keep($("files"), panel.files || [], (f) => String(f.id), (f) => {
    const li = make("li");
    li.append(file(f));
    return li;
  });
  keep($("script-list"), panel.scripts || [], (s) => s.name, script);
  const actions = panel.actions || [];
  if (actions.length === 0) {
    $("actions").replaceChildren(make("li", "none", "No action has run yet."));
    return;
  }
  keep($("actions"), actions, (a) => a.id, action);
}

// options fills a select, and keeps what was chosen where it is still there.
function options(id, list) {
  const select = $(id), print = JSON.stringify(list);
  if (select.dataset.print === print) return;
  select.dataset.print = print;
  const was = select.value;
  select.replaceChildren(...list.map(([value, text]) => new Option(text, value)));
  if (list.some(([value]) => value === was)) select.value = was;
}

function drawOffer() {
  const { objects, layouts } = view.panel.offer;
  options("object", objects.map((o) => [o.name, o.name[0].toUpperCase() + o.name.slice(1)]));
  options("layout", [["", "as the service chooses"], ...(layouts || []).map((l) => [l, l])]);
  const object = objects.find((o) => o.name === $("object").value) || objects[0];
  options("sample", object.samples.map((s) => [s.name, s.name]));
  const sample = object.samples.find((s) => s.name === $("sample").value);
  const text = $("text");
  text.hidden = document.querySelector("label[for=text]").hidden = !object.text;
  if (text.dataset.sample !== sample?.name) { // what the reader wrote stays until another sample is chosen
    text.dataset.sample = sample?.name;
    text.value = sample?.text || "";
  }
}

// drawIncident shows the incident that can be changed, as it is. What the reader has
// chosen stays until that changes, or another one is looked at.
function drawIncident() {
  const { incidents, severities, owners, statuses } = view.panel.offer;
  $("changes").hidden = !incidents;
  if (!incidents) return;
  options("incident", incidents.map((i) => [String(i.id), i.id + " " + i.name]));
  const incident = incidents.find((i) => String(i.id) === $("incident").value), print = JSON.stringify(incident);
  if ($("change").dataset.print === print) return;
  $("change").dataset.print = print;
  for (const [id, list, value] of [["severity", severities, incident.severity], ["owner", owners, incident.owner], ["state", statuses, incident.status]]) {
    options(id, [...new Set([...list, value])].map((v) => [v, v || "–"]));
    $(id).value = value;
  }
  $("description").value = incident.description;
}

// changed are the fields of the incident that the reader has changed.
function changed() {
  const incident = view.panel.offer.incidents.find((i) => String(i.id) === $("incident").value);
  const change = { id: incident.id };
  for (const [id, member] of [["severity", "severity"], ["owner", "owner"], ["state", "status"], ["description", "description"]]) {
    if ($(id).value !== incident[member]) change[member] = $(id).value;
  }
  return change;
}

// What the states of a script mean; their names are those of the log and of fn-slack status.
const scriptStates = {
  live: "the file as it is now is used", stale: "the file is refused, and the last good version is used",
  broken: "the file is refused, and there never was a good version", set_aside: "it was stopped too often, and is tried again later",
  missing: "the file is not there",
};

function editLink(name) {
  const a = make("a", "script", name);
  if (view.panel.editor && view.panel.scripts?.some((s) => s.name === name)) a.href = "edit/#" + encodeURIComponent(name);
  return a;
}

function script(s) {
  const notes = s.notes || [];
  const li = make("li", s.state === "missing" ? "other" : s.state !== "live" ? "refused" : notes.length > 0 ? "other" : "good");
  const head = make("div", "act");
  const samples = s.samples || [];
  const facts = make("span", "subject", (samples.length === 1 ? "1 sample" : samples.length + " samples") + " · " + (s.changed || "the file is gone"));
  facts.title = ["last change of the file: " + s.changed, ...samples].join("\n");
  const state = make("span", "state", s.state.replace("_", " "));
  state.title = scriptStates[s.state];
  head.append(editLink(s.name), facts, state);
  li.append(head);
  for (const text of s.problem ? [s.problem, ...notes] : notes) li.append(...told(text));
  return li;
}

// told shows what is said of a script: the first line, the source below it, the hint.
function told(text) {
  const [first, ...rest] = text.split("\n");
  const hint = rest.at(-1)?.startsWith("hint: ") ? rest.pop() : "";
  const parts = [make("div", "why", first)];
  if (rest.length > 0) {
    const pre = make("pre", "", rest.join("\n"));
    pre.tabIndex = 0;
    parts.push(pre);
  }
  if (hint) parts.push(make("div", "why", hint));
  return parts;
}

function action(a) {
  const li = make("li", a.state === "stale" ? "other" : a.state);
  const head = make("div", "act");
  head.append(make("b", "", a.title), make("span", "state", a.words));
  li.append(head);
  const about = make("div", "subject", a.subject);
  if (a.layout) about.append(" · ", editLink(a.layout));
  li.append(about);
  const list = make("ul");
  (a.entries || []).forEach((e, n) => {
    const row = make("li");
    row.append(make("time", "", e.clock), e.text);
    if (e.detail) {
      const d = make("details"), key = a.id + " " + n;
      d.open = opened.has(key);
      d.addEventListener("toggle", () => d.open ? opened.add(key) : opened.delete(key));
      const pre = make("pre", "", e.detail);
      pre.tabIndex = 0;
      d.append(make("summary", "", "result"), pre);
      row.append(d);
    }
    list.append(row);
  });
  li.append(list);
  if (a.ts) {
    const b = make("button", "jump", "Show the message");
    b.type = "button";
    b.addEventListener("click", async () => {
      if (view.channel !== a.channel) await choose(a.channel);
      for (const m of view.messages || []) {
        if (folded.has(m.ts) && (m.replies || []).some((r) => r.ts === a.ts)) {
          $("m" + m.ts)?.querySelector(".thread > button").click();
        }
      }
      const e = $("m" + a.ts) || $("r" + a.ts);
      if (!e) return;
      e.scrollIntoView({ block: "center" });
      e.classList.remove("new");
      requestAnimationFrame(() => e.classList.add("new"));
    });
    li.append(b);
  }
  return li;
}

// press sends what a form asks for; the path is the form's id.
async function press(form, what) {
  const button = form.querySelector("button"), problem = form.parentElement.querySelector(".problem");
  button.disabled = true;
  problem.textContent = "";
  following = true;
  try {
    const r = await fetch(form.id, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(what) });
    const answer = await r.json();
    if (!r.ok) throw new Error(answer.error);
  } catch (err) {
    problem.textContent = String(err.message || err);
  } finally {
    button.disabled = false;
  }
}

$("send").addEventListener("submit", (e) => {
  e.preventDefault();
  const order = {};
  for (const id of ["object", "sample", "layout", "text"]) order[id] = $(id).hidden ? "" : $(id).value;
  press(e.target, order);
});
$("change").addEventListener("submit", (e) => { e.preventDefault(); press(e.target, changed()); });
$("incident").addEventListener("change", drawIncident);
$("object").addEventListener("change", drawOffer);
$("sample").addEventListener("change", drawOffer);
$("theme").addEventListener("click", () => {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
});
addEventListener("hashchange", () => choose(location.hash.slice(1)));

const events = new EventSource("events");
events.addEventListener("change", () => { live(true); look(); });
events.addEventListener("error", () => live(false));
