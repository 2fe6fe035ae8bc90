// Files in messages and in the composer: what they are called, how large they are, where their bytes come from.

import { h, icon, iconButton } from "./dom.js";
import { ApiError } from "./api.js";
import { store } from "./store.js";

const SHOWN = new Set(["image/png", "image/jpeg", "image/gif", "image/webp"]);

/** Slack's own addresses want the bot's token; people's browsers fetch a file by its id. */
export const fileUrl = (id) => `/control/file?${new URLSearchParams({ as: store.as, id })}`;

/** 1536 -> "1.5 KB". */
export function sizeText(bytes) {
  if (bytes === 1) return "1 byte";
  const units = ["bytes", "KB", "MB", "GB"];
  const step = bytes < 1 ? 0 : Math.min(Math.floor(Math.log(bytes) / Math.log(1024)), units.length - 1);
  const value = bytes / 1024 ** step;
  return `${step && value < 10 ? Math.round(value * 10) / 10 : Math.round(value)} ${units[step]}`;
}

/** The files of a message: pictures in place, the rest as cards to be saved. */
export function fileList(files) {
  if (!files?.length) return null;
  return h("ul", { class: "files", "aria-label": files.length === 1 ? "File" : "Files" }, files.map((file) => h("li", {}, SHOWN.has(file.mimetype) ? picture(file) : card(file))));
}

function picture(file) {
  const name = file.title || file.name;
  const size = file.original_w && { width: file.original_w, height: file.original_h };
  return h("figure", { class: "file-picture" },
    h("a", { href: fileUrl(file.id), target: "_blank", rel: "noopener", title: `Open ${name}` }, h("img", { class: "picture", src: fileUrl(file.id), alt: file.alt_txt || name, loading: "lazy", ...size })),
    h("figcaption", {}, `${name} · ${sizeText(file.size)}`));
}

function card(file) {
  const name = file.title || file.name || "File";
  return h("a", { class: "file", title: name, href: fileUrl(file.id), download: file.name, "aria-label": `Download ${name}, ${file.pretty_type}, ${sizeText(file.size)}` },
    h("span", { class: "file-mark", "aria-hidden": "true" }, icon("file")), h("span", { class: "grow" }, h("strong", {}, name), h("small", {}, `${file.pretty_type} · ${sizeText(file.size)}`)), icon("save"));
}

/** Sends a file's bytes -> the file object. Raises ApiError. */
export async function upload(file) {
  const most = store.state.upload_max_bytes;
  if (file.size > most) throw new ApiError(`${file.name} is too large: ${sizeText(file.size)}. A file holds at most ${sizeText(most)}.`);
  if (!file.size) throw new ApiError(`${file.name} is empty.`);
  const query = new URLSearchParams({ as: store.as, name: file.name || "file" });
  const answer = await fetch(`/control/upload?${query}`, { method: "POST", body: file, headers: { "Content-Type": "application/octet-stream" } }).catch(() => null);
  const body = await answer?.json().catch(() => null);
  if (!body?.ok) throw new ApiError(body?.error || `${file.name} could not be sent.`);
  return body.file;
}

/** A file that waits to be sent. */
export function chip(entry, remove) {
  const { file, uploaded } = entry;
  return h("li", { class: `chip ${uploaded ? "" : "loading-chip"}` }, icon("file"), h("span", { class: "grow", title: file.name }, file.name),
    h("small", {}, uploaded ? sizeText(file.size) : "sending…"), iconButton("close", `Remove ${file.name}`, remove));
}
