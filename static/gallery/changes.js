// The poll for changes: cards come, change and go while somebody looks, and a playing video is left alone.
import { emit, events, on } from "../events.js";
import { $, announce, reducedMotion } from "../page.js";
import { idOf } from "./cards.js";
import { gap, isHeld, keepSize } from "./steady_grid.js";

const poller = () => $("poller");
const takes = () => $("takes");
const isFiltered = () => "filtered" in (takes()?.dataset || {});
const isAboveWindow = () => takes()?.getBoundingClientRect().top < 0;
const title = document.title;

// htmx's timer ticks each second. While a take on the page is unfinished we ask at every tick, else twice a minute,
// since takes are asked for in other tabs too; more slowly while the tab is hidden. --------------------------------
let lastAsked = 0;
let isDue = true; // ask once after loading, whatever is on the page
let isIdle = false;
const MAY_CHANGE = '.take:is([data-live], [data-status="queued"], [data-status="unconfirmed"], :has([data-left]))';
// The page has every take up to the id `complete`. That is behind the newest, by one answer: other takes may come
// between it and one that was asked for here, and of two that are stored at once the later one may be seen first.
let [complete, newest, nextNewest] = [null, 0, 0];
document.addEventListener("htmx:configRequest", (event) => {
  if (event.detail.elt !== poller()) return;
  const parameters = event.detail.parameters;
  for (const name of Object.keys(parameters)) delete parameters[name];
  const hasAll = !("onlyThese" in poller().dataset || isFiltered());
  const cards = [...document.querySelectorAll(".take")];
  const ids = cards.map(idOf).sort((one, other) => other - one);
  if (hasAll) {
    complete ??= ids[8] || 0;
    nextNewest = ids[0] || 0;
    parameters.newest = complete;
  } else if (isFiltered()) Object.assign(parameters, { known: takes().dataset.known, told });
  const seen = cards.filter((take, at) => (
    take.matches(MAY_CHANGE) || (hasAll && idOf(take) > complete) || (isIdle && takes() && at < 96)
  ));
  if (seen.length) parameters.seen = seen.map((take) => `${idOf(take)}:${take.dataset.revision}`);
  parameters.notice = $("notice").dataset.revision;
  const { sums } = $("tabs")?.dataset || {};
  if (isIdle && sums) parameters.sums = sums;
});
document.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.elt !== poller() || !event.detail.successful) return;
  complete = Math.max(complete, newest);
  newest = nextNewest;
});
document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.detail.elt !== poller()) return;
  isIdle = !document.querySelector(".take[data-live]");
  const pause = (isIdle ? 30000 : 0) + (document.hidden ? 30000 : 0) * (isIdle ? 3 : 1);
  if (!isDue && Date.now() - lastAsked < pause) return event.preventDefault();
  lastAsked = Date.now();
  isDue = false;
});
const askNow = () => {
  isDue = true;
  if (poller()) htmx.trigger(document.body, events.look);
};
window.addEventListener("pageshow", askNow);
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  document.title = title;
  ready = 0;
  askNow();
});

// A changed card is swapped. Where it has its video already, only the facts below that are. ------------------------
let ready = 0; // how many became ready while the tab was hidden
document.addEventListener("htmx:oobBeforeSwap", (event) => {
  const { target, fragment } = event.detail;
  if (target.id === "takes") return insert(fragment);
  if (!target.classList.contains("take")) return;
  const card = fragment.querySelector(".take");
  if (!card) return gap(target);
  announceStatus(target, card);
  const height = target.offsetHeight;
  queueMicrotask(() => keepSize($(card.id), height));
  const [video, next] = [target.querySelector("video"), card.querySelector("video")];
  if (!video || !next || video.error) return; // a video keeps its source, downloaded meanwhile or not
  event.detail.shouldSwap = false;
  const focused = target.contains(document.activeElement) && document.activeElement.id;
  target.querySelector(".facts").replaceWith(card.querySelector(".facts"));
  for (const name of ["data-status", "data-revision", "data-rating", "aria-label", "data-live", "data-favorite"]) {
    if (card.hasAttribute(name)) target.setAttribute(name, card.getAttribute(name));
    else target.removeAttribute(name);
  }
  htmx.process(target.querySelector(".facts"));
  if (focused) $(focused)?.focus({ preventScroll: true });
});
const announceStatus = (before, after) => {
  if (before.dataset.status === after.dataset.status) return;
  announce(after.getAttribute("aria-label"));
  if (after.dataset.status !== "succeeded" || !document.hidden) return;
  ready += 1;
  document.title = `(${ready} ready) ${title}`;
};

