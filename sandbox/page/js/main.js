// The page's start: read the address, fetch, draw, listen.

import { listen } from "./api.js";
import { h, icon, nextDrawn, replace } from "./dom.js";
import { hoodPane, loadHood } from "./hood.js";
import { refreshShown } from "./lists.js";
import { mainPane } from "./main_pane.js";
import { drawModal } from "./modal.js";
import { actAs, openChannel, openMessage, readAddress, reload, writeAddress } from "./navigation.js";
import { receive } from "./pushes.js";
import { drawSidebar } from "./sidebar.js";
import { change, loadHome, loadState, names, onChange, store } from "./store.js";
import { threadPane } from "./thread_pane.js";
import { attempt, toast } from "./toast.js";
import { drawTopbar } from "./topbar.js";

const at = (id) => document.getElementById(id);
let stopListening = () => {};

function toggleHood() {
  store.hoodOpen = !store.hoodOpen;
  writeAddress();
  if (store.hoodOpen) loadHood();
  else nextDrawn(() => at("topbar").querySelector(".hood-toggle")?.focus());
  change();
}

const ROOM_PX = 1360;
/** On a wide screen the books are in sight from the start, where there are any; the address says otherwise. */
async function openHood() {
  if (store.hoodOpen === false) return;
  await loadHood();
  if (store.hoodOpen === null && store.ledger.connected && innerWidth >= ROOM_PX) store.hoodOpen = true;
  change();
}

const drawMain = mainPane(at("main"));
const drawThread = threadPane(at("thread"));
const drawHood = hoodPane(at("hood"), toggleHood);

function draw() {
  if (!store.state) return;
  document.title = title();
  drawTopbar(at("topbar"), { actAs: (id) => actAs(id, connect), toggleHood });
  drawBanners(at("banners"));
  drawSidebar(at("sidebar"));
  drawMain();
  drawThread();
  drawHood();
  drawModal();
}

function title() {
  const unread = store.state.channels.reduce((sum, channel) => sum + (channel.unread ?? 0), 0);
  return `${unread ? `(${unread}) ` : ""}${store.state.workspace?.name ?? "Workspace"} · Stipend`;
}

function drawBanners(node) {
  const text = !store.online ? "The connection to the workspace is lost; trying again…"
    : !store.state.connected ? `${store.state.app.name} is not connected. Messages are kept, but nothing is answered until the bot is back.` : "";
  if (node.dataset.text === text) return;
  node.dataset.text = text;
  replace(node, text && h("p", { class: "banner" }, icon("alert"), text));
}

/** One socket per person acted as. After a gap everything shown is fetched again. */
function connect() {
  stopListening();
  let first = true;
  stopListening = listen(store.as, receive, (online) => {
    store.online = online;
    if (online) attempt(first ? catchUp() : Promise.all([reload(), store.hoodOpen && loadHood()]));
    first = false;
    change();
  });
}

/** What was pushed after the first fetch and before the feed was open. */
async function catchUp() {
  if (store.channel) refreshShown(store.channel);
  await Promise.all([loadState(), loadHome(), store.hoodOpen && loadHood()]);
}

/** Without ?as= the page acts as the first person of the workspace. */
async function choosePerson() {
  await loadState().catch((error) => {
    if (!store.as) throw error;
    store.as = ""; // an address kept from another workspace
    return loadState();
  });
  if (names.people().some((user) => user.id === store.as)) return;
  store.as = names.people()[0].id;
  await loadState();
}

async function start() {
  readAddress();
  try {
    await choosePerson();
    onChange(draw);
    await reload();
  } catch (error) {
    toast(error);
    setTimeout(start, 2000);
    return;
  }
  connect();
  attempt(openHood());
  if (store.link) await openMessage(store.link);
  else if (store.channel) await openChannel(store.channel, store.tab);
}

document.addEventListener("pointerdown", (event) => {
  if (!event.target.closest("#sidebar, .only-narrow")) document.body.classList.remove("show-sidebar");
});
start();
