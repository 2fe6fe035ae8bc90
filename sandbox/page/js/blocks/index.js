// Blocks -> nodes. ctx: {names, act(payload) -> Promise, controls?: Map, formId, streaming?}

import { h } from "../dom.js";
import { fileUrl } from "../files.js";
import { ownImage, link } from "../text/links.js";
import { markdown } from "../text/markdown.js";
import { contextActions } from "./feedback.js";
import { element } from "./elements.js";
import { inputBlock } from "./inputs.js";
import { richText } from "./rich_text.js";
import { tableBlock } from "./table.js";
import { plain, textNode } from "./text_objects.js";

export function renderBlocks(blocks, ctx) {
  return (blocks ?? []).map((block) => render(block, ctx));
}

function render(block, ctx) {
  const build = KINDS[block.type];
  const node = build ? build(block, ctx) : unknown(block);
  node.classList.add("block", `block-${block.type}`);
  if (block.block_id) node.dataset.blockId = block.block_id;
  return node;
}

const unknown = (block) => h("div", { class: "unknown" }, `A “${String(block.type).slice(0, 40)}” block, which this page cannot show`);

function section(block, ctx) {
  const body = h("div", { class: "section-body" }, textNode(block.text, ctx.names),
    block.fields && h("div", { class: "fields" }, block.fields.map((field) => h("div", { class: "field" }, textNode(field, ctx.names)))));
  const accessory = block.accessory && h("div", { class: "accessory" }, element(block.accessory, block, ctx));
  return h("div", {}, body, accessory);
}

function contextBlock(block, ctx) {
  const items = (block.elements ?? []).map((item) => (item.type === "image" ? image(item, "context-image") : textNode(item, ctx.names)));
  return h("div", {}, items);
}

/** Pictures of other hosts are never fetched: they become a link with their description. */
export function image(spec, cls) {
  const url = spec.image_url ?? spec.slack_file?.url ?? spec.slack_file?.url_private;
  const id = spec.slack_file?.id ?? /\/files-pri\/\w+-(F\w+)\//.exec(spec.slack_file?.url ?? "")?.[1];
  const own = id ? fileUrl(id) : ownImage(url);
  if (own) return h("img", { class: cls, src: own, alt: spec.alt_text ?? "", loading: "lazy" });
  return h("span", { class: "image-away" }, url ? link(url, `Picture: ${spec.alt_text || "no description"}`) : `Picture: ${spec.alt_text ?? ""}`);
}

function imageBlock(block) {
  return h("figure", {}, block.title && h("figcaption", {}, plain(block.title)), image(block, "picture"));
}

const actions = (block, ctx) => h("div", { role: "group", "aria-label": "Actions" }, (block.elements ?? []).map((item) => element(item, block, ctx)));

const KINDS = {
  markdown: (block, ctx) => h("div", {}, markdown(block.text ?? "", ctx.names)),
  section,
  header: (block) => h("h3", {}, plain(block.text)),
  context: contextBlock,
  divider: () => h("hr"),
  image: imageBlock,
  actions,
  context_actions: contextActions,
  input: inputBlock,
  table: tableBlock,
  rich_text: richText,
};
