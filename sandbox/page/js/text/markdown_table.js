import { h } from "../dom.js";
import { inline } from "./markdown_inline.js";

const RULE = /^\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$/;

export const isTable = (lines, at) => lines[at].includes("|") && at + 1 < lines.length && lines[at + 1].includes("-") && lines[at + 1].includes("|") && RULE.test(lines[at + 1]);

/** Cells of one line; a bar after a backslash or inside code is text. */
function cells(line) {
  const out = [""];
  let code = false;
  for (let i = 0; i < line.length; i += 1) {
    if (line[i] === "\\" && line[i + 1] === "|") { out[out.length - 1] += "|"; i += 1; continue; }
    if (line[i] === "`") code = !code;
    if (line[i] === "|" && !code) out.push("");
    else out[out.length - 1] += line[i];
  }
  if (!out[0].trim()) out.shift();
  if (out.length && !out.at(-1).trim()) out.pop();
  return out.map((cell) => cell.trim());
}

const alignment = (rule) => (rule.endsWith(":") ? (rule.startsWith(":") ? "center" : "right") : "left");

export function table(lines, at, names) {
  const head = cells(lines[at]);
  const aligns = cells(lines[at + 1]).map(alignment);
  let end = at + 2;
  while (end < lines.length && lines[end].includes("|") && lines[end].trim()) end += 1;
  // A row that is still arriving, or too short, is filled up; what is too long is cut, as everywhere.
  const rows = lines.slice(at + 2, end).map(cells).map((row) => head.map((_, i) => row[i] ?? ""));
  return [tableNode(head, rows, aligns, (cell) => inline(cell, names)), end];
}

/** Shared with the table block: head, rows and the alignment of each column -> a table that scrolls by itself. */
export function tableNode(head, rows, aligns, render) {
  const cls = (i) => `align-${aligns[i] ?? "left"}`;
  const row = (tag, list) => h("tr", {}, list.map((cell, i) => h(tag, { class: cls(i), scope: tag === "th" ? "col" : undefined }, render(cell))));
  return h("div", { class: "table-box", tabindex: "0", role: "region", "aria-label": "Table" },
    h("table", {}, h("thead", {}, row("th", head)), h("tbody", {}, rows.map((list) => row("td", list)))));
}
