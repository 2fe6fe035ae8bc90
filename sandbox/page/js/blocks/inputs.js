import { h } from "../dom.js";
import { control, isControl } from "./controls.js";
import { plain } from "./text_objects.js";

/** An input block: label, control, hint and a place for the app's complaint. */
export function inputBlock(block, ctx) {
  const spec = block.element ?? {};
  if (!isControl(spec.type)) return h("div", { class: "unknown" }, `An input “${String(spec.type).slice(0, 40)}”, which this page cannot show`);
  const field = control(spec, ctx);
  const id = `${ctx.formId ?? "f"}-${block.block_id}`;
  const grouped = field.node.matches(".choices, .picker");
  const label = h(grouped ? "div" : "label", { class: "label", id: `${id}-label`, for: grouped ? undefined : id }, plain(block.label), block.optional && h("small", {}, " (optional)"));
  field.node.id = id;
  field.node.setAttribute("aria-labelledby", `${id}-label`);
  if (!block.optional && !grouped) field.node.required = true;
  const hint = block.hint && h("p", { class: "hint", id: `${id}-hint` }, plain(block.hint));
  const error = h("p", { class: "field-error", id: `${id}-error`, role: "alert" });
  field.node.setAttribute("aria-describedby", `${hint ? `${id}-hint ` : ""}${id}-error`);
  field.optional = Boolean(block.optional);
  field.complain = (text) => complain(field.node, error, text);
  field.complaint = () => error.textContent;
  ctx.register?.(block.block_id, spec.action_id, field);
  field.node.addEventListener("input", () => field.complain(field.tooLong?.() ?? ""));
  if (block.dispatch_action) dispatch(field, spec, block, ctx);
  return h("div", {}, label, field.node, hint, error);
}

function complain(node, error, text) {
  error.textContent = text;
  node.toggleAttribute("aria-invalid", Boolean(text));
  if (text) node.setAttribute("aria-invalid", "true");
}

const PAUSE_MS = 400; // as long as somebody keeps typing, the app is not told of every letter

/** Tells the app what is put in: of a text when and as its configuration says, else with every change. */
function dispatch(field, spec, block, ctx) {
  const tell = () => {
    const { type, ...state } = field.read();
    ctx.act({ action_id: spec.action_id, block_id: block.block_id, ...state });
  };
  if (!/_text_input$/.test(spec.type)) return field.node.addEventListener("change", tell);
  const when = spec.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
  const isOpen = () => document.getElementById(field.node.id); // an update may have put another node in its place
  if (when.includes("on_character_entered")) field.node.addEventListener("input", paused(() => isOpen() && tell()));
  if (when.includes("on_enter_pressed")) field.node.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    tell();
  });
}

function paused(work) {
  let timer;
  return () => { clearTimeout(timer); timer = setTimeout(work, PAUSE_MS); };
}
