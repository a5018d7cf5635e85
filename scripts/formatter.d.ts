// What a formatter script may export, what it gets, and the globals it finds.
// Editors read this file; the program does not. A test holds its names against
// those that scripts find.

/** The default export of a script. Every member is optional. */
export interface Formatter {
  /** Which calls this layout is for. Left out in default.js, which takes the rest. */
  match?(call: Call): boolean;
  /** Other words for labels, by the label that the workflow sent; null hides the field. */
  labels?: Record<string, string | null>;
  /** Other types for fields, by the label that the workflow sent. */
  fields?: Record<string, string>;
  /** How a type becomes text (mrkdwn). New names may be used in slack_details and slack_text too, built-in ones be replaced. */
  types?: Record<string, (value: any, field: Field) => string | null | undefined>;
  /** The whole message. Left out, it is the classic one: a "Label: value" line for each field. */
  format?(message: Message): Result | string | Promise<Result | string>;
  /** The lines of one message in the text that slack_archive_channel attaches; "" leaves it out, null is the built-in layout. */
  archive?(message: ArchivedMessage): string | null | undefined;
  /** Inputs that the script must be able to render before it goes live. */
  samples?: Sample[];
}

/** A message of an archived channel. All of it is plain text. */
export interface ArchivedMessage {
  /** From 1; replies count in their thread. */
  number: number;
  isReply: boolean;
  /** How many replies follow. */
  replies: number;
  /** The author's name. */
  user: string;
  /** "2026-11-28 18:00:00", in the zone of time_zone. */
  time: string;
  /** What was written, with names in the place of ids. A line of it that looks like one of the archive begins with "> ". */
  text: string;
  /** Who edited it and when, "" for nobody. */
  edited: string;
  files: { name: string; url: string }[];
  /** The lines of the built-in layout. */
  classic: string;
  call: Call;
}

export interface Sample {
  name: string;
  /** slack_details, as an object or as text. Left out where the inputs have slack_text. */
  details?: Record<string, { type: string; data: unknown }> | string;
  /** More inputs of the call, such as slack_text, which may be an object, too. With attachment_id or artifact_id they are those of slack_post_attachment. */
  inputs?: Record<string, unknown>;
  /** The file that goes with a comment; size is in bytes. */
  file?: { name: string; size?: number };
  /** Messages as Slack gives them, of a channel that is archived. */
  messages?: object[];
  /** Names of the people and channels in them, by their ids. */
  names?: Record<string, string>;
  /** slack_details of before, for a message that stands in Slack and is shown anew. */
  previous?: Record<string, { type: string; data: unknown }> | string;
  /** The message expected, or a part of it. */
  want?: { text?: string; blocks?: object[]; archive?: string[]; [member: string]: unknown };
}

/** The call as the platform sent it. */
export interface Call {
  function: string;
  /** API name of the workflow, such as "create_slack_message". */
  workflow: string;
  /** "incident", "note", "task", "artifact" … */
  objectType: string;
  /** Login name of the account that set the workflow off. */
  principal: string;
  /** All inputs by name; a select is its name, a text area its content. */
  inputs: Record<string, any>;
  /** Whether the message goes into a thread. */
  isReply: boolean;
  incident: Incident | null;
}

export interface Incident {
  id: string;
  url: string;
}

/** One member of slack_details or slack_text, made ready. Put into a text, as in `${field}`, it is its `text`. */
export interface Field {
  /** The label, after `labels`. */
  label: string;
  /** The type, after `fields`. */
  type: "string" | "incident" | "richtext" | "boolean" | "datetime" | (string & {});
  /** What the workflow sent: raw, NOT safe to paste into mrkdwn. */
  data: any;
  /** Safe mrkdwn. */
  text: string;
  /** Plain text, for plain_text objects and comparisons. */
  plain: string;
  /** The elements of a rich_text block; only type richtext has them. */
  richText?: RichTextElement[];
  empty: boolean;
  /** What is odd about the field: an unknown type, a date that is none. */
  note?: string;
}