// New takes come in while the top of the grid is in sight. Else a button says how many there are, and nothing moves.
let [told, own] = [0, 0]; // where takes are filtered: how many new ones fit, and how many were asked for here
on(events.new, (event) => { told = event.detail.value; offer(); });
on(events.found, () => { [told, own, complete, newest] = [0, 0, null, 0]; offer(); });
const insert = (fragment) => {
  for (const card of fragment.querySelectorAll(".take")) if ($(card.id) || left.has(idOf(card))) card.remove();
  const cards = [...fragment.querySelectorAll(".take")];
  inserted = cards.map((card) => card.id);
  if (isFiltered()) own += cards.length;
  else {
    const later = isAboveWindow() || (isHeld() && isPoll);
    for (const card of cards.reverse()) place(card, later);
    if (cards.length) $("empty")?.remove();
    if (cards.length > 95) emit(events.missed);
  }
  for (const one of fragment.querySelectorAll(".take, .day")) one.remove();
};
// Each under its day and between its neighbours.
const place = (card, later) => {
  let day = card.previousElementSibling;
  while (day && !day.matches(".day")) day = day.previousElementSibling;
  let next = [...takes().querySelectorAll(":scope > .take")].find((take) => idOf(take) < idOf(card)) || $("more");
  const above = next?.previousElementSibling;
  if (above?.matches(".day") && above.id !== day.id) next = above;
  const shown = $(day.id);
  const heading = shown || day.cloneNode(true);
  if (shown) shown.replaceChildren(...day.cloneNode(true).childNodes);
  else takes().insertBefore(heading, next);
  takes().insertBefore(card, next);
  for (const one of shown ? [card] : [card, heading]) one.toggleAttribute("data-later", later);
  htmx.process(card);
};
const left = new Set(); // deleted here; the answer on its way may still have them
on(events.left, ({ detail }) => { for (const id of detail) left.add(id); });
on(events.returned, () => left.clear());
const offer = () => {
  const button = $("fresh");
  const waiting = isAboveWindow() && document.querySelectorAll(".take[data-later]").length;
  const count = isFiltered() ? Math.max(told, own) : waiting;
  if (!button || button.hidden === !count && button.textContent === `${count} new`) return;
  if (count) { button.textContent = `${count} new`; announce(`${count} new take${count === 1 ? "" : "s"} at the top`); }
  button.hidden = !count;
};
// What came while the pointer was on the grid comes in when it leaves.
let isPoll = false;
document.addEventListener("htmx:beforeSwap", (event) => { isPoll = event.detail.requestConfig?.elt === poller(); });
on(events.handLeft, () => { if (takes() && !isAboveWindow() && !isFiltered()) reveal(); });
const reveal = () => {
  for (const one of takes().querySelectorAll("[data-later]")) one.removeAttribute("data-later");
  offer();
};
$("fresh")?.addEventListener("click", () => {
  if (isFiltered()) return emit(events.showNew, own > 0);
  reveal();
  scrollTo({ top: 0, behavior: "instant" });
  document.querySelector("#takes > .take a")?.focus({ preventScroll: true });
});
// Where the gallery lies below the composer, what was just asked for comes into view.
let inserted = [];
document.addEventListener("htmx:afterRequest", (event) => {
  const asked = inserted;
  inserted = [];
  if (event.detail.elt.id !== "composer-form" || !asked.length) return;
  const card = $(asked[0]);
  announce(asked.length > 1 ? `${asked.length} takes asked for` : "Take asked for");
  emit(events.askedFor);
  if (!card || !matchMedia("(max-width: 820px)").matches) return;
  reveal();
  card.scrollIntoView({ block: "center", behavior: reducedMotion.matches ? "instant" : "smooth" });
});
document.addEventListener("htmx:afterSettle", () => { clocks(); copySums(); offer(); });
// The heading of today shows the same sums as the head of the page, which the poll brings.
const copySums = () => {
  const today = $("today");
  const sums = today && document.querySelector(`#day-${today.dataset.day} .faint`);
  if (sums) sums.textContent = today.lastElementChild.textContent;
};

// Running clocks -----------------------------------------------------------------------------------------------
const clocks = () => {
  for (const clock of document.querySelectorAll(".clock")) {
    const seconds = Math.max(0, Math.floor((Date.now() - Date.parse(clock.dataset.since)) / 1000));
    const two = (number) => String(number).padStart(2, "0");
    const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
    clock.textContent = `${hours ? `${hours}:${two(minutes)}` : minutes}:${two(seconds % 60)}`;
  }
};
// What can be undone only for a while counts its seconds down.
const countDown = () => {
  for (const one of document.querySelectorAll("[data-left]")) if ((one.dataset.left -= 1) < 0) one.remove();
};
setInterval(() => { clocks(); countDown(); }, 1000);
clocks();
