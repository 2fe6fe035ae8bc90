// Slack's mrkdwn: *bold* _italic_ ~strike~ `code` ```fence``` > quote, references in angle brackets, :emoji:.

import { h } from "../dom.js";
import { emojiChar } from "./emoji.js";
import { link, trimUrl } from "./links.js";
import { angle, decode } from "./refs.js";
import { codeBlock } from "./code.js";

// Each mark ends at the next one of its kind on the same line, so this stays linear whatever is typed.
const INLINE = new RegExp(
  [
    "`(?<code>[^`\\n]+)`",
    "<(?<angle>[^<>\\n]+)>",
    ":(?<emoji>[a-z0-9_+-]+(?:::skin-tone-\\d)?):",
    "(?<![\\w*])\\*(?=\\S)(?<bold>[^*\\n]+)(?<=\\S)\\*(?![\\w*])",
    "(?<![\\w_])_(?=\\S)(?<italic>[^_\\n]+)(?<=\\S)_(?![\\w_])",
    "(?<![\\w~])~(?=\\S)(?<strike>[^~\\n]+)(?<=\\S)~(?![\\w~])",
    "(?<url>https?:\\/\\/[^\\s<>|]+)",
    "(?<br>\\n)",
  ].join("|"),
  "gu",
);

const TAGS = { bold: "strong", italic: "em", strike: "s" };

/** One run of text -> array of nodes and strings. */
export function inline(text, names) {
  const out = [];
  let at = 0;
  for (const match of text.matchAll(INLINE)) {
    if (match.index < at) continue;
    const [node, length] = token(match, names);
    if (node === null) continue;
    out.push(decode(text.slice(at, match.index)), node);
    at = match.index + length;
  }
  out.push(decode(text.slice(at)));
  return out;
}

function token(match, names) {
  const groups = match.groups;
  const length = match[0].length;
  if (groups.code) return [h("code", {}, decode(groups.code)), length];
  if (groups.angle) return [angle(groups.angle, names), length];
  if (groups.emoji) return [emojiNode(groups.emoji), length];
  if (groups.url) return [link(decode(trimUrl(groups.url)), ""), trimUrl(groups.url).length];
  if (groups.br) return [h("br"), length];
  const kind = Object.keys(TAGS).find((name) => groups[name]);
  return [h(TAGS[kind], {}, inline(groups[kind], names)), length];
}

export function emojiNode(name) {
  const char = emojiChar(name);
  return char ? h("span", { class: "emoji", role: "img", "aria-label": name.replaceAll("_", " ") }, char) : null;
}

const FENCE = /```\n?([\s\S]*?)\n?```/g;
const QUOTE = /^(?:&gt;|>) ?/;

/** A whole mrkdwn text -> <div>. */
export function mrkdwn(text, names) {
  const box = h("div", { class: "text mrkdwn" });
  let at = 0;
  for (const match of text.matchAll(FENCE)) {
    lines(text.slice(at, match.index), names, box);
    box.append(codeBlock(decode(match[1]), ""));
    at = match.index + match[0].length;
  }
  lines(text.slice(at), names, box);
  return box;
}

/** Runs of quoted, of listed and of plain lines. */
function lines(text, names, box) {
  if (!text.trim()) return;
  for (const run of runs(text.replace(/^\n+|\n+$/g, "").split("\n"))) {
    if (run.kind === "quote") box.append(h("blockquote", {}, inline(run.lines.join("\n"), names)));
    else if (run.kind === "item") box.append(h("ul", {}, run.lines.map((line) => h("li", {}, inline(line, names)))));
    else box.append(h("p", {}, inline(run.lines.join("\n"), names)));
  }
}

function runs(all) {
  const out = [];
  for (const line of all) {
    const quoted = QUOTE.test(line);
    const item = /^\s*[•◦] ?/.test(line);
    const kind = quoted ? "quote" : item ? "item" : "plain";
    const body = quoted ? line.replace(QUOTE, "") : item ? line.replace(/^\s*[•◦] ?/, "") : line;
    if (out.at(-1)?.kind === kind) out.at(-1).lines.push(body);
    else out.push({ kind, lines: [body] });
  }
  return out;
}
