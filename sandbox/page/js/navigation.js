// Where the reader is: channel, tab, thread and person, kept in the address so that each browser can differ.

import { post } from "./api.js";
import { loadMessages } from "./lists.js";
import { change, channelById, currentChannel, loadHome, loadState, loadViews, markRead, names, noteFresh, store } from "./store.js";
import { messageIn, spot } from "./permalink.js";
import { onMessageLink } from "./text/links.js";
import { attempt, toast } from "./toast.js";

export function readAddress() {
  const query = new URLSearchParams(location.search);
  const link = messageIn(location.href);
  if (link) return void Object.assign(store, { as: lastPerson(), link, channel: link.channel, hoodOpen: null });
  Object.assign(store, { as: query.get("as") ?? "", channel: query.get("channel"), thread: query.get("thread"), tab: query.get("tab") ?? "messages" });
  store.hoodOpen = { open: true, closed: false }[query.get("hood")] ?? null;
}

const LAST = "stipend.as"; // a link to a message does not say who opens it: whoever was acted as last

function lastPerson() {
  try {
    return localStorage.getItem(LAST) ?? "";
  } catch {
    return ""; // storage is switched off
  }
}

function rememberPerson() {
  try {
    localStorage.setItem(LAST, store.as);
  } catch { /* storage is switched off */ }
}

export function writeAddress() {
  rememberPerson();
  const query = new URLSearchParams({ as: store.as });
  if (store.channel) query.set("channel", store.channel);
  if (store.tab !== "messages") query.set("tab", store.tab);
  if (store.thread) query.set("thread", store.thread);
  if (store.hoodOpen !== null) query.set("hood", store.hoodOpen ? "open" : "closed");
  history.replaceState(null, "", `/?${query}`);
}

/** A channel that the person is in: the wished one, else the first of that kind. */
export function settle(kind = "channel") {
  const channels = store.state.channels;
  if (!channelById(store.channel)) {
    store.channel = (channels.find((channel) => channel.kind === kind) ?? channels[0])?.id ?? null;
    store.thread = null;
  }
  if (currentChannel()?.kind !== "app") store.tab = "messages";
  writeAddress();
}

/** Everything shown, anew: at the start, after a lost connection, after a switch of person. */
export async function reload(kind) {
  const { as } = store;
  await loadState();
  if (as !== store.as) return; // whoever is acted as now, is loaded on their own
  settle(kind);
  store.messages.clear();
  const jobs = [loadViews(), loadHome()];
  if (currentChannel()) jobs.push(loadMessages(store.channel));
  if (currentChannel() && store.thread) jobs.push(loadMessages(store.channel, store.thread));
  await Promise.all(jobs);
  store.loaded = true;
  change();
}

export async function openChannel(id, tab = "messages") {
  const moved = id !== store.channel;
  Object.assign(store, { channel: id, tab, thread: moved ? null : store.thread });
  document.body.classList.remove("show-sidebar");
  writeAddress();
  const unread = channelById(id)?.unread ?? 0;
  const since = store.unseen.get(id);
  const note = () => tab === "messages" && noteFresh(id, unread, since);
  note();
  change();
  if (tab === "messages") markRead(id);
  const jobs = [loadMessages(id).then(note)];
  if (currentChannel()?.kind === "app") jobs.push(openTab(tab));
  await attempt(Promise.all(jobs));
}

/** The conversation of two people; the first look at it makes it. */
export async function openPerson(id) {
  const find = () => store.state.channels.find((channel) => channel.kind === "im" && channel.with === id);
  if (!find()) {
    await attempt(loadMessages(id));
    await attempt(loadState());
  }
  if (find()) await openChannel(find().id);
}

/** Tells the app which of its tabs is looked at. */
export async function openTab(tab) {
  if (tab === "home") store.thread = null;
  await post("open", { as: store.as, tab });
  if (tab === "home") await loadHome();
}

export async function openThread(ts, channel = store.channel) {
  store.thread = ts;
  writeAddress();
  change();
  await attempt(loadMessages(channel, ts));
}

/** Shows one message, in its thread if it is a reply. */
export async function openMessage({ channel, ts, thread }) {
  if (!channelById(channel)) return void toast("You are not in the conversation that this link leads to.");
  await openChannel(channel);
  const isReply = thread && thread !== ts;
  if (isReply) await openThread(thread);
  if (!(await spot(ts, isReply ? "#thread" : "#main"))) toast("The message that this link leads to is not there any more.");
}

export function leaveThread() {
  store.thread = null;
  writeAddress();
  change();
}

export function closeThread() {
  const ts = store.thread;
  leaveThread();
  requestAnimationFrame(() => document.querySelector(`#main [data-ts="${CSS.escape(ts ?? "")}"] button`)?.focus());
}

/** The channel that was looked at before the person was switched, also when it is switched twice in a row. */
let wished = null;

/** Another person in this browser tab; the address says who. */
export async function actAs(id, connect) {
  const kind = currentChannel()?.kind === "app" ? "app" : "channel"; // from one's Home tab to the other's
  wished = store.channel ?? wished; // nothing of it is asked for until it is known that this person sees it
  Object.assign(store, { as: id, channel: null, thread: null, views: [], home: null, loaded: false });
  store.statuses.clear();
  store.fresh.clear();
  store.unseen.clear();
  store.messages.clear();
  await attempt(loadState());
  if (store.as !== id) return; // switched on before the answer came
  store.channel = wished;
  settle(kind);
  connect();
  await attempt(reload(kind));
  if (store.as === id && store.channel) await openChannel(store.channel, store.tab);
}

onMessageLink((message) => openMessage(message));
names.navigate = (id) => openChannel(id);
