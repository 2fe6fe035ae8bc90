// Controls that ask the workspace while they are used: files to upload, choices that the app suggests.

import { debounced, h, icon, replace } from "../dom.js";
import { chip, upload } from "../files.js";
import { toast } from "../toast.js";
import { plain } from "./text_objects.js";

/** Files for a modal's field. What is read are ids; the workspace makes file objects of them. */
export function fileInput(spec) {
  const most = spec.max_files ?? 10;
  let entries = [];
  const chips = h("ul", { class: "chips", "aria-label": "Chosen files" });
  const accept = (spec.filetypes ?? []).map((type) => `.${type}`).join(",");
  const input = h("input", { type: "file", hidden: true, multiple: most > 1, accept: accept || undefined, onchange: () => { [...input.files].forEach(add); input.value = ""; } });
  const button = h("button", { type: "button", class: "button", onclick: () => input.click() }, icon("clip"), most > 1 ? "Choose files" : "Choose a file");
  const node = h("div", { class: "picker", role: "group" }, button, input, chips);
  const draw = () => replace(chips, entries.map((entry) => chip(entry, () => remove(entry))));
  function remove(entry) {
    entries = entries.filter((known) => known !== entry);
    draw();
  }
  function add(file) {
    if (entries.length >= most) return void toast(`At most ${most} ${most === 1 ? "file goes" : "files go"} here.`);
    const entry = { file, uploaded: null };
    entries.push(entry);
    draw();
    upload(file).then((uploaded) => { entry.uploaded = uploaded; draw(); node.dispatchEvent(new Event("change", { bubbles: true })); }, (error) => { toast(error); remove(entry); });
  }
  return {
    node, isBusy: () => entries.some((entry) => !entry.uploaded), focus: () => button.focus(),
    read: () => ({ type: spec.type, files: entries.filter((entry) => entry.uploaded).map((entry) => entry.uploaded) }),
    write: (state) => { entries = (state.files ?? []).map((uploaded) => ({ file: uploaded, uploaded })); draw(); },
  };
}

/** A search field, and the choices that the app gives for what is typed. */
export function externalSelect(spec, ctx) {
  let found = spec.initial_option ? [spec.initial_option] : [];
  const search = h("input", { class: "control", type: "search", placeholder: plain(spec.placeholder) || "Search…", "aria-label": "Search the choices", autocomplete: "off" });
  const choice = h("select", { class: "control", "aria-label": "Choices" });
  const node = h("div", { class: "picker", role: "group" }, search, choice);
  const draw = (value) => {
    replace(choice, h("option", { value: "" }, found.length ? "Choose…" : "Type to search"), found.map((option) => h("option", { value: option.value }, plain(option.text))));
    choice.value = value ?? "";
  };
  const ask = debounced(async () => {
    if (search.value.length < (spec.min_query_length ?? 1)) return;
    const answer = await ctx.suggest?.({ action_id: spec.action_id, value: search.value });
    found = answer?.options ?? [];
    draw(found.length === 1 ? found[0].value : "");
    if (found.length === 1) choice.dispatchEvent(new Event("change", { bubbles: true }));
  }, 250);
  search.addEventListener("input", ask);
  search.addEventListener("change", (event) => event.stopPropagation()); // the choice is the change, not the search
  draw(found[0]?.value);
  return {
    node, focus: () => search.focus(),
    read: () => ({ type: spec.type, selected_option: found.find((option) => option.value === choice.value) ?? null }),
    write: ({ selected_option: option }) => { found = option ? [option] : []; draw(option?.value); },
  };
}
