import { h } from "../dom.js";
import { tableNode } from "../text/markdown_table.js";
import { richText } from "./rich_text.js";

/** A table block; its first row is the head. */
export function tableBlock(block, ctx) {
  const [head = [], ...rows] = block.rows ?? [];
  const aligns = (block.column_settings ?? []).map((column) => column?.align ?? "left");
  return h("div", {}, tableNode(head, rows, aligns, (cell) => cellNode(cell, ctx)));
}

function cellNode(cell, ctx) {
  if (cell?.type === "rich_text") return richText(cell, ctx);
  return cell?.text ?? (cell?.value === undefined ? "" : String(cell.value));
}
