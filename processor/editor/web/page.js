"use strict";

const $ = (id) => document.getElementById(id);

// make gives an element with a class and text; only messages that the server
// has rendered are ever read as HTML.
const make = (tag, className, text) => {
  const e = document.createElement(tag);
  if (className) e.className = className;
  if (text !== undefined) e.textContent = text;
  return e;
};

let wanted = readHash(); // what the address asks for
let shown = null; // the view on the page
let judged = { marks: {}, hints: [] }; // of all samples, which comes later
let asked = 0;

function readHash() {
  const [script = "", sample = ""] = location.hash.slice(1).split("/").map(decodeURIComponent);
  return { script, sample };
}

async function look() {
  const turn = ++asked;
  const query = new URLSearchParams(wanted);
  try {
    const r = await fetch("view?" + query);
    const view = await r.json();
    if (turn !== asked) return; // a later answer counts
    shown = view;
    wanted.script ||= view.script; // it stays the one that is shown, also when its file goes
    draw(view);
    live(true);
  } catch {
    live(false);
  }
}

// judge asks what is wrong with the samples that are not shown.
async function judge() {
  try {
    judged = await (await fetch("judged")).json();
  } catch {
    return; // look says that the server has gone
  }
  if (shown) draw(shown);
}

function live(on) {
  $("live").textContent = on ? "follows every save" : "fmt-test has ended";
  $("live").classList.toggle("on", on);
}

function choose(script, sample) {
  location.hash = encodeURIComponent(script) + "/" + encodeURIComponent(sample);
}

// drawEditor opens the editor at the first script that may be written.
// armed is the version that the next save may overwrite, with the warning that
// says so: it is shown for as long as that holds.
let editor = null, opening = null, armed = null;
function drawEditor(v) {
  $("home").hidden = !v.home;
  if (v.home) $("home").href = v.home;
  document.body.classList.toggle("edit", Boolean(v.edit));
  $("code").hidden = !v.edit;
  if (!v.edit) return;
  opening ||= import("./editor.js").then((m) => m.open($("editor"), save, drawSaved)).then((e) => { editor = e; drawEditor(shown); });
  if (!editor) return;
  $("file").textContent = v.script;
  const nothing = Boolean(v.edit.problem) && !editor.knows(v.script);
  $("editor").hidden = $("save").hidden = nothing;
  if (!nothing) editor.show(v.script, v.edit.problem ? null : v.edit.text, v.edit.version, v.edit.marks);
  drawSaved();
}

function drawSaved(problem) {
  problem ||= armed?.script === shown.script ? armed.why : shown.edit.problem && shown.script + ": " + shown.edit.problem;
  const dirty = editor.dirty();
  $("saved").textContent = problem || (dirty ? "not saved" : shown.error ? "saved, and not right yet" : "saved");
  $("saved").className = problem || (!dirty && shown.error) ? "bad" : dirty ? "warn" : "good";
}

async function save() {
  const script = shown.script, text = editor.text();
  const version = armed?.script === script ? armed.version : editor.version();
  armed = null;
  try {
    const r = await fetch("save", {
      method: "POST", headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ script, text, version, token: shown.edit.token }),
    });
    const answer = await r.json();
    if (r.status === 409) armed = { script, version: shown.edit.version, why: answer.error };
    if (!r.ok) throw new Error(answer.error);
    editor.written(script, text, answer.version);
    drawSaved();
  } catch (err) {
    drawSaved(String(err.message || err));
  }
}

function draw(v) {
  document.title = (v.error ? "✕ " : "") + v.script + " · fmt-test";
  $("folder").textContent = v.folder;
  $("title").textContent = v.script ? v.script + " · " + v.title : "";
  drawScripts(v);
  drawEditor(v);
  drawFacts(v);
  $("problem").hidden = !v.error;
  set($("error"), v.error);
  set($("detail"), v.detail);
  $("detail").hidden = !v.detail;
  $("stage").classList.toggle("stale", v.stale);
  $("source").classList.toggle("stale", v.stale);
  $("stage").classList.toggle("anew", (v.posts || []).some((p) => p.part));
  for (const pane of document.querySelectorAll(".pane")) drawPane(pane, v);
  set($("json"), v.json);
  $("source").hidden = !v.json;
  drawRemarks(v);
  $("expected").hidden = !v.diff;
  $("diff").replaceChildren(...v.diff.split("\n").map((line) =>
    make("span", { "-": "minus", "+": "plus" }[line[0]] || "", line + "\n")));
}

// set leaves alone what has not changed, with its selection and scroll position.
function set(e, text) {
  if (e.textContent !== text) e.textContent = text;
}

