// What the workspace pushes -> what the page knows.

import { announce } from "./dom.js";
import { change, channelById, currentChannel, keyOf, loadHome, markRead, refreshList, refreshState, setStatus, store, userById } from "./store.js";
import { openThread } from "./navigation.js";
import { attempt, toast } from "./toast.js";

const CALLS_KEPT = 300;
/** The message that this browser sent last: its answer opens beside it. */
export const sent = { channel: null, ts: null };

export function receive(push) {
  HANDLERS[push.type]?.(push);
  change();
}

const isReply = (message) => Boolean(message.thread_ts) && message.thread_ts !== message.ts;

function upsert(channel, thread, message, add) {
  const list = store.messages.get(keyOf(channel, thread));
  if (!list) return;
  const at = list.findIndex((known) => known.ts === message.ts && known.user === message.user);
  if (at >= 0) list[at] = { ...list[at], ...message };
  else if (add) list.splice(list.findLastIndex((known) => Number(known.ts) < Number(message.ts)) + 1, 0, message);
}

/** A whole message goes where it belongs; the list is fetched again soon after, for what a push leaves out. */
function put({ channel, message }, add) {
  if (!message) return refreshShown(channel);
  if (isReply(message)) upsert(channel, message.thread_ts, message, add);
  else if (store.thread === message.ts) upsert(channel, message.ts, message, add);
  upsert(channel, null, message, add && (!isReply(message) || message.broadcast));
  return undefined;
}

function refreshShown(channel) {
  refreshList(channel);
  if (store.thread) refreshList(channel, store.thread);
}

function arrived(push) {
  put(push, true);
  refreshShown(push.channel);
  const { message } = push;
  if (push.channel === store.channel && !document.hidden) markRead(push.channel);
  else refreshState();
  if (!channelById(push.channel)) refreshState();
  if (message && message.user !== store.as && push.channel === store.channel) {
    if (isReply(message)) showAnswer(push.channel, message.thread_ts);
    if (!message.streaming) announce(`${userById(message.user)?.real_name ?? "Somebody"}: ${message.text ?? ""}`);
  }
}

function changed(push) {
  const known = push.message && (store.messages.get(keyOf(push.channel, isReply(push.message) ? push.message.thread_ts : null)) ?? []).find((item) => item.ts === push.message.ts);
  if (known?.streaming && !push.message.streaming && push.channel === store.channel) announce(`${userById(push.message.user)?.real_name ?? "The app"}: ${push.message.text ?? ""}`);
  put(push, false);
  if (!push.message?.streaming) refreshShown(push.channel);
}

function removed({ channel, message, ts }) {
  const gone = ts ?? message?.ts;
  for (const [key, list] of store.messages) {
    if (key.split("|")[0] === channel) store.messages.set(key, list.filter((item) => item.ts !== gone));
  }
  if (store.thread && store.thread === gone) refreshList(channel, gone);
  refreshShown(channel);
}

/** The answer to what was just asked here opens beside it, where there is room and no other thread is being read. */
function showAnswer(channel, thread) {
  const mine = sent.channel === channel && sent.ts === thread;
  if (mine && innerWidth > 900 && store.thread !== thread && store.channel === channel) openThread(thread);
  if (mine) sent.ts = null;
}

function status({ channel, thread_ts: thread, status: text }) {
  setStatus(channel, thread, text);
  if (text) showAnswer(channel, thread);
}

function view({ view: changedView }) {
  const at = store.views.findIndex((known) => known.id === changedView.id);
  if (at >= 0) store.views[at] = changedView;
  else store.views = [...store.views, changedView];
}

const HANDLERS = {
  message: arrived,
  ephemeral: arrived,
  message_changed: changed,
  message_deleted: removed,
  reaction: (push) => put(push, false),
  status,
  view_opened: view,
  view_updated: view,
  view_closed: ({ view: closed, view_id: id }) => { store.views = store.views.filter((known) => known.id !== (closed?.id ?? id)); },
  home: ({ view: home }) => (home ? (store.home = home) : attempt(loadHome())),
  prompts: ({ prompts, title }) => Object.assign(store.state ?? {}, { prompts, prompts_title: title }),
  channel: refreshState,
  user: refreshState,
  connected: ({ connected }) => { if (store.state) store.state.connected = connected; },
  read: ({ channel }) => { const known = channelById(channel); if (known) known.unread = 0; },
  unanswered: ({ error }) => toast(`${store.state?.app.name ?? "The app"} did not answer in time (${error}).`),
  call: ({ call }) => { if (call) store.calls = [...store.calls, call].slice(-CALLS_KEPT); },
};

/** Reading starts when the tab is looked at again. */
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && currentChannel()?.unread) { markRead(store.channel); change(); }
});
