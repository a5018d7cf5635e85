// The driver: what the members of a formatter script mean. It is evaluated in
// every fresh runtime before the script, declares the global `slack`, takes the
// functions in Go that stand behind it (`host`) out of the scripts' reach, and
// is then called with the script's exports.
//
// It runs for every message, so what a script does not look at is not made. But
// what every script needs is made when the driver is evaluated: that happens
// before the message comes, and a runtime serves one message. The built-ins are
// made by goja when they are first looked at, with all their functions, so that
// Array, JSON, Reflect and the like are left alone for as long as possible.
(() => {
  "use strict";
  const { host } = globalThis;
  delete globalThis.host;
  const { keys, hasOwn } = Object;
  let options; // of the installation, as JSON for the host

  // Every array has a length of its own, and nearly nothing else has one.
  const isArray = (v) => typeof v === "object" && v !== null && hasOwn(v, "length") && Array.isArray(v);

  // A property of a text or a number would be looked for in their prototypes.
  const isPromise = (v) => typeof v === "object" && v !== null && typeof v.then === "function";

  // --- The global slack -------------------------------------------------------

  function makeSlack() {
    const isObject = (v) => typeof v === "object" && v !== null;
    const isField = (v) => isObject(v) && typeof v.label === "string" && typeof v.plain === "string";

    // plain is any value as text: a field is its plain text, nothing is "", so that
    // a missing value does not read "undefined" in an incident.
    // Lists are their parts, and other objects their JSON.
    const plain = (v) => {
      if (typeof v === "string") return v;
      if (v === undefined || v === null) return "";
      if (isArray(v)) return v.map(plain).join(", ");
      return isField(v) ? v.plain : isObject(v) ? JSON.stringify(v) : String(v);
    };

    // marked is the same where mrkdwn is wanted.
    const marked = (v) => (isField(v) ? v.text : plain(v));

    const plainText = (v) => ({ type: "plain_text", text: plain(v), emoji: true });
    // verbatim keeps Slack from turning a bare @here, #channel or address in the
    // text into something live.
    const mrkdwn = (v) => (isObject(v) && v.type && !isField(v) ? v : { type: "mrkdwn", text: marked(v), verbatim: true });
    const cell = (v) => (isObject(v) && v.type && !isField(v) ? v : { type: "raw_text", text: plain(v) || "-" });

    // toList takes everything that can be gone through. A list by index costs a
    // third of Array.from.
    const toList = (v, each) => {
      if (!isArray(v)) return Array.from(v, (x) => each(x));
      const list = [];
      for (let i = 0; i < v.length; i++) list.push(each(v[i]));
      return list;
    };

    return {
      esc: (text) => host.esc(plain(text)),
      link: (url, label) => host.link(plain(url), plain(label)),
      user: (id) => host.user(plain(id)),
      channelRef: (id) => host.channelRef(plain(id)),
      // What is not a number of milliseconds is shown as it is.
      date: (ms, format) => {
        if (isField(ms)) ms = ms.data;
        const n = ms === null || plain(ms).trim() === "" ? NaN : Number(ms);
        return Number.isFinite(n) ? host.date(n, plain(format), options) : host.esc(plain(ms));
      },
      bold: (text) => host.bold(marked(text)),
      italic: (text) => host.italic(marked(text)),
      code: (text) => host.code(plain(text)),
      pre: (text) => host.pre(plain(text)),
      quote: (text) => host.quote(marked(text)),
      truncate: (text, n) => host.truncate(marked(text), n),
      defang: (text) => host.defang(marked(text)),
      plain: (html) => host.plain(plain(html)),
      mrkdwn: (html) => host.mrkdwn(plain(html)),

      header: (text) => ({ type: "header", text: plainText(text) }),
      section: (text, accessory) => (accessory ? { type: "section", text: mrkdwn(text), accessory } : { type: "section", text: mrkdwn(text) }),
      fields: (list) => ({
        type: "section",
        fields: toList(list ?? [], (f) => (isField(f) ? { type: "mrkdwn", text: host.term(f.label) + "\n" + f.text, verbatim: true } : mrkdwn(f))),
      }),
      richText: (field) => ({
        type: "rich_text",
        elements: field?.richText?.length
          ? field.richText
          : [{ type: "rich_text_section", elements: [{ type: "text", text: plain(field) }] }],
      }),
      context: (...items) => ({
        type: "context",
        elements: items.flat().map((item) => {
          if (!isObject(item) || item.type !== "image") return mrkdwn(item);
          const { title, block_id, ...element } = item; // which only a block has
          return element;
        }),
      }),
      divider: () => ({ type: "divider" }),
      image: (url, alt, title) => {
        const block = { type: "image", image_url: plain(url), alt_text: plain(alt) };
        return title ? { ...block, title: plainText(title) } : block;
      },
      actions: (...buttons) => ({ type: "actions", elements: buttons.flat() }),
      button: (label, url, style) => {
        const button = { type: "button", text: plainText(label), url: plain(url) };
        return style ? { ...button, style } : button;
      },
      table: (rows) => ({ type: "table", rows: toList(rows ?? [], (row) => toList(row, cell)) }),
    };
  }

  // slack is made when a script first asks for it, and then becomes an ordinary
  // constant, because a getter costs as much as most of the functions themselves.
  let slack;
  Object.defineProperty(globalThis, "slack", {
    get() {
      if (!slack) {
        slack = makeSlack();
        try {
          Object.defineProperty(globalThis, "slack", { value: slack, enumerable: true, configurable: false });
        } catch {} // it stays a getter where the script has frozen its globals
      }
      return slack;
    },
    enumerable: true,
    configurable: true,
  });

  // --- Members of a script ----------------------------------------------------

  const kinds = { __proto__: null, match: "function", labels: "object", fields: "object", types: "object", format: "function", samples: "array" };

  const kind = (v) => (v === null ? "null" : isArray(v) ? "array" : typeof v);

  const expect = (name, value, ...wanted) => {
    const got = kind(value);
    for (let i = 0; i < wanted.length; i++) if (wanted[i] === got) return value;
    throw new TypeError(`${name} must be ${wanted.map((w) => (w === "null" ? w : /^[ao]/.test(w) ? "an " + w : "a " + w)).join(" or ")}, not ${got}`);
  };

  // check refuses what is not a formatter, so that a misspelt member is an error
  // when the script is saved and not a message without the layout.
  function check(script) {
    expect("the default export", script, "object");
    const names = keys(script);
    for (let i = 0; i < names.length; i++) {
      const name = names[i];
      const want = kinds[name];
      if (want === undefined) throw new TypeError(`the default export has an unknown member "${name}"; known are ${keys(kinds).join(", ")}`);
      if (kind(script[name]) !== want) expect(`the member "${name}"`, script[name], want);
    }
    return script;
  }

  // --- The message -------------------------------------------------------------

  let script, input, classicText, callJSON, fieldsJSON;
  let sent, names, all, fields, call; // names are the labels as they were sent

  const readCall = () => ({ ...host.parse(callJSON), isReply: input.isReply, incident: input.incident });

  // prepared makes the fields, once.
  const prepared = () => {
    if (sent) return;
    // own is a member that the script wrote, and not one that every object has: a
    // workflow may well send the label "constructor".
    const own = (object, key) => {
      const value = object?.[key];
      return value !== undefined && hasOwn(object, key) ? value : undefined;
    };

    // prepare gives a field the script's type and label. False says: hidden.
    function prepare(field) {
      const sent = field.label;
      const given = own(script.fields, sent);
      const type = given === undefined ? field.type : expect(`fields["${sent}"]`, given, "string");
      const render = own(script.types, type);
      if (render !== undefined) {
        expect(`types["${type}"]`, render, "function");
        // What is empty stays so, or a sign for a value would stand for none.
        if (!field.empty) {
          const text = render(field.data, field);
          field.text = text === undefined || text === null ? "" : String(text);
          field.plain = host.shown(field.text);
          field.empty = field.text === "";
        }
        delete field.richText;
        delete field.note;
      } else if (type !== field.type) {
        delete field.richText;
        delete field.note;
        Object.assign(field, host.field(JSON.stringify({ label: sent, type, data: field.data }), options));
      }
      if (type !== field.type) field.type = type;
      const label = own(script.labels, sent);
      if (label !== undefined && label !== null) field.label = expect(`labels["${sent}"]`, label, "string", "null");
      return label !== null;
    }

    sent = host.parse(fieldsJSON);
    names = [];
    all = [];
    for (let i = 0; i < sent.length; i++) {
      const field = sent[i];
      names.push(field.label);
      if (prepare(field)) all.push(field);
    }
  };

  const changes = (member) => member !== undefined && keys(member).length > 0;

  const message = {
    get fields() {
      return (fields ??= this.allFields.filter((f) => !f.empty));
    },
    get allFields() {
      prepared();
      return all;
    },
    field: (label) => {
      prepared();
      return sent[names.indexOf(label)];
    },
    title: "",
    incident: null,
    isReply: false,
    get call() {
      return (call ??= readCall());
    },
    get text() {
      if (!changes(script.labels) && !changes(script.fields) && !changes(script.types)) return classicText;
      const line = input.mrkdwn ? (f) => host.line(f.label, f.text) : (f) => host.plainLine(f.label, f.plain);
      return this.fields.map(line).join("\n");
    },
  };

  const members = { __proto__: null, text: 1, blocks: 1, attachments: 1, color: 1, channel: 1, username: 1, icon_emoji: 1, icon_url: 1,
    thread_ts: 1, reply_broadcast: 1, unfurl_links: 1, unfurl_media: 1, skip: 1 };

  // checkResult refuses members that nobody would read, in the wrong case too. A
  // format without a return gives null: undefined would tell the engine that the
  // script declines. The values are checked in result.go.
  function checkResult(result) {
    if (kind(result) === "object") {
      const names = keys(result);
      for (let i = 0; i < names.length; i++) {
        const name = names[i];
        if (!members[name]) throw new TypeError(`format returned an unknown member "${name}"; known are ${keys(members).join(", ")}`);
      }
    }
    return result ?? null;
  }

  // isData tells whether an object is no more than its text says and comes through
  // JSON as it is: nothing answers in the place of a value, nothing is inherited or
  // hidden, and no half of a surrogate pair is in it.
  const isData = (o) =>
    Object.getPrototypeOf(o) === Object.prototype &&
    Object.getOwnPropertyNames(o).every((name) => {
      const { enumerable, get, set, value } = Object.getOwnPropertyDescriptor(o, name);
      return enumerable && !get && !set && isWellFormed(name) && (typeof value !== "string" || isWellFormed(value));
    });
  const isWellFormed = (text) => {
    try {
      encodeURIComponent(text);
      return true;
    } catch {
      return false;
    }
  };

  // accept tells the engine that this script takes the call: until then an error
  // only passes the script over, from then on it is the layout that failed.
  // given and texts are written by call.go.
  return (exports, given, accept, ...texts) => {
    input = given;
    classicText = texts[0];
    callJSON = texts[1];
    fieldsJSON = texts[2];
    options = texts[3];
    if (input.chosen) accept();
    script = check(exports);
    if (input.describe) {
      const { labels = {}, fields = {}, types = {} } = script;
      for (const key of keys(labels)) expect(`labels["${key}"]`, labels[key], "string", "null");
      for (const key of keys(fields)) expect(`fields["${key}"]`, fields[key], "string");
      for (const key of keys(types)) expect(`types["${key}"]`, types[key], "function");
      // A script that has nothing but labels is not run for each message.
      const only = [script, labels, fields, types].every(isData) && !script.match && !script.format && keys(types).length + keys(fields).length === 0;
      return { match: "match" in script, types: keys(types), fields: keys(fields), samples: script.samples ?? [], labels: only ? labels : null };
    }
    if (script.match && !input.chosen) {
      const takes = script.match(readCall());
      if (isPromise(takes)) throw new TypeError("match must return true or false, not a promise");
      if (takes !== true) return undefined;
    }
    accept();
    message.title = input.title;
    message.incident = input.incident;
    message.isReply = input.isReply;
    if (!script.format) return message.text;
    const result = script.format(message);
    return isPromise(result) ? result.then(checkResult) : checkResult(result);
  };
})()
