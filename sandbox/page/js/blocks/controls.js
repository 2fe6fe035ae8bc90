// Every control that can hold a value. control(spec, ctx) -> {node, read() -> Slack's state object, write(state), focus()}

import { h } from "../dom.js";
import { externalSelect, fileInput } from "./pickers.js";
import { plain } from "./text_objects.js";

/** Builds the control for one element; see KINDS for what is known. */
export const control = (spec, ctx) => KINDS[spec.type](spec, ctx);
export const isControl = (type) => type in KINDS;

function textInput(spec, type, attrs = {}) {
  const tag = spec.multiline ? "textarea" : "input";
  const node = h(tag, {
    class: "control", type: tag === "input" ? type : undefined, rows: tag === "textarea" ? rowsFor(spec.initial_value) : undefined, placeholder: plain(spec.placeholder),
    minlength: spec.min_length, min: spec.min_value, max: spec.max_value, autofocus: spec.focus_on_load,
    autocomplete: "off", value: spec.initial_value ?? "", ...attrs,
  });
  // Not the attribute maxlength: the browser would cut what is pasted without a word.
  const tooLong = () => (node.value.length > spec.max_length ? `At most ${spec.max_length.toLocaleString("en")} characters: ${(node.value.length - spec.max_length).toLocaleString("en")} too many.` : "");
  return { ...single(node, spec, "value", (value) => value || null, (value) => value ?? ""), tooLong };
}

/** So many lines that what is in it can be read, as far as there is room. */
const rowsFor = (value) => Math.min(14, Math.max(4, (value ?? "").split("\n").length));

/** One paragraph: styles cannot be typed here. */
function richInput(spec) {
  const block = (text) => ({ type: "rich_text", elements: [{ type: "rich_text_section", elements: [{ type: "text", text }] }] });
  const words = (value) => (value?.elements ?? []).flatMap((part) => part.elements ?? []).map((leaf) => leaf.text ?? "").join("");
  const node = h("textarea", { class: "control", rows: 4, placeholder: plain(spec.placeholder), autofocus: spec.focus_on_load, value: words(spec.initial_value) });
  return single(node, spec, "rich_text_value", (value) => (value ? block(value) : null), words);
}

function single(node, spec, key, encode, show) {
  return {
    node,
    read: () => ({ type: spec.type, [key]: encode(node.value) }),
    write: (state) => { node.value = show(state[key]); },
    focus: () => node.focus(),
  };
}

const optionsOf = (spec) => [...(spec.options ?? []), ...(spec.option_groups ?? []).flatMap((group) => group.options ?? [])];

function optionNodes(spec) {
  const one = (option) => h("option", { value: option.value }, plain(option.text));
  return [...(spec.options ?? []).map(one), ...(spec.option_groups ?? []).map((group) => h("optgroup", { label: plain(group.label) }, group.options.map(one)))];
}

function select(spec, options, initial, key, encode) {
  const empty = h("option", { value: "" }, plain(spec.placeholder) || "Choose…");
  const node = h("select", { class: "control" }, empty, options);
  node.value = initial ?? "";
  return single(node, spec, key, (value) => (value ? encode(value) : null), (value) => value?.value ?? value ?? "");
}

function staticSelect(spec) {
  const find = (value) => optionsOf(spec).find((option) => option.value === value) ?? null;
  return select(spec, optionNodes(spec), spec.initial_option?.value, "selected_option", find);
}

const people = (ctx) => ctx.names.people().map((user) => h("option", { value: user.id }, user.real_name || user.name));
const channels = (ctx) => ctx.names.channels().map((channel) => h("option", { value: channel.id }, `#${channel.name}`));