export interface Message {
  /**
   * In the order of the workflow, after labels, fields and types; empty ones left out. A
   * slack_text without labels is one field "Additional Text".
   */
  fields: Field[];
  /** The same with the empty ones. */
  allFields: Field[];
  /** One field by the label that the workflow sent. */
  field(label: string): Field | undefined;
  /**
   * Plain text: what the message is about. With slack_details it is the first field of
   * type string, the incident's name in the shipped workflows. With slack_text it is
   * the first one that is no number, but for "Additional Text" and "Type of data"; where
   * there is none, it is the latter.
   */
  title: string;
  /** From the field of type incident. */
  incident: Incident | null;
  /**
   * The classic message: a "Label: value" line for each field; with slack_text below the
   * title. Returned as it is, a message with slack_text has its green bar. For the
   * comment of a file it is lines alone.
   */
  text: string;
  isReply: boolean;
  /** Whether the message stands in Slack already and is shown anew. */
  isUpdate: boolean;
  /** What that message showed, as far as it is known, or null. Plain text: use slack.esc in mrkdwn. */
  previous: { label: string; plain: string }[] | null;
  /** What is new against it, in the order of the fields; `from` is null where nobody knows it. Plain text. */
  changes: { label: string; from: string | null; to: string }[];
  call: Call;
}

/**
 * What format returns, if not a string. Any other member is an error. The comment of a
 * file (call.function is "slack_post_attachment") is text alone: the text, or else the
 * words of the blocks; what else is returned is left out, and the Action Status names it.
 */
export interface Result {
  /** Shown in notifications, and as the message where there are no blocks. Derived from the blocks if left out. */
  text?: string;
  blocks?: Block[];
  attachments?: Attachment[];
  /** Wraps the blocks in one attachment with a bar of this colour: "#d00000", "good", "warning", "danger". */
  color?: string;
  channel?: string;
  username?: string;
  icon_emoji?: string;
  icon_url?: string;
  thread_ts?: string;
  reply_broadcast?: boolean;
  unfurl_links?: boolean;
  unfurl_media?: boolean;
  /** Posts nothing, and reports why; a file is posted without a comment. */
  skip?: string;
  /** What the thread of a message that is shown anew is told: null for nothing, left out for a line for each change. */
  reply?: string | Result | null;
  /** Shows that reply in the channel, too: a message that is shown anew notifies nobody. */
  broadcast?: boolean;
}

// --- Block Kit ---------------------------------------------------------------
//
// Lengths and numbers are checked before a message goes live or is sent; what is
// too long is split.

export interface PlainText { type: "plain_text"; text: string; emoji?: boolean }
/** With verbatim Slack leaves bare names and addresses in the text alone. */
export interface Mrkdwn { type: "mrkdwn"; text: string; verbatim?: boolean }
export type TextObject = PlainText | Mrkdwn;

interface BlockBase { block_id?: string }
export interface HeaderBlock extends BlockBase { type: "header"; text: PlainText; level?: 1 | 2 | 3 | 4 }
export interface SectionBlock extends BlockBase { type: "section"; text?: TextObject; fields?: TextObject[]; accessory?: Element | ImageElement; expand?: boolean }
export interface ContextBlock extends BlockBase { type: "context"; elements: (TextObject | ImageElement)[] }
export interface DividerBlock extends BlockBase { type: "divider" }
export interface ImageBlock extends BlockBase { type: "image"; image_url?: string; slack_file?: SlackFile; alt_text: string; title?: PlainText }
export interface ActionsBlock extends BlockBase { type: "actions"; elements: Element[] }
export interface RichTextBlock extends BlockBase { type: "rich_text"; elements: RichTextElement[] }
export interface MarkdownBlock extends BlockBase { type: "markdown"; text: string }
export interface TableBlock extends BlockBase { type: "table"; rows: (RawText | RichTextBlock)[][]; column_settings?: ({ align?: "left" | "center" | "right"; is_wrapped?: boolean } | null)[] }
export interface VideoBlock extends BlockBase {
  type: "video"; alt_text: string; title: PlainText; thumbnail_url: string; video_url: string;
  title_url?: string; description?: PlainText; author_name?: string; provider_name?: string; provider_icon_url?: string;
}
/** Blocks that are rare in messages about incidents. What their members must be is checked before the message is sent. */
export interface OtherBlock extends BlockBase {
  type: "card" | "carousel" | "container" | "context_actions" | "data_table" | "data_visualization" | "input" | "layout" | "plan" | "task_card";
  [member: string]: unknown;
}
export type Block =
  | HeaderBlock | SectionBlock | ContextBlock | DividerBlock | ImageBlock | ActionsBlock
  | RichTextBlock | MarkdownBlock | TableBlock | VideoBlock | OtherBlock;

