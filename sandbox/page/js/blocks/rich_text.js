import { h } from "../dom.js";
import { codeBlock } from "../text/code.js";
import { emojiText } from "../text/emoji.js";
import { link } from "../text/links.js";
import { channelRef, userRef } from "../text/refs.js";
import { slackDate } from "../time.js";

export function richText(block, ctx) {
  return h("div", { class: "text" }, (block.elements ?? []).map((part) => piece(part, ctx)));
}

function piece(part, ctx) {
  const inner = () => (part.elements ?? []).map((leaf) => leafNode(leaf, ctx));
  if (part.type === "rich_text_list") return list(part, ctx);
  if (part.type === "rich_text_quote") return h("blockquote", {}, inner());
  if (part.type === "rich_text_preformatted") return codeBlock((part.elements ?? []).map((leaf) => leaf.text ?? leaf.url ?? "").join(""), part.language ?? "");
  return h("p", {}, inner());
}

function list(part, ctx) {
  const tag = part.style === "ordered" ? "ol" : "ul";
  const items = (part.elements ?? []).map((entry) => h("li", {}, (entry.elements ?? []).map((leaf) => leafNode(leaf, ctx))));
  const start = part.offset ? part.offset + 1 : undefined;
  return h(tag, { class: `indent-${Math.min(part.indent ?? 0, 4)}`, start }, items);
}

const TAGS = { bold: "strong", italic: "em", strike: "s", underline: "u", code: "code" };

export function leafNode(leaf, ctx) {
  return Object.keys(TAGS).reduce((node, style) => (leaf.style?.[style] ? h(TAGS[style], {}, node) : node), bare(leaf, ctx));
}

function bare(leaf, { names }) {
  switch (leaf.type) {
    case "text": return lines(leaf.text ?? "");
    case "link": return link(leaf.url, leaf.text ?? "");
    case "user": return userRef(leaf.user_id, names);
    case "channel": return channelRef(leaf.channel_id, names);
    case "usergroup": return h("span", { class: "ref" }, "@group");
    case "broadcast": return h("span", { class: "ref ref-all" }, `@${leaf.range}`);
    case "emoji": return h("span", { class: "emoji" }, emojiText(leaf.name ?? ""));
    case "date": return h("time", {}, slackDate(leaf.timestamp, leaf.format ?? "{date}", names.tz) ?? leaf.fallback ?? "");
    case "color": return h("code", {}, leaf.value ?? "");
    default: return h("span", {}, leaf.text ?? "");
  }
}

const lines = (text) => h("span", { class: "keep-lines" }, text);