function drawScripts(v) {
  const list = $("scripts"), scripts = v.scripts || [];
  const lost = (editor?.unsaved() || []).filter((name) => !scripts.some((s) => s.name === name));
  const all = [...scripts, ...lost.map((name) => ({ name, state: "missing", samples: [{ id: "", name: "not saved" }] }))];
  const state = JSON.stringify([all, v.script, v.sample, judged.marks]);
  if (list.dataset.state === state) return;
  list.dataset.state = state;
  const focused = document.activeElement?.dataset?.key;
  list.replaceChildren(...all.map((s) => {
    const li = make("li");
    const ul = make("ul");
    for (const x of s.samples) {
      const b = make("button", "", x.name);
      b.type = "button";
      b.dataset.key = s.name + "/" + x.id;
      const mark = judged.marks[b.dataset.key];
      if (mark) b.append(make("span", "state", " ✕ " + mark));
      if (s.name === v.script && x.id === v.sample) b.setAttribute("aria-current", "true");
      b.addEventListener("click", () => choose(s.name, x.id));
      const item = make("li");
      item.append(b);
      ul.append(item);
    }
    const head = make("h2", "", s.name);
    if (s.state !== "live") head.append(make("span", "state", " ✕ " + s.state.replace("_", " ")));
    li.append(head, ul);
    return li;
  }));
  const current = list.querySelector("[aria-current]");
  current?.scrollIntoView({ block: "nearest" });
  if (focused) [...list.querySelectorAll("button")].find((b) => b.dataset.key === focused)?.focus();
}

function drawFacts(v) {
  const f = v.facts;
  $("facts").hidden = !f.messages;
  if (!f.messages) return;
  const meter = $("budget");
  meter.max = f.limit;
  meter.high = f.limit * 0.8;
  meter.value = f.characters;
  const parts = [f.characters.toLocaleString("en") + " of " + f.limit.toLocaleString("en") + " characters", f.blocks === 1 ? "1 block" : f.blocks + " blocks"];
  if (f.messages > 1) parts.unshift(f.messages + " messages");
  parts.push(f.millis.toFixed(1) + " ms");
  if (v.stored && !v.error) parts.push(v.diff ? "not as expected" : "as expected");
  set($("count"), parts.join(" · "));
}

function drawPane(pane, v) {
  const state = JSON.stringify([v.posts, v.skip]);
  if (pane.dataset.state === state) return;
  pane.dataset.state = state;
  const drawn = (v.posts || []).map((p) => {
    const post = make("article", p.part ? "post " + p.part : "post");
    const avatar = make("div", "avatar", p.avatar);
    avatar.setAttribute("aria-hidden", "true");
    const by = make("div", "by");
    by.append(make("b", "", p.author), make("span", "app", "APP"), make("time", "", p.clock), make("span", "", p.notice));
    const message = make("div", "message");
    message.innerHTML = p.html;
    const body = make("div");
    body.append(by, message);
    post.append(avatar, body);
    return post;
  });
  const column = (part) => {
    const div = make("div");
    div.append(...drawn.filter((post) => post.classList.contains(part)));
    return div;
  };
  const both = make("div", "both");
  both.append(column("before"), column("after"));
  pane.replaceChildren(...(both.textContent ? [both] : []), ...drawn.filter((post) => !both.contains(post)));
  if (v.skip) pane.append(make("p", "skipped", v.skip));
}

function drawRemarks(v) {
  const remark = (level, name, text) => {
    const li = make("li", level);
    li.append(make("b", "", name + " "), text);
    return li;
  };
  $("remarks").replaceChildren(
    ...[...(v.notes || []), ...judged.hints].map((text) => remark("warning", "warning", text)),
    ...(v.console || []).map((c) => remark(c.level, "console." + c.level, c.text)));
}

// step goes to the next or the previous sample.
function step(by) {
  const buttons = [...$("scripts").querySelectorAll("button")];
  const at = buttons.findIndex((b) => b.hasAttribute("aria-current"));
  const next = buttons[Math.min(Math.max(at + by, 0), buttons.length - 1)];
  if (!next) return;
  if ($("scripts").contains(document.activeElement)) next.focus();
  next.click();
}

const root = document.documentElement;
root.dataset.mode = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
const turn = () => { root.dataset.mode = root.dataset.mode === "dark" ? "light" : "dark"; };
$("save").addEventListener("click", save);
addEventListener("beforeunload", (e) => { if (editor?.unsaved().length > 0) e.preventDefault(); });
$("mode").addEventListener("click", turn);

addEventListener("keydown", (e) => {
  if (e.target.closest("#editor")) return;
  if (e.ctrlKey || e.metaKey || e.altKey) return;
  const inList = $("scripts").contains(document.activeElement);
  const act = { j: () => step(1), k: () => step(-1), t: turn }[e.key] ||
    (inList && { ArrowDown: () => step(1), ArrowUp: () => step(-1) }[e.key]);
  if (!act) return;
  e.preventDefault();
  act();
});
addEventListener("hashchange", () => {
  if (location.hash === "#main") return; // the skip link
  wanted = readHash();
  look();
});

const events = new EventSource("events");
events.addEventListener("change", () => look().then(judge));
events.addEventListener("error", () => live(false));
