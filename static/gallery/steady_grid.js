// While the pointer is on the grid nothing moves under it, since some buttons cost money: a card that goes leaves a
// gap, and a press on what has just come up under the pointer does not count.
import { emit, events } from "../events.js";
import { $, toast } from "../page.js";

const grid = (node) => node?.closest?.("#takes");
const SPOT = 16; // pixels: two taps this close together are on the same spot
const SOON = 1500; // milliseconds in which nobody can have seen what is there now

// Whether the pointer is on the grid: a mouse until it leaves, a finger until it touches something else or scrolls. --
let held = false;
export const isHeld = () => held;
const hold = (on) => {
  if (held === on) return;
  held = on;
  document.documentElement.classList.toggle("held", on);
  if (on) return;
  for (const gap of document.querySelectorAll(".gap")) gap.remove();
  for (const side of ["padding-top", "padding-bottom"]) $("takes")?.style.removeProperty(side);
  for (const take of document.querySelectorAll(".take.kept-size")) {
    take.classList.remove("kept-size");
    take.style.removeProperty("min-height");
  }
  emit(events.handLeft);
};
export const gap = (take) => {
  if (!held || !grid(take)) return;
  const place = Object.assign(document.createElement("div"), { className: "gap", ariaHidden: "true" });
  place.style.setProperty("height", `${take.offsetHeight}px`);
  take.before(place);
};
export const keepSize = (take, height) => {
  if (!held || !grid(take) || take.offsetHeight >= height) return;
  take.classList.add("kept-size");
  take.style.setProperty("min-height", `${height}px`);
};

// The card under the mouse stays where it is, whatever grows or comes in above it. ---------------------------------
let anchor = null;
const look = () => {
  const card = held && document.elementFromPoint(mouse.x, mouse.y)?.closest("#takes > *");
  anchor = card?.id ? { id: card.id, top: card.getBoundingClientRect().top } : null;
};
const room = (side, more) => {
  const style = $("takes").style;
  style.setProperty(side, `${parseFloat(style.getPropertyValue(side) || 0) + more}px`);
};
const settle = () => {
  const card = anchor && $(anchor.id);
  const away = () => (card ? card.getBoundingClientRect().top - anchor.top : 0);
  for (let tries = 2; tries && Math.abs(away()) > 0.5; tries -= 1) {
    scrollBy({ top: away(), behavior: "instant" });
    if (away() < -0.5) room("padding-top", -away()); else if (away() > 0.5) room("padding-bottom", away());
  }
};
document.addEventListener("htmx:beforeSwap", look);
document.addEventListener("htmx:afterSwap", settle);
document.addEventListener("htmx:afterSettle", () => { settle(); anchor = null; });

// What the mouse points at, and what has come there since without its moving. --------------------------------------
const thing = (node) => {
  const one = node?.closest?.("#gallery :is(a, button), dialog :is(a, button)");
  return one ? one.id || one.textContent : "";
};
const mouse = { x: -1, y: -1, thing: "", at: 0, came: 0 };
const tapped = { x: -99, y: -99, at: 0, places: new Map() };
let changed = 0; // when something was last put into the page, or taken out of it
let refused = null;
const now = () => performance.now();
const isElement = (node) => node.nodeType === 1;
new MutationObserver((all) => {
  if (all.some((one) => [...one.addedNodes, ...one.removedNodes].some(isElement))) changed = now();
}).observe(document.documentElement, { childList: true, subtree: true });
const places = () => new Map([...document.querySelectorAll("#gallery :is(a, button)")].map((one) => {
  const box = one.getBoundingClientRect();
  return [thing(one), `${Math.round(box.left / 4)} ${Math.round(box.top / 4)}`];
}));
const rests = (event) => event.clientX === mouse.x && event.clientY === mouse.y;
const point = ({ clientX: x, clientY: y, target }) => {
  Object.assign(mouse, { x, y, thing: thing(target), at: now(), came: 0 });
};
addEventListener("pointermove", (event) => {
  if (event.pointerType !== "mouse" || rests(event)) return;
  point(event);
  hold(Boolean(grid(event.target)));
}, true);
addEventListener("pointerover", (event) => {
  if (event.pointerType !== "mouse" || !rests(event)) return;
  if (changed <= mouse.at) mouse.thing = thing(event.target); // hovering itself has brought it up
  else if (thing(event.target) !== mouse.thing) mouse.came = now();
}, true);
addEventListener("pointerdown", (event) => {
  const button = event.target.closest?.("a, button");
  const what = thing(event.target);
  refused = null;
  if (event.pointerType === "mouse") {
    if (!rests(event)) point(event);
    else if (changed > mouse.at && !mouse.came && what !== mouse.thing) mouse.came = now();
    if (what && what !== mouse.thing && now() - mouse.came < SOON) refused = button;
    return;
  }
  const there = places();
  const again = now() - tapped.at < SOON && Math.hypot(event.clientX - tapped.x, event.clientY - tapped.y) < SPOT;
  if (what && again && changed > tapped.at && tapped.places.get(what) !== there.get(what)) refused = button;
  Object.assign(tapped, { x: event.clientX, y: event.clientY, at: now(), places: there });
  hold(Boolean(grid(event.target)));
}, true);
addEventListener("click", (event) => {
  if (!refused || event.detail === 0 || !refused.contains(event.target)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  toast("This has just come up here, so the press did not count. Press again if you mean it.");
}, true);
addEventListener("scroll", () => { if (tapped.at > mouse.at) hold(false); }, { passive: true });
document.documentElement.addEventListener("pointerleave", (event) => {
  if (event.pointerType === "mouse") hold(false);
});