export interface RawText { type: "raw_text"; text: string }
export type SlackFile = { id: string } | { url: string };
export interface ImageElement { type: "image"; image_url?: string; slack_file?: SlackFile; alt_text: string }
export interface Confirm { title: PlainText; text: TextObject; confirm: PlainText; deny: PlainText; style?: "primary" | "danger" }
export interface Button {
  type: "button"; text: PlainText; url?: string; value?: string; action_id?: string;
  style?: "primary" | "danger"; confirm?: Confirm; accessibility_label?: string;
}
/** Elements that need an app which answers to them. */
export interface OtherElement {
  type:
    | "workflow_button" | "checkboxes" | "radio_buttons" | "datepicker" | "timepicker" | "datetimepicker" | "overflow"
    | "static_select" | "external_select" | "users_select" | "conversations_select" | "channels_select"
    | "multi_static_select" | "multi_external_select" | "multi_users_select" | "multi_conversations_select" | "multi_channels_select";
  action_id?: string;
  [member: string]: unknown;
}
export type Element = Button | OtherElement;

export interface TextStyle { bold?: boolean; italic?: boolean; strike?: boolean; code?: boolean; underline?: boolean }
export type RichTextLeaf =
  | { type: "text"; text: string; style?: TextStyle }
  | { type: "link"; url: string; text?: string; unsafe?: boolean; style?: TextStyle }
  | { type: "emoji"; name: string; unicode?: string; url?: string; style?: TextStyle }
  | { type: "user"; user_id: string; style?: TextStyle }
  | { type: "usergroup"; usergroup_id: string; style?: TextStyle }
  | { type: "team"; team_id: string; style?: TextStyle }
  | { type: "channel"; channel_id: string; style?: TextStyle }
  | { type: "broadcast"; range: "here" | "channel" | "everyone"; style?: TextStyle }
  | { type: "date"; timestamp: number; format: string; fallback?: string; url?: string; style?: TextStyle }
  | { type: "color"; value: string; style?: TextStyle };
export interface RichTextSection { type: "rich_text_section"; elements: RichTextLeaf[] }
export interface RichTextList { type: "rich_text_list"; style: "bullet" | "ordered"; elements: RichTextSection[]; indent?: number; offset?: number; border?: 0 | 1 }
export interface RichTextPreformatted { type: "rich_text_preformatted"; elements: Extract<RichTextLeaf, { type: "text" | "link" }>[]; border?: 0 | 1 }
export interface RichTextQuote { type: "rich_text_quote"; elements: RichTextLeaf[]; border?: 0 | 1 }
export type RichTextElement = RichTextSection | RichTextList | RichTextPreformatted | RichTextQuote;

/** One with blocks has neither footer nor ts. Slack wants new messages to use blocks alone, but for the bar of colour. */
export interface Attachment {
  blocks?: Block[]; color?: string; fallback?: string;
  pretext?: string; author_name?: string; author_link?: string; title?: string; title_link?: string; text?: string;
  fields?: { title: string; value: string; short?: boolean }[]; footer?: string; ts?: number | string; mrkdwn_in?: string[];
  [member: string]: unknown;
}

