import { h, icon } from "../dom.js";
import { confirmed } from "../confirm.js";
import { plain } from "./text_objects.js";

/** context_actions: thumbs up and down, and icon buttons, quiet under an answer. */
export function contextActions(block, ctx) {
  return h("div", { role: "group", "aria-label": "Feedback" }, (block.elements ?? []).map((item) =>
    item.type === "feedback_buttons" ? feedback(item, block, ctx) : iconElement(item, block, ctx)));
}

function feedback(item, block, ctx) {
  const buttons = [["positive_button", "up"], ["negative_button", "thumbdown"]].filter(([key]) => item[key]).map(([key, glyph]) => {
    const button = h("button", {
      type: "button", class: "feedback", "aria-pressed": "false",
      "aria-label": item[key].accessibility_label ?? plain(item[key].text), title: plain(item[key].text),
      data: { focusKey: `${block.block_id}.${item.action_id}.${key}` },
      onclick: () => {
        buttons.forEach((other) => other.setAttribute("aria-pressed", String(other === button)));
        ctx.act({ action_id: item.action_id, block_id: block.block_id, value: item[key].value });
      },
    }, icon(glyph));
    return button;
  });
  return h("span", { class: "feedback-pair" }, buttons);
}

const GLYPHS = { trash: "trash", copy: "copy", refresh: "pulse" };

function iconElement(item, block, ctx) {
  const press = async () => {
    if (await confirmed(item.confirm, ctx)) ctx.act({ action_id: item.action_id, block_id: block.block_id, value: item.value });
  };
  return h("button", {
    type: "button", class: "feedback", onclick: press, title: plain(item.text),
    "aria-label": item.accessibility_label ?? plain(item.text), data: { focusKey: `${block.block_id}.${item.action_id}` },
  }, icon(GLYPHS[item.icon] ?? "dots"));
}