/** Several of a list: boxes, which work with touch and keyboard alike. */
function boxes(spec, options, type, initial, read, write) {
  const name = `choice-${Math.random().toString(36).slice(2)}`;
  const inputs = options.map((option) => h("input", { type, name, value: option.value, checked: initial.includes(option.value) }));
  const node = h("div", { class: "choices", role: type === "radio" ? "radiogroup" : "group" }, options.map((option, i) =>
    h("label", { class: "choice" }, inputs[i], h("span", {}, plain(option.text), option.description && h("small", {}, plain(option.description))))));
  const chosen = () => options.filter((_, i) => inputs[i].checked);
  const most = spec.max_selected_items;
  if (most) node.addEventListener("change", () => inputs.forEach((box) => { box.disabled = !box.checked && chosen().length >= most; }));
  const set = (values) => inputs.forEach((box) => { box.checked = values.includes(box.value); });
  return { node, read: () => ({ type: spec.type, ...read(chosen()) }), write: (state) => set(write(state)), focus: () => inputs[0]?.focus() };
}

const many = (spec, options, key, initial, encode) =>
  boxes(spec, options, "checkbox", initial, (chosen) => ({ [key]: chosen.map(encode) }), (state) => (state[key] ?? []).map((item) => item.value ?? item));

const asOptions = (nodes) => nodes.map((node) => ({ value: node.value, text: { type: "plain_text", text: node.textContent } }));
const values = (options) => (options ?? []).map((option) => option.value);

function picker(spec, type, key, initial) {
  const node = h("input", { class: "control", type, value: initial ?? "" });
  return single(node, spec, key, (value) => value || null, (value) => value ?? "");
}

function dateTime(spec) {
  const local = (epochS) => {
    const date = new Date(epochS * 1000);
    return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
  };
  const node = h("input", { class: "control", type: "datetime-local", value: spec.initial_date_time ? local(spec.initial_date_time) : "" });
  return single(node, spec, "selected_date_time", (value) => (value ? Math.floor(new Date(value).getTime() / 1000) : null), (value) => (value ? local(value) : ""));
}

const KINDS = {
  plain_text_input: (spec) => textInput(spec, "text"),
  rich_text_input: richInput,
  number_input: (spec) => textInput(spec, "number", { step: spec.is_decimal_allowed ? "any" : "1" }),
  email_text_input: (spec) => textInput(spec, "email"),
  url_text_input: (spec) => textInput(spec, "url"),
  static_select: staticSelect,
  external_select: (spec, ctx) => externalSelect(spec, ctx),
  file_input: (spec) => fileInput(spec),
  users_select: (spec, ctx) => select(spec, people(ctx), spec.initial_user, "selected_user", (value) => value),
  channels_select: (spec, ctx) => select(spec, channels(ctx), spec.initial_channel, "selected_channel", (value) => value),
  conversations_select: (spec, ctx) => select(spec, channels(ctx), spec.initial_conversation, "selected_conversation", (value) => value),
  multi_static_select: (spec) => many(spec, optionsOf(spec), "selected_options", values(spec.initial_options), (option) => option),
  checkboxes: (spec) => many(spec, optionsOf(spec), "selected_options", values(spec.initial_options), (option) => option),
  multi_users_select: (spec, ctx) => many(spec, asOptions(people(ctx)), "selected_users", spec.initial_users ?? [], (option) => option.value),
  multi_channels_select: (spec, ctx) => many(spec, asOptions(channels(ctx)), "selected_channels", spec.initial_channels ?? [], (option) => option.value),
  multi_conversations_select: (spec, ctx) => many(spec, asOptions(channels(ctx)), "selected_conversations", spec.initial_conversations ?? [], (option) => option.value),
  radio_buttons: (spec) => boxes(spec, optionsOf(spec), "radio", values([spec.initial_option].filter(Boolean)), ([option]) => ({ selected_option: option ?? null }), (state) => [state.selected_option?.value]),
  datepicker: (spec) => picker(spec, "date", "selected_date", spec.initial_date),
  timepicker: (spec) => picker(spec, "time", "selected_time", spec.initial_time),
  datetimepicker: dateTime,
};