// --- Globals -------------------------------------------------------------------

/** Text, or a field, which stands for its text. Nothing is "". */
type Textual = string | number | boolean | Field | null | undefined;

/**
 * Helpers and block builders. What they return is data for Result.
 *
 * Where mrkdwn is wanted, give a field, or what esc returned: the text of an
 * incident is written by strangers.
 */
export interface Slack {
  /**
   * Text made safe for mrkdwn: no mention, no link under another name, no
   * markup. (Slack links bare addresses; defang keeps it from that.) Not for
   * markdown blocks, whose marks are others.
   */
  esc(text: Textual): string;
  /** A link (http, https, mailto) with a label. */
  link(url: string, label?: Textual): string;
  /**
   * Mentions a user (U…) or a user group (S…) by id. What this and the other
   * helpers make stays live whatever the incident's text holds; a mention that is
   * written into the text of a script, such as <@U…>, is made harmless when the
   * incident's text holds the same one.
   */
  user(id: string): string;
  /** Links a channel by id (C…). */
  channelRef(id: string): string;
  /** Calls everybody: those who are online, the channel, or the workspace. */
  broadcast(who: "here" | "channel" | "everyone"): string;
  /**
   * A moment in each reader's own time zone; format in Slack's tokens, such as
   * "{date_short} {time}". What is no number of milliseconds is shown as it is.
   */
  date(milliseconds: Textual, format?: string): string;
  /** mrkdwn in bold. */
  bold(text: Textual): string;
  /** mrkdwn in italics. */
  italic(text: Textual): string;
  /** Any text as code in a line; it need not be escaped before. */
  code(text: Textual): string;
  /** Any text as a block of code; it need not be escaped before. */
  pre(text: Textual): string;
  /** mrkdwn as a quotation. */
  quote(text: Textual): string;
  /** mrkdwn or plain text of at most n characters, with an ellipsis where something was cut. */
  truncate(text: Textual, n: number): string;
  /** Indicators that cannot be clicked: hxxps://evil[.]example. */
  defang(text: Textual): string;
  /** HTML as plain text. */
  plain(html: Textual): string;
  /** HTML as safe mrkdwn. */
  mrkdwn(html: Textual): string;

  header(text: Textual): Block;
  /** text is mrkdwn: use esc for what comes from data. A field stands for its text. */
  section(text: Textual | TextObject, accessory?: Element | ImageElement): Block;
  /** Two columns, at most ten: for a field its label in bold above its text, for a string mrkdwn. */
  fields(list: (Field | string | TextObject)[]): Block;
  /** A richtext field with its formatting, or any other text as it is. */
  richText(field: Textual): RichTextBlock;
  /**
   * "Label: value" lines in which all data can be copied as it is; in a section it
   * may hold invisible characters that keep Slack from formatting it.
   */
  lines(fields: Field | (Field | string)[]): Block;
  /** Small and grey: mrkdwn, fields, and images. */
  context(...items: Item[]): Block;
  divider(): Block;
  image(url: string, alt: string, title?: Textual): ImageBlock;
  actions(...buttons: (Element | Element[])[]): Block;
  /** A button that opens an address. */
  button(label: Textual, url: string, style?: "primary" | "danger"): Button;
  /**
   * Cells are plain text, or rich text. A richtext field is shown as its table, or as
   * richText shows it where it holds anything else. Slack takes one table in a message.
   */
  table(rows: (Textual | RawText | RichTextBlock)[][] | Field): Block;
}

type OneItem = Textual | TextObject | ImageElement | ImageBlock;
type Item = OneItem | OneItem[];

interface Console {
  log(...values: unknown[]): void;
  info(...values: unknown[]): void;
  warn(...values: unknown[]): void;
  error(...values: unknown[]): void;
  debug(...values: unknown[]): void;
}

declare global {
  const slack: Slack;
  /** Written to the service's log and shown by the previewer. */
  const console: Console;
}
