// The driver: what the members of a formatter script mean. It is evaluated in
// every fresh runtime before the script, with the functions in Go that stand
// behind it as `host`, declares the global `slack`, and is then called with the
// script's exports.
//
// It runs for every message, so what a script does not look at is not made. But
// what every script needs is made when the driver is evaluated: that happens
// before the message comes, and a runtime serves one message. A function costs
// about a microsecond when it is made, so one that is rarely called is made where
// it is called; goja makes Array, JSON, Reflect and their like, with all their
// functions, when it is first asked for them, so they are left alone where possible.
(host) => {
  "use strict";
  const { keys } = Object;
  let options; // of the installation, as JSON for the host

  // --- The global slack -------------------------------------------------------

  // Rich text that we made. Data may be an object that looks like a field, and what
  // its elements do nobody looks at any more.
  const rich = [];

  // helpers gives what makes a helper by its name.
  const helpers = () => {
    const { isArray } = Array;
    const isObject = (v) => typeof v === "object" && v !== null;
    const isField = (v) => typeof v === "object" && v !== null && typeof v.label === "string" && typeof v.plain === "string";

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

    // In plain text nothing can be guarded, so where data has colons of which Slack
    // would make emoji, as in 10:100:3, there are none.
    const plainText = (v) => {
      const text = plain(v);
      return { type: "plain_text", text, emoji: host("glued", text) === "" };
    };
    // verbatim keeps Slack from turning a bare @here, #channel or address in the
    // text into something live.
    const mrkdwn = (v) => (isObject(v) && v.type && !isField(v) ? v : { type: "mrkdwn", text: marked(v), verbatim: true });

    // toList takes everything that can be gone through. A list by index costs a
    // third of Array.from.
    const toList = (v, each) => {
      if (!isArray(v)) return Array.from(v, (x) => each(x));
      const list = [];
      for (let i = 0; i < v.length; i++) list.push(each(v[i]));
      return list;
    };

    const richText = (field) => ({
      type: "rich_text",
      elements: rich.includes(field?.richText)
        ? field.richText
        : [{ type: "rich_text_section", elements: [{ type: "text", text: plain(field) }] }],
    });

    return (name) => {
      switch (name) {
        case "esc":
        case "user":
        case "channelRef":
        case "broadcast":
        case "code":
        case "pre":
        case "plain":
        case "mrkdwn":
          return (text) => host(name, plain(text));
        case "bold":
        case "italic":
        case "quote":
        case "defang":
          return (text) => host(name, marked(text));
        case "truncate":
          return (text, n) => host("truncate", marked(text), n);
        case "link":
          return (url, label) => host("link", plain(url), plain(label));
        case "date":
          // What is not a number of milliseconds is shown as it is.
          return (ms, format) => {
            if (isField(ms)) ms = ms.data;
            const n = typeof ms === "string" || typeof ms === "number" ? +ms : ms === null ? NaN : Number(ms);
            const isNumber = n - n === 0 && (n !== 0 || plain(ms).trim() !== "");
            return isNumber ? host("date", n, plain(format), options) : host("esc", plain(ms));
          };

        case "header":
          return (text) => ({ type: "header", text: plainText(text) });
        case "section":
          return (text, accessory) => (accessory ? { type: "section", text: mrkdwn(text), accessory } : { type: "section", text: mrkdwn(text) });
        case "fields":
          return (list) => ({
            type: "section",
            fields: toList(list ?? [], (f) => (isField(f) ? { type: "mrkdwn", text: host("term", f.label) + "\n" + f.text, verbatim: true } : mrkdwn(f))),
          });
        case "richText":
          return richText;
        case "lines":
          return (list) => {
            const line = (v) => {
              if (!isField(v)) return { label: "", plain: plain(v), text: host("esc", plain(v)) };
              const { label, plain: words, text, empty, richText } = v; // all of this is written and read again, so no data
              return { label, plain: words, text, empty, richText: rich.includes(richText) ? richText : undefined };
            };
            return host("lines", JSON.stringify(isField(list) ? [line(list)] : toList(list ?? [], line))) ?? richText("");
          };
        case "context":
          return (...items) => ({
            type: "context",
            elements: items.flat().map((item) => {
              if (!isObject(item) || item.type !== "image") return mrkdwn(item);
              const { title, block_id, ...element } = item; // which only a block has
              return element;
            }),
          });
        case "divider":
          return () => ({ type: "divider" });
        case "image":
          return (url, alt, title) => {
            const block = { type: "image", image_url: plain(url), alt_text: plain(alt) };
            if (title) block.title = plainText(title);
            return block;
          };
        case "actions":
          return (...buttons) => ({ type: "actions", elements: buttons.flat() });
        case "button":
          return (label, url, style) => {
            const text = plainText(label);
            url = plain(url);
            return style ? { type: "button", text, url, style } : { type: "button", text, url };
          };
        case "table":
          return (rows) => {
            if (rows === undefined || rows === null) return richText(""); // a field that was not sent
            if (isField(rows)) {
              const own = host("table", JSON.stringify(rows));
              return own ? { type: "table", rows: own } : richText(rows);
            }
            const cell = (v) => (isObject(v) && v.type && !isField(v) ? v : { type: "raw_text", text: plain(v) || "-" });
            return { type: "table", rows: toList(rows, (row) => toList(row, cell)) };
          };
      }
    };
  };

  host(
    "declare",
    "slack",
    "esc link user channelRef broadcast date bold italic code pre quote truncate defang plain mrkdwn header section fields richText lines context divider image actions button table",
    helpers,
  );

  // --- Members of a script ----------------------------------------------------

  // Every array has a length, and nearly nothing else has one.
  const kind = (v) => (v === null ? "null" : typeof v === "object" && v.length !== undefined && Array.isArray(v) ? "array" : typeof v);

  // --- The message -------------------------------------------------------------

  let script, input, classicText, callJSON, fieldsJSON;
  let sent, names, all, shown, call; // names are the labels as they were sent, all is sent without what is hidden
  let before, previous, changes; // what the card showed, as it was written, "" where it is not known
  let missed; // the label of a field that was asked for and not sent

  // prepare makes the fields, once, with the types and labels of the script.
  const prepare = () => {
    if (sent) return;
    const { labels, fields, types } = script;
    const { hasOwn } = Object;
    // own is a member that the script wrote, and not one that every object has: a
    // workflow may well send the label "constructor".
    const own = (object, key) => {
      const value = object?.[key];
      return value !== undefined && hasOwn(object, key) ? value : undefined;
    };
    // A field is its text where it is put into a text.
    sent = host("parse", fieldsJSON, function toString() {
      return this.text;
    });
    names = [];
    all = [];
    for (let i = 0; i < sent.length; i++) {
      const field = sent[i];
      const name = field.label;
      names[i] = name;
      if (field.richText?.length) rich[rich.length] = field.richText;
      const given = own(fields, name);
      if (given !== undefined && typeof given !== "string") throw new TypeError(host("wrong", `fields["${name}"]`, kind(given), "string"));
      const type = given ?? field.type;
      const render = own(types, type);
      if (render !== undefined) {
        if (typeof render !== "function") throw new TypeError(host("wrong", `types["${type}"]`, kind(render), "function"));
        // What is empty stays so, or a sign for a value would stand for none.
        if (!field.empty) {
          const text = render(field.data, field);
          field.text = typeof text === "string" ? text : text === undefined || text === null ? "" : String(text);
          field.plain = host("shown", field.text);
          field.empty = field.text === "";
        }
        delete field.richText;
        delete field.note;
      } else if (type !== field.type) {
        delete field.richText;
        delete field.note;
        Object.assign(field, host("field", JSON.stringify({ label: name, type, data: field.data }), options));
        if (field.richText?.length) rich[rich.length] = field.richText;
      }
      if (type !== field.type) field.type = type;
      const label = own(labels, name);
      if (typeof label === "string") field.label = label;
      else if (label === null) continue;
      else if (label !== undefined) throw new TypeError(host("wrong", `labels["${name}"]`, kind(label), "string null"));
      all[all.length] = field;
    }
  };

  const message = {
    get fields() {
      if (shown) return shown;
      const list = this.allFields;
      shown = [];
      for (let i = 0; i < list.length; i++) if (!list[i].empty) shown.push(list[i]);
      return shown;
    },
    get allFields() {
      prepare();
      return all;
    },
    field: (label) => {
      prepare();
      for (let i = 0; i < names.length; i++) if (names[i] === label) return sent[i];
      missed = label;
    },
    title: "",
    incident: null,
    isReply: false,
    isUpdate: false,
    get previous() {
      return before && (previous ??= host("previous", before));
    },
    get changes() {
      if (!before) return [];
      if (changes) return changes;
      const now = [];
      prepare();
      for (let i = 0; i < sent.length; i++) {
        const { label, plain } = sent[i];
        if (all[now.length] === sent[i]) now[now.length] = { name: names[i], label, text: plain };
      }
      return (changes = host("changes", before, JSON.stringify(now)));
    },
    get call() {
      return (call ??= { ...host("parse", callJSON), isReply: input.isReply, incident: input.incident });
    },
    get text() {
      const { labels, fields, types } = script;
      if ((!labels || keys(labels).length === 0) && (!fields || keys(fields).length === 0) && (!types || keys(types).length === 0)) return classicText;
      if (input.titled) return host("titled", JSON.stringify(this.fields), input.mrkdwn, input.beside === true);
      const line = input.mrkdwn ? (f) => host("line", f.label, f.text) : (f) => host("plainLine", f.label, f.plain);
      return this.fields.map(line).join("\n");
    },
  };

  // finish refuses members that nobody would read, in the wrong case too. A
  // format without a return gives null: undefined would tell the engine that the
  // script declines. The values are checked in result.go.
  const finish = (result) => {
    // What fields show where the script has changed that is for the card (card.go).
    if (input.keeps && (script.labels || script.fields || script.types)) {
      prepare();
      let next = 0;
      for (let i = 0; i < sent.length; i++) {
        const { label, plain } = sent[i];
        if (all[next] === sent[i]) {
          host("shows", label, plain);
          next++;
        } else host("hides", label);
      }
    }
    if (kind(result) !== "object") return result ?? null;
    const names = keys(result);
    for (let i = 0; i < names.length; i++) {
      switch (names[i]) {
        case "text":
        case "blocks":
        case "attachments":
        case "color":
        case "channel":
        case "username":
        case "icon_emoji":
        case "icon_url":
        case "thread_ts":
        case "reply_broadcast":
        case "unfurl_links":
        case "unfurl_media":
        case "skip":
        case "reply":
        case "broadcast":
          break;
        default:
          const results = "text blocks attachments color channel username icon_emoji icon_url thread_ts reply_broadcast unfurl_links unfurl_media skip reply broadcast";
          throw new TypeError(
            `format returned an unknown member "${names[i]}"${host("near", names[i], results)}; known are text, blocks, attachments, color, channel, username, icon_emoji, icon_url, ` +
              "thread_ts, reply_broadcast, unfurl_links, unfurl_media, skip, reply, broadcast",
          );
      }
    }
    return result;
  };

  // host("accept") tells the engine that this script takes the call: until then an
  // error only passes the script over, from then on it is the layout that failed.
  // given and texts are written by call.go.
  return (exports, given, classic, callText, fieldsText, settings, state) => {
    if (given === undefined) return missed === undefined ? missed : host("missed", String(missed), JSON.stringify(names));
    input = given;
    classicText = classic;
    callJSON = callText;
    fieldsJSON = fieldsText;
    options = settings;
    before = state || null;
    if (input.chosen && !input.tried) host("accept");

    // What is not a formatter is refused, so that a misspelt member is an error
    // when the script is saved and not a message without the layout.
    if (kind(exports) !== "object") throw new TypeError(host("wrong", "the default export", kind(exports), "object"));
    script = exports;
    const members = keys(script);
    for (let i = 0; i < members.length; i++) {
      const name = members[i];
      let want;
      switch (name) {
        case "match":
        case "format":
        case "archive":
          want = "function";
          break;
        case "labels":
        case "fields":
        case "types":
          want = "object";
          break;
        case "samples":
          want = "array";
          break;
        default:
          throw new TypeError(`the default export has an unknown member "${name}"${host("near", name, "match labels fields types format archive samples")}; known are match, labels, fields, types, format, archive, samples`);
      }
      if (kind(script[name]) !== want) throw new TypeError(host("wrong", `the member "${name}"`, kind(script[name]), want));
    }

    // What a script says of itself, see describe.go.
    if (input.describe) {
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
      const expect = (member, object, ...wanted) => {
        for (const key of keys(object)) {
          if (!wanted.includes(kind(object[key]))) throw new TypeError(host("wrong", `${member}["${key}"]`, kind(object[key]), wanted.join(" ")));
        }
      };
      const { labels = {}, fields = {}, types = {} } = script;
      expect("labels", labels, "string", "null");
      expect("fields", fields, "string");
      expect("types", types, "function");
      // A script that has nothing but labels is not run for each message.
      const only = [script, labels, fields, types].every(isData) && !script.match && !script.format && keys(types).length + keys(fields).length === 0;
      return { match: "match" in script, archive: "archive" in script, types: keys(types), fields: keys(fields), as: Object.values(fields), named: keys(labels), samples: script.samples ?? [], labels: only ? labels : null };
    }
    if (script.match && (!input.chosen || input.tried)) {
      const takes = script.match(message.call);
      if (takes !== true) {
        // What counts as no says no; what counts as yes must say so.
        if (takes) throw new TypeError(`match must return true or false, not ${typeof takes.then === "function" ? "a promise" : "a " + kind(takes)}`);
        if (!input.chosen) return undefined;
      }
    }
    host("accept");
    if (input.archive) {
      // Some messages of a channel's archive; what the script returns nothing for has
      // the built-in layout.
      return host("parse", fieldsJSON).map((line) => {
        line.call = message.call;
        const text = script.archive(line);
        if (text === undefined || text === null || typeof text === "string") return text ?? null;
        throw new TypeError(host("wrong", "what archive returns", kind(text), "string null"));
      });
    }
    message.title = input.title;
    message.incident = input.incident;
    message.isReply = input.isReply;
    message.isUpdate = input.isUpdate;
    if (!script.format) {
      const text = message.text;
      const asItIs = input.beside || !input.titled && text.indexOf("\u2060") < 0 && text.indexOf(".") < 0; // most are, and need no blocks
      return finish(asItIs ? text : host("classic", JSON.stringify(message.fields), input.mrkdwn, input.titled === true));
    }
    const result = script.format(message);
    // Of a text it would be looked for in the prototype, which would have to be made.
    return typeof result !== "string" && typeof result?.then === "function" ? result.then(finish) : finish(result);
  };
}
