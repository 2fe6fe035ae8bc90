// Files on their way: chosen, dropped or pasted into a composer, uploaded at once, sent with the next message.

import { h, iconButton, replace } from "./dom.js";
import { chip, sizeText, upload } from "./files.js";
import { store } from "./store.js";
import { toast } from "./toast.js";

const MOST = 10;
const waiting = new Map(); // place -> [{file, uploaded}]

/** changed() is told when the files differ. -> {chips, button, at(place), take(), putBack(files), isReady()} */
export function attaching(changed) {
  const chips = h("ul", { class: "chips", "aria-label": "Files to send", hidden: true });
  const picker = h("input", { type: "file", multiple: true, hidden: true, tabindex: "-1", "aria-hidden": "true", onchange: () => { add([...picker.files]); picker.value = ""; } });
  const button = iconButton("clip", "Attach files", () => picker.click());
  let place = "";

  const here = () => waiting.get(place) ?? [];

  function at(next) {
    place = next;
    draw();
  }

  function draw() {
    button.title = `Attach files, at most ${sizeText(store.state?.upload_max_bytes ?? 0)} each`;
    chips.hidden = !here().length;
    replace(chips, here().map((entry) => chip(entry, () => drop(place, entry))));
    changed();
  }

  function drop(from, entry) {
    waiting.set(from, (waiting.get(from) ?? []).filter((known) => known !== entry));
    draw();
  }

  function add(files) {
    const room = MOST - here().length;
    if (files.length > room) toast(`A message takes at most ${MOST} files.`);
    for (const file of files.slice(0, Math.max(room, 0))) begin(place, { file, uploaded: null });
  }

  function begin(to, entry) {
    waiting.set(to, [...(waiting.get(to) ?? []), entry]);
    draw();
    upload(entry.file).then((uploaded) => { entry.uploaded = uploaded; draw(); }, (error) => { toast(error); drop(to, entry); });
  }

  /** Everything that is ready, out of the composer. */
  function take() {
    const files = here();
    waiting.delete(place);
    draw();
    return files;
  }

  function putBack(files) {
    waiting.set(place, [...files, ...here()]);
    draw();
  }

  const count = () => here().length;
  const isReady = () => here().every((entry) => entry.uploaded);
  return { chips, picker, button, at, add, take, putBack, count, isReady };
}

/** Lets files be dropped on a node and pasted into its text field. */
export function takesFiles(node, area, add) {
  let depth = 0;
  const carries = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  const over = (is) => { depth = is ? depth : 0; node.classList.toggle("dropping", is); };
  node.addEventListener("dragenter", (event) => { if (carries(event)) { event.preventDefault(); depth += 1; over(true); } });
  node.addEventListener("dragover", (event) => { if (carries(event)) event.preventDefault(); });
  node.addEventListener("dragleave", () => { depth = Math.max(depth - 1, 0); if (!depth) over(false); });
  node.addEventListener("drop", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    over(false);
    add([...event.dataTransfer.files]);
  });
  area.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (!files.length) return;
    event.preventDefault();
    add(files);
  });
}
