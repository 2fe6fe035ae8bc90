// What the workspace pushes -> what the page knows.

import { announce } from "./dom.js";
import { applyPush, isReply, refreshShown } from "./lists.js";
import { statusText } from "./message.js";
import { leaveThread, openTab, openThread } from "./navigation.js";
import { change, channelById, currentChannel, isReading, keyOf, listOf, loadHome, markRead, noteFresh, refreshState, setHome, setLedger, statusOf, store, userById } from "./store.js";
import { attempt, toast } from "./toast.js";

const CALLS_KEPT = 300;
/** The message that this browser sent last, and the last thread that was answered: which is known first, varies. */
const sent = { channel: null, ts: null };
let answered = null;
/** The thread that was opened for an answer, not by hand. */
let opened = null;

/** A message was sent from here: its answer opens beside it, and may be here already. */
export function asked(channel, ts) {
  Object.assign(sent, { channel, ts });
  if (answered === keyOf(channel, ts)) showAnswer(channel, ts);
}

export function receive(push) {
  HANDLERS[push.type]?.(push);
  change();
}

const say = (message) => announce(`${userById(message.user)?.real_name ?? "Somebody"}: ${message.text ?? ""}`);

function arrived(push) {
  applyPush(push);
  refreshShown(push.channel);
  const { message, channel } = push;
  if (isReading(channel)) markRead(channel);
  else unseen(channel, message);
  if (!message || message.user === store.as || channel !== store.channel) return;
  if (isReply(message)) showAnswer(channel, message.thread_ts);
  else if (message.ephemeral) putAway(channel);
  if (!message.streaming) say(message);
}

/** The workspace counts; where the news begin is known here before it has. */
function unseen(channel, message) {
  if (message && message.user !== store.as && !isReply(message) && !store.unseen.has(channel)) store.unseen.set(channel, message.ts);
  refreshState();
}

function changed(push) {
  const { message, channel } = push;
  const list = message && store.messages.get(keyOf(channel, isReply(message) ? message.thread_ts : null));
  const before = list?.find((known) => known.ts === message.ts);
  if (before?.streaming && !message.streaming && channel === store.channel) say(message);
  applyPush(push);
  if (!message?.streaming) refreshShown(channel);
}

function removed(push) {
  applyPush(push);
  refreshShown(push.channel);
}

/** The answer to what was just asked here opens beside it, where there is room. */
function showAnswer(channel, thread) {
  answered = keyOf(channel, thread);
  if (sent.channel !== channel || sent.ts !== thread) return;
  sent.ts = null;
  if (innerWidth <= (store.hoodOpen ? 1180 : 900) || store.thread === thread || store.channel !== channel) return;
  opened = thread;
  openThread(thread);
}

/** Slack shows no refusal in a thread without replies: it comes in the channel, and the pane opened for the answer goes. */
function putAway(channel) {
  if (!opened || store.thread !== opened || listOf(channel, opened).length > 1) return;
  Object.assign(sent, { channel, ts: opened }); // asked again, its answer opens after all
  leaveThread();
}

function status(push) {
  const isNews = push.status && push.channel === store.channel && push.status !== statusOf(push.channel, push.thread_ts);
  if (isNews) announce(statusText(push.status));
  applyPush(push);
  if (push.status) showAnswer(push.channel, push.thread_ts);
}

function view({ view: shown }) {
  const at = store.views.findIndex((known) => known.id === shown.id);
  store.views = at >= 0 ? store.views.with(at, shown) : [...store.views, shown];
}

/** A bot that has just come has not heard which tab is looked at. */
function connection(connected) {
  if (!store.state) return;
  const isNew = connected && !store.state.connected;
  store.state.connected = connected;
  if (isNew && currentChannel()?.kind === "app") attempt(openTab(store.tab));
}

const HANDLERS = {
  message: arrived,
  ephemeral: arrived,
  message_changed: changed,
  message_deleted: removed,
  reaction: applyPush,
  status,
  view_opened: view,
  view_updated: view,
  view_closed: ({ view: closed, view_id: id }) => { store.views = store.views.filter((known) => known.id !== (closed?.id ?? id)); },
  home: ({ view: home }) => (home ? setHome(home) : attempt(loadHome())),
  prompts: ({ prompts, title }) => Object.assign(store.state ?? {}, { prompts, prompts_title: title }),
  channel: refreshState,
  user: refreshState,
  connected: ({ connected }) => connection(connected),
  read: ({ channel }) => { store.unseen.delete(channel); const known = channelById(channel); if (known) known.unread = 0; },
  unanswered: ({ error }) => toast(`${store.state?.app.name ?? "The app"} did not answer in time (${error}).`),
  ledger: ({ ledger }) => setLedger(ledger),
  call: ({ call }) => { if (call) store.calls = [...store.calls, call].slice(-CALLS_KEPT); },
};

/** Reading starts when the tab is looked at again. */
document.addEventListener("visibilitychange", () => {
  const unread = currentChannel()?.unread;
  if (!unread || !isReading(store.channel)) return;
  noteFresh(store.channel, unread);
  markRead(store.channel);
  change();
});
