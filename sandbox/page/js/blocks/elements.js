// Interactive elements outside of inputs: pressing or choosing tells the app at once.

import { h, icon } from "../dom.js";
import { confirmed } from "../confirm.js";
import { openMenu } from "../menu.js";
import { safeUrl } from "../text/links.js";
import { control, isControl } from "./controls.js";
import { image } from "./index.js";
import { plain } from "./text_objects.js";

export function element(spec, block, ctx) {
  if (spec.type === "image") return image(spec, "thumb");
  if (spec.type === "button") return button(spec, block, ctx);
  if (spec.type === "overflow") return overflow(spec, block, ctx);
  if (isControl(spec.type)) return live(spec, block, ctx);
  return h("span", { class: "unknown" }, `A “${String(spec.type).slice(0, 40)}” element, which this page cannot show`);
}

const focusKey = (block, spec) => `${block.block_id}.${spec.action_id}`;

function button(spec, block, ctx) {
  const cls = `button ${spec.style === "primary" ? "primary" : spec.style === "danger" ? "danger" : ""}`;
  const tell = () => ctx.act({ action_id: spec.action_id, block_id: block.block_id, value: spec.value });
  const props = { class: cls, "aria-label": spec.accessibility_label, data: { focusKey: focusKey(block, spec) } };
  const href = spec.url && safeUrl(spec.url);
  if (href) return h("a", { ...props, href, target: "_blank", rel: "noopener noreferrer", onclick: tell }, plain(spec.text));
  const node = h("button", { ...props, type: "button", onclick: async () => {
    if (await confirmed(spec.confirm, ctx)) busy(node, tell);
  } }, plain(spec.text));
  return node;
}

/** A pressed button waits for the workspace's answer, so that nobody presses twice. Disabled, it would lose the focus. */
async function busy(node, tell) {
  if (node.hasAttribute("aria-busy")) return;
  node.setAttribute("aria-busy", "true");
  await tell();
  node.removeAttribute("aria-busy");
}

function overflow(spec, block, ctx) {
  const choose = async (option) => {
    if (await confirmed(spec.confirm, ctx)) ctx.act({ action_id: spec.action_id, block_id: block.block_id, selected_option: option });
  };
  const node = h("button", {
    type: "button", class: "button square", "aria-label": "More actions", "aria-haspopup": "menu", data: { focusKey: focusKey(block, spec) },
    onclick: () => openMenu(node, "More actions", (spec.options ?? []).map((option) => ({ node: plain(option.text), run: () => choose(option) }))),
  }, icon("dots"));
  return node;
}

/** A control that is no input: each change is an action. What it holds still counts as the view's state. */
export function live(spec, block, ctx) {
  const field = control(spec, ctx);
  field.node.setAttribute("aria-label", plain(spec.placeholder) || "Choose");
  ctx.register?.(block.block_id, spec.action_id, field);
  field.node.addEventListener("change", async () => {
    if (!(await confirmed(spec.confirm, ctx))) return;
    const { type, ...state } = field.read();
    ctx.act({ action_id: spec.action_id, block_id: block.block_id, ...state });
  });
  return field.node;
}
