// What the page knows. Fetched from the workspace, kept in step by pushes; drawing follows from change().

import { get, post } from "./api.js";
import { debounced } from "./dom.js";
import { attempt } from "./toast.js";

export const store = {
  as: null, state: null, channel: null, thread: null, tab: "messages",
  messages: new Map(), // "C1" or "C1|root ts" -> [Message], oldest first
  statuses: new Map(), // "C1|thread ts" -> {text, until}
  unseen: new Map(), // "C1" -> ts of the first message that came while nobody looked
  fresh: new Map(), // "C1" -> ts of the first message that was new when the channel was opened
  home: null, views: [], calls: [], online: true, loaded: false, hoodOpen: null, editing: null, link: null,
  ledger: { connected: false, entries: new Map(), balances: [] }, // a new object whenever it changes
};

const listeners = new Set();
let queued = false;

export const onChange = (listener) => listeners.add(listener);

/** Draws once per frame, however many pushes came. A hidden tab gets no frames, so it draws on a timer. */
export function change() {
  if (queued) return;
  queued = true;
  const draw = () => { queued = false; listeners.forEach((listener) => listener()); };
  if (document.hidden) setTimeout(draw, 50);
  else requestAnimationFrame(draw);
}

export const keyOf = (channel, thread) => (thread ? `${channel}|${thread}` : channel);
export const listOf = (channel, thread) => store.messages.get(keyOf(channel, thread)) ?? [];
export const channelById = (id) => store.state?.channels.find((channel) => channel.id === id);
const SLACKBOT = { id: "USLACKBOT", name: "slackbot", real_name: "Slackbot", color: "6a6f76", role: "bot" };
export const userById = (id) => store.state?.users.find((user) => user.id === id) ?? (id === SLACKBOT.id ? SLACKBOT : undefined);
export const currentChannel = () => channelById(store.channel);

export async function loadState() {
  const { as } = store;
  const { ok, ...state } = await get("state", { as });
  if (as !== store.as) return; // the answer is another person's
  store.state = state;
  change();
}

let homeAsked = 0;
export function setHome(view) {
  homeAsked += 1;
  store.home = view;
}

export async function loadHome() {
  const mine = (homeAsked += 1);
  const { as } = store;
  const { view } = await get("home", { as });
  if (mine !== homeAsked || as !== store.as) return; // asked again since: that answer is newer, or another person's
  store.home = view;
  change();
}

export async function loadViews() {
  const { as } = store;
  const { views } = await get("views", { as });
  if (as !== store.as) return; // the answer is another person's
  store.views = views;
  change();
}

export const refreshState = debounced(() => attempt(loadState()), 120);
/** Remembers where the new messages begin, before they count as read. */
export function noteFresh(channel, unread, since = store.unseen.get(channel)) {
  const news = listOf(channel).filter((message) => message.user !== store.as && (!message.thread_ts || message.thread_ts === message.ts));
  const starts = [since, unread > 0 && news.slice(-unread)[0]?.ts].filter(Boolean).sort();
  if (starts.length) store.fresh.set(channel, starts[0]);
  else store.fresh.delete(channel);
}

/** Whether a message that comes now is seen. */
export const isReading = (channel) => channel === store.channel && store.tab === "messages" && !document.hidden;

export function markRead(channel) {
  store.unseen.delete(channel);
  const known = channelById(channel);
  if (known) known.unread = 0;
  post("mark", { as: store.as, channel }).catch(() => {}); // an unread mark that stays is no fault worth a word
}

/** What the books say: all of it (`whole`), or the entries that are new or changed. */
export function setLedger({ connected, entries, balances }, whole = false) {
  const kept = new Map(whole ? [] : store.ledger.entries);
  for (const entry of entries) kept.set(entry.id, entry);
  store.ledger = { connected, balances, entries: kept };
}

const STATUS_LIFE_MS = 120_000;

export function setStatus(channel, thread, text) {
  const key = keyOf(channel, thread);
  if (text) store.statuses.set(key, { text, until: Date.now() + STATUS_LIFE_MS });
  else store.statuses.delete(key);
  setTimeout(change, STATUS_LIFE_MS + 100);
}

export function statusOf(channel, thread) {
  const status = store.statuses.get(keyOf(channel, thread));
  return status && status.until > Date.now() ? status.text : "";
}

/** Names as the renderers of texts and blocks need them. */
export const names = {
  user: userById,
  channel: (id) => store.state?.channels.find((channel) => channel.id === id && channel.kind === "channel"),
  /** Also of a public channel that one is not in: it can be named, but not opened. */
  channelName: (id) => (names.channel(id) ?? (store.state?.elsewhere ?? []).find((channel) => channel.id === id))?.name,
  people: () => (store.state?.users ?? []).filter((user) => !user.is_bot && !user.deleted),
  channels: () => (store.state?.channels ?? []).filter((channel) => channel.kind === "channel"),
  get me() { return store.as; },
  get tz() { return userById(store.as)?.tz; },
  openChannel: (id) => names.navigate(id),
  navigate: () => {}, // set by navigation.js
};
