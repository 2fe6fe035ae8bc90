// The block half of markdown, written for text that is still arriving: an open fence or table shows as far as it goes.

import { h } from "../dom.js";
import { codeBlock } from "./code.js";
import { inline } from "./markdown_inline.js";
import { isTable, table } from "./markdown_table.js";
import { decode } from "./refs.js";

const FENCE = /^(\s{0,3})(`{3,}|~{3,})\s*([\w+#.-]*)[^`]*$/;
const HEADING = /^\s{0,3}(#{1,6})\s+(.*?)\s*#*\s*$/;
const RULE = /^\s{0,3}(?:(?:\*\s*){3,}|(?:-\s*){3,}|(?:_\s*){3,})$/;
const QUOTE = /^\s{0,3}(?:>|&gt;)\s?/;
const ITEM = /^(\s*)([-*+•]|\d{1,9}[.)])(\s+)(.*)$/;
const MAX_DEPTH = 8;

/** A whole markdown text -> <div>. */
export function markdown(text, names) {
  return h("div", { class: "text markdown" }, blocks(text.replaceAll("\r\n", "\n").replaceAll("\t", "    ").split("\n"), names, 0));
}

function blocks(lines, names, depth) {
  const out = [];
  let at = 0;
  while (at < lines.length) {
    const [node, next] = block(lines, at, names, depth);
    if (node) out.push(node);
    at = Math.max(next, at + 1);
  }
  return out;
}

function block(lines, at, names, depth) {
  const line = lines[at];
  if (!line.trim()) return [null, at + 1];
  if (FENCE.test(line)) return fence(lines, at);
  if (HEADING.test(line)) return heading(line, at, names);
  if (RULE.test(line)) return [h("hr"), at + 1];
  if (isTable(lines, at)) return table(lines, at, names);
  if (depth < MAX_DEPTH && QUOTE.test(line)) return quote(lines, at, names, depth);
  if (depth < MAX_DEPTH && ITEM.test(line)) return list(lines, at, names, depth);
  return paragraph(lines, at, names, depth);
}

function fence(lines, at) {
  const [, indent, mark, language] = FENCE.exec(lines[at]);
  let end = at + 1;
  const closes = (line) => line.trim().startsWith(mark) && /^\s*[`~]+\s*$/.test(line);
  while (end < lines.length && !closes(lines[end])) end += 1;
  const body = lines.slice(at + 1, end).map((line) => line.replace(new RegExp(`^ {0,${indent.length}}`), ""));
  return [codeBlock(decode(body.join("\n")), language), end + 1]; // Slack decodes entities in code too
}

function heading(line, at, names) {
  const [, marks, text] = HEADING.exec(line);
  const level = Math.min(6, marks.length + 2); // the page's own headings are 1 and 2
  return [h(`h${level}`, { class: `md-h${marks.length}` }, inline(text, names)), at + 1];
}

function quote(lines, at, names, depth) {
  let end = at;
  while (end < lines.length && QUOTE.test(lines[end])) end += 1;
  const inner = lines.slice(at, end).map((line) => line.replace(QUOTE, ""));
  return [h("blockquote", {}, blocks(inner, names, depth + 1)), end];
}

const startsOther = (lines, at) => FENCE.test(lines[at]) || HEADING.test(lines[at]) || RULE.test(lines[at]) || QUOTE.test(lines[at]);

function paragraph(lines, at, names, depth) {
  let end = at + 1;
  const stops = () => !lines[end].trim() || startsOther(lines, end) || (depth < MAX_DEPTH && ITEM.test(lines[end])) || isTable(lines, end);
  while (end < lines.length && !stops()) end += 1;
  return [h("p", {}, inline(lines.slice(at, end).map((line) => line.trimStart()).join("\n"), names)), end];
}

const indentOf = (line) => line.length - line.trimStart().length;

function list(lines, at, names, depth) {
  const [, indent, mark] = ITEM.exec(lines[at]);
  const ordered = /\d/.test(mark);
  const items = [];
  let next = at;
  while (next < lines.length && sameList(lines[next], indent.length, ordered)) {
    const [body, end] = itemLines(lines, next);
    items.push(item(body, names, depth));
    next = end;
  }
  const start = ordered && Number.parseInt(mark, 10) !== 1 ? Number.parseInt(mark, 10) : undefined;
  return [h(ordered ? "ol" : "ul", { start }, items), next];
}

function sameList(line, indent, ordered) {
  const match = ITEM.exec(line);
  return Boolean(match) && Math.abs(match[1].length - indent) < 2 && /\d/.test(match[2]) === ordered && !RULE.test(line);
}

/** An item's own lines, taken out of their indentation; blank lines belong to it when more of it follows. */
function itemLines(lines, at) {
  const [, indent, , , first] = ITEM.exec(lines[at]);
  const body = [first];
  let end = at + 1;
  for (; end < lines.length; end += 1) {
    const line = lines[end];
    if (!line.trim()) {
      const following = lines.slice(end + 1).find((later) => later.trim());
      if (following === undefined || (indentOf(following) <= indent.length && !ITEM.test(following))) break;
      if (indentOf(following) > indent.length) body.push("");
      continue;
    }
    if (indentOf(line) <= indent.length && (ITEM.test(line) || startsOther(lines, end))) break;
    if (indentOf(line) <= indent.length && !lines[end - 1].trim()) break;
    body.push(line.replace(new RegExp(`^ {0,${indent.length + 4}}`), (space) => " ".repeat(Math.max(0, space.length - indent.length - markWidth(lines[at])))));
  }
  return [body, end];
}

function markWidth(line) {
  const [, , mark, gap] = ITEM.exec(line);
  return mark.length + Math.min(gap.length, 4);
}

function item(body, names, depth) {
  const task = /^\[([ xX])\]\s+/.exec(body[0]);
  if (task) body[0] = body[0].slice(task[0].length);
  const inner = blocks(body, names, depth + 1);
  const tight = inner[0]?.tagName === "P" ? [...inner[0].childNodes, ...inner.slice(1)] : inner;
  const box = task && h("input", { type: "checkbox", disabled: true, checked: task[1] !== " ", "aria-label": task[1] !== " " ? "done" : "open" });
  return h("li", { class: task ? "task" : undefined }, box, tight);
}
