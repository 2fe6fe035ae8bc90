// The inline half of markdown: emphasis, code, links, references.

import { h } from "../dom.js";
import { link, trimUrl } from "./links.js";
import { emojiNode } from "./mrkdwn.js";
import { angle, decode } from "./refs.js";

const INLINE = new RegExp(
  [
    "\\\\(?<escape>[!-\\/:-@\\[-`{-~])",
    "(?<ticks>`+)(?!`)(?<code>[\\s\\S]*?[^`])\\k<ticks>(?!`)",
    "!?\\[(?<label>(?:[^\\[\\]\\\\\\n]|\\\\.|\\[[^\\[\\]\\n]*\\])*)\\]\\(\\s*<?(?<href>[^\\s()<>]*(?:\\([^\\s()]*\\)[^\\s()<>]*)*)>?(?:\\s+\"[^\"\\n]*\")?\\s*\\)",
    "<(?<angle>[^<>\\s][^<>\\n]*)>",
    "(?<url>https?:\\/\\/[^\\s<>\\]()]+(?:\\([^\\s()<>]*\\)[^\\s<>)]*)*)",
    "(?<both>\\*\\*\\*)(?=\\S)(?<bothBody>[^\\n]*?\\S)\\*\\*\\*",
    "(?<strong>\\*\\*|(?<![\\w_])__)(?=\\S)(?<strongBody>[\\s\\S]*?\\S)\\k<strong>(?!\\*(?!\\*))",
    "(?<em>\\*|(?<![\\w_])_)(?=[^\\s*_])(?<emBody>(?:[^*_\\n]|(?<=\\w)_(?=\\w)|\\*\\*[^*\\n]+\\*\\*)*?[^\\s*])\\k<em>(?![\\w*])",
    "(?<strike>~~?)(?=\\S)(?<strikeBody>[^~\\n]*?\\S)\\k<strike>",
    ":(?<emoji>[a-z0-9_+-]+):",
    "(?<br>(?: {2,}|\\\\)?\\n)",
  ].join("|"),
  "gu",
);

const MAX_DEPTH = 6;

/** One run of markdown -> array of nodes and strings. */
export function inline(text, names, depth = 0) {
  if (depth > MAX_DEPTH) return [decode(text)];
  const out = [];
  let at = 0;
  for (const match of text.matchAll(INLINE)) {
    if (match.index < at) continue;
    const [node, length] = token(match, names, depth + 1);
    if (node === null) continue;
    out.push(decode(text.slice(at, match.index)), node);
    at = match.index + length;
  }
  out.push(decode(text.slice(at)));
  return out;
}

function token(match, names, depth) {
  const g = match.groups;
  const length = match[0].length;
  if (g.escape) return [g.escape, length];
  if (g.code) return [h("code", {}, decode(g.code).replaceAll("\n", " ").replace(/^ (.*) $/, "$1")), length];
  if (g.href !== undefined) return [link(decode(g.href), inline(g.label || g.href, names, depth)), length];
  if (g.angle) return [angle(g.angle, names), length];
  if (g.url) return [link(decode(trimUrl(g.url)), ""), trimUrl(g.url).length];
  if (g.both) return [h("strong", {}, h("em", {}, inline(g.bothBody, names, depth))), length];
  if (g.strong) return [h("strong", {}, inline(g.strongBody, names, depth)), length];
  if (g.em) return [h("em", {}, inline(g.emBody, names, depth)), length];
  if (g.strike) return [h("s", {}, inline(g.strikeBody, names, depth)), length];
  if (g.emoji) return [emojiNode(g.emoji), length];
  return [h("br"), length];
}
