// The gallery: hearing what changed, and running clocks. What plays is never disturbed.
import { emit, events, on } from "../events.js";
import { $, announce, reducedMotion } from "../page.js";
import { idOf } from "./cards.js";
import { gap, isHeld, keepSize } from "./steady_grid.js";

const poller = () => $("poller");
const live = () => document.querySelectorAll(".take[data-live]");
const title = document.title;
let asked = 0;
let once = true; // ask once after loading, whatever is on the page

// Polling: every second while something may still change, else twice a minute, since takes are asked for elsewhere
// too; more slowly while nobody looks. ---------------------------------------------------------------------------
const OPEN = '.take:is([data-live], [data-status="queued"], [data-status="unconfirmed"], :has([data-left]))';
// Up to `whole` the page has every take. It lags behind the newest: other takes may come between it and one that was
// asked for here, and of two that are stored at once the later one may be seen first.
let [whole, newest, latest] = [null, 0, 0];
let idle = false;
document.addEventListener("htmx:configRequest", (event) => {
  if (event.detail.elt !== poller()) return;
  const parameters = event.detail.parameters;
  for (const name of Object.keys(parameters)) delete parameters[name];
  const plain = !("onlyThese" in poller().dataset || isFiltered());
  const cards = [...document.querySelectorAll(".take")];
  const ids = cards.map(idOf).sort((one, other) => other - one);
  if (plain) {
    whole ??= ids[8] || 0;
    latest = ids[0] || 0;
    parameters.newest = whole;
  } else if (isFiltered()) Object.assign(parameters, { known: takes().dataset.known, told });
  const mayChange = (take, at) => take.matches(OPEN) || (plain && idOf(take) > whole) || (idle && takes() && at < 96);
  const seen = cards.filter(mayChange);
  if (seen.length) parameters.seen = seen.map((take) => `${idOf(take)}:${take.dataset.revision}`);
  parameters.notice = $("notice").dataset.revision;
  const { sums } = $("tabs")?.dataset || {};
  if (idle && sums) parameters.sums = sums;
});
document.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.elt === poller() && event.detail.successful) [whole, newest] = [Math.max(whole, newest), latest];
});
document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.detail.elt !== poller()) return;
  idle = live().length === 0;
  const pause = (idle ? 30000 : 0) + (document.hidden ? 30000 : 0) * (idle ? 3 : 1);
  if (!once && Date.now() - asked < pause) { event.preventDefault(); return; }
  asked = Date.now();
  once = false;
});
const look = () => { once = true; if (poller()) htmx.trigger(document.body, events.look); };
window.addEventListener("pageshow", look);
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  document.title = title;
  ready = 0;
  look();
});

// What arrives: a video that is there stays, a card that is there is not inserted twice. -----------------------
let ready = 0;
document.addEventListener("htmx:oobBeforeSwap", (event) => {
  const { target, fragment } = event.detail;
  if (target.id === "takes") return insert(fragment);
  if (!target.classList.contains("take")) return;
  const card = fragment.querySelector(".take");
  if (!card) return gap(target);
  tell(target, card);
  const height = target.offsetHeight;
  queueMicrotask(() => keepSize($(card.id), height));
  const [video, next] = [target.querySelector("video"), card.querySelector("video")];
  if (!video || !next || video.error) return; // a video keeps its source, kept meanwhile or not; a broken one has none
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
// New takes come in while the top of the grid is in sight. Else a button tells of them, and nothing moves.
const takes = () => $("takes");
const isFiltered = () => "filtered" in (takes()?.dataset || {});
let [told, own] = [0, 0]; // where takes are filtered: how many new ones fit, and how many were asked for here
on(events.new, (event) => { told = event.detail.value; offer(); });
on(events.found, () => { [told, own, whole, newest] = [0, 0, null, 0]; offer(); });
const insert = (fragment) => {
  for (const card of fragment.querySelectorAll(".take")) if ($(card.id) || left.has(idOf(card))) card.remove();
  const cards = [...fragment.querySelectorAll(".take")];
  fresh = cards.map((card) => card.id);
  if (isFiltered()) own += cards.length;
  else {
    const later = takes().getBoundingClientRect().top < 0 || (isHeld() && polled);
    for (const card of cards.reverse()) place(card, later);
    if (cards.length) $("empty")?.remove();
    if (cards.length > 95) emit(events.missed);
  }
  for (const one of fragment.querySelectorAll(".take, .day")) one.remove();
};
// Each under its day and between its neighbours, wherever it was asked for.
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
const left = new Set(); // deleted here, while the studio may not have heard of it
on(events.left, ({ detail }) => { for (const id of detail) left.add(id); });
on(events.returned, () => left.clear());
const offer = () => {
  const button = $("fresh");
  const waiting = takes()?.getBoundingClientRect().top < 0 && document.querySelectorAll(".take[data-later]").length;
  const count = isFiltered() ? Math.max(told, own) : waiting;
  if (!button || button.hidden === !count && button.textContent === `${count} new`) return;
  if (count) { button.textContent = `${count} new`; announce(`${count} new take${count === 1 ? "" : "s"} at the top`); }
  button.hidden = !count;
};
// What came while a hand was on the grid comes in when it leaves.
let polled = false;
document.addEventListener("htmx:beforeSwap", (event) => { polled = event.detail.requestConfig?.elt === poller(); });
on(events.handLeft, () => { if (takes()?.getBoundingClientRect().top >= 0 && !isFiltered()) reveal(); });
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
let fresh = [];
document.addEventListener("htmx:afterRequest", (event) => {
  const asked = fresh;
  fresh = [];
  if (event.detail.elt.id !== "composer-form" || !asked.length) return;
  const card = $(asked[0]);
  announce(asked.length > 1 ? `${asked.length} takes asked for` : "Take asked for");
  emit(events.askedFor);
  if (!card || !matchMedia("(max-width: 820px)").matches) return;
  reveal();
  card.scrollIntoView({ block: "center", behavior: reducedMotion.matches ? "instant" : "smooth" });
});
const tell = (before, after) => {
  if (before.dataset.status === after.dataset.status) return;
  announce(after.getAttribute("aria-label"));
  if (after.dataset.status !== "succeeded") return;
  if (document.hidden) { ready += 1; document.title = `(${ready} ready) ${title}`; }
};
document.addEventListener("htmx:afterSettle", () => { clocks(); day(); offer(); });
// The head of the page has the day's sums as they are now; so has the heading of today.
const day = () => {
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
const offers = () => { // to undo something: each stands for its time
  for (const offer of document.querySelectorAll("[data-left]")) if ((offer.dataset.left -= 1) < 0) offer.remove();
};
setInterval(() => { clocks(); offers(); }, 1000);

clocks();
