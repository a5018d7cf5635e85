"use strict";
// The page asks for the status every two seconds. Everything is set as text.

const $ = (id) => document.getElementById(id);

function make(tag, className, text) {
  const e = document.createElement(tag);
  if (className) e.className = className;
  if (text !== undefined && text !== null) e.textContent = text;
  return e;
}

function ago(now, then) {
  if (!then) return "";
  const s = Math.max(0, Math.round((new Date(now) - new Date(then)) / 1000));
  if (s < 120) return s + " s ago";
  if (s < 7200) return Math.round(s / 60) + " min ago";
  return Math.round(s / 3600) + " h ago";
}

function rows(body, width, list, build) {
  const made = list.map((item) => {
    const tr = make("tr");
    for (const cell of build(item)) {
      tr.append(Array.isArray(cell) ? make("td", cell[0], cell[1]) : make("td", "", cell));
    }
    return tr;
  });
  if (made.length === 0) {
    const tr = make("tr"), td = make("td", "none", "none");
    td.colSpan = width;
    tr.append(td);
    made.push(tr);
  }
  $(body).replaceChildren(...made);
}

const colours = { live: "good", ok: "good", again: "run", stale: "run" };

function draw(r) {
  $("state").className = "state " + (r.ready ? "on" : "off");
  $("state").textContent = r.ready ? "ready" : "not ready: " + r.not_ready;
  $("about").textContent = `${r.version} on ${r.host}, started ${ago(r.time, r.started)}`;
  const facts = [];
  const fact = (name, text, className) => { if (text) facts.push(make("dt", "", name), make("dd", className, text)); };
  fact("Settings", `${r.settings.file}, loaded ${ago(r.time, r.settings.loaded)}`);
  fact("", r.settings.refused && "The file as it is now is not used: " + r.settings.refused, "bad");
  fact("Platform", r.platform.url && `${r.platform.url}, organisation ${r.platform.organisation}, queue ${r.platform.queue}`);
  fact("", !r.platform.url && r.platform.error, "bad");
  if (r.broker) {
    const b = r.broker;
    fact("Broker", `${b.address}: ${b.subscribed ? "subscribed" : "not subscribed"} since ${ago(r.time, b.since)}` +
      ` (${[b.server, b.tls].filter(Boolean).join(", ")})`, b.subscribed ? "" : "bad");
    fact("", `${b.counts.Received} received, ${b.counts.Settled} settled, ${b.held} held, ${r.in_work} in work`);
    fact("", b.last_error && `last error ${ago(r.time, b.last_error_at)}: ${b.last_error}`);
  }
  fact("Slack", r.slack === "known" ? "the token was accepted" : "has not accepted the token yet");
  fact("Scripts", r.scripts_problem, "bad");
  fact(r.scripts_problem ? "" : "Scripts", r.scripts_default);
  $("connections").replaceChildren(...facts);
  rows("scripts", 5, r.scripts, (s) => [s.name, [colours[s.state] || "bad", s.state.replace("_", " ")], s.version, ago(r.time, s.since), ["why", s.error]]);
  rows("calls", 8, r.calls, (c) => [
    ago(r.time, c.at), [colours[c.kind] || "bad", c.kind + (c.settled ? "" : ", not settled")],
    (c.script || "") + (c.classic ? " (the layout failed)" : ""), c.channel, c.attempts, Math.round(c.duration_ms), c.id, ["why", c.error],
  ]);
  rows("journal", 3, r.journal, (e) => [e.id, e.state, ago(r.time, e.began)]);
}

async function look() {
  try {
    const answer = await fetch("status", { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error("HTTP status " + answer.status);
    draw(await answer.json());
  } catch (err) {
    $("state").className = "state off";
    $("state").textContent = "the service does not answer";
  }
  setTimeout(look, 2000);
}
look();
