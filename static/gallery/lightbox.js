// One take at a time, over the page: seen at full size, reviewed by keys, without losing one's place.
import { load } from "../api.js";
import { events, on } from "../events.js";
import { favorite, rate, remove } from "../library/review.js";
import { Player, isTaken } from "../media/player.js";
import { $, announce, isTyping, read, reducedMotion, write } from "../page.js";
import * as cards from "./cards.js";
import { pauseAll } from "./card_video.js";
import * as selection from "./selection.js";

const box = $("lightbox");
const part = (name) => $(`lightbox-${name}`);
const [video, story, stage, panel] = ["video", "story", "stage", "panel"].map(part);
const keys = $("keys");
const player = new Player(box);
let id = 0; // the take that is shown
let order = []; // the ids on the page, as they were when last looked at
let shown = ""; // a key for what the stage shows, which is drawn again only when the key is another
let running = true; // whether the next one plays at once

const take = () => cards.card(id);
const videoOf = (one) => one?.querySelector(".media > video");
const look = () => { order = cards.ids(); };

// The stage has a video of its own, so that changes of the card do not disturb it. --------------------------------
const stageIt = () => {
  const source = videoOf(take());
  if (source && !source.error) {
    if (shown === `video ${id}`) return;
    shown = `video ${id}`;
    video.poster = source.poster;
    video.src = source.getAttribute("src");
    player.take([video], 1 / 24);
    if (running) player.play();
  } else {
    const copy = take()?.querySelector(".media")?.cloneNode(true);
    const below = take()?.querySelector(".facts > .ways");
    if (below) copy.append(Object.assign(document.createElement("div"), { className: "foot" }));
    copy?.lastElementChild.append(...(below ? [below.cloneNode(true)] : []));
    for (const one of copy?.querySelectorAll(".play, .pick, .deeds, video") || []) one.remove();
    for (const one of copy?.querySelectorAll("[id]") || []) one.removeAttribute("id");
    const now = `story ${id} ${copy?.textContent.replace(/\d+:\d\d(:\d\d)?/g, "")}`;
    if (shown === now || (shown.startsWith(`story ${id}`) && story.contains(document.activeElement))) return;
    shown = now;
    player.take([]);
    video.removeAttribute("src");
    video.load();
    story.className = copy?.className || "media";
    story.replaceChildren(...(copy?.childNodes || []));
    story.querySelector(".broken")?.removeAttribute("hidden");
    htmx.process(story);
  }
  const hasVideo = shown.startsWith("video");
  story.hidden = hasVideo;
  video.hidden = !hasVideo;
  box.classList.toggle("wordy", !hasVideo);
};

video.addEventListener("error", () => {
  if (!video.hasAttribute("src")) return;
  const line = { className: "broken", textContent: "The link to this video no longer opens." };
  story.replaceChildren(Object.assign(document.createElement("p"), line));
  story.hidden = false;
});

// The panel with the take's details. -------------------------------------------------------------------------------
let asking = 0;
const describe = (wait = 150) => {
  clearTimeout(asking);
  if (panel.hidden) return;
  const ask = () => load(`generations/${id}/panel/`, { source: panel, target: panel, swap: "innerHTML" });
  asking = setTimeout(ask, wait);
};
panel.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target !== panel) return;
  const saving = panel.querySelector(".htmx-request"); // has to stay on the page until its answer is there
  if (saving) describe();
  if (saving || !event.detail.pathInfo.requestPath.includes(`/${id}/`)) event.detail.shouldSwap = false;
});
panel.addEventListener("htmx:afterSettle", () => {
  const rate = Number(panel.querySelector("[data-frame-rate]")?.dataset.frameRate);
  if (rate) player.frame = 1 / rate;
});
panel.addEventListener("htmx:afterRequest", (event) => {
  if (!event.detail.successful) return;
  if ("leaves" in event.detail.elt.dataset) { leaving = true; box.close(); }
  if (event.detail.requestConfig.verb === "get") return;
  if (event.detail.elt.matches("[action]")) announce("Saved");
  if (event.detail.elt.elements?.new?.value) describe(0);
});
let leaving = false; // closed because the composer was filled, which gets the focus
const unfold = (open) => {
  panel.hidden = !open;
  box.classList.toggle("bare", !open);
  part("info").setAttribute("aria-pressed", open);
  write("localStorage", "dailies-details", open ? "on" : "off");
  if (open && box.open) describe(0);
};

// The buttons. -----------------------------------------------------------------------------------------------------
const stars = box.querySelectorAll("[data-star]");
const label = () => {
  const one = take();
  const at = order.indexOf(id);
  part("title").textContent = `Take ${id}`;
  part("place").textContent = at < 0 ? "" : `${at + 1} of ${order.length}${$("more") ? "+" : ""}`;
  part("previous").disabled = at <= 0;
  part("next").disabled = at < 0 || (at === order.length - 1 && !$("more"));
  part("favorite").setAttribute("aria-pressed", "favorite" in (one?.dataset || {}));
  for (const star of stars) star.setAttribute("aria-pressed", star.dataset.star === one?.dataset.rating);
  part("select").setAttribute("aria-pressed", selection.has(id));
  const [link, download] = [$(`generation-${id}-link`) || $(`generation-${id}-download`), part("download")];
  download.hidden = !link;
  for (const name of ["href", "target", "download", "rel"]) {
    if (link?.hasAttribute(name)) download.setAttribute(name, link.getAttribute(name));
    else download.removeAttribute(name);
  }
};
const refresh = () => { if (box.open) { look(); if (take()) { stageIt(); label(); } } };

const show = (next) => {
  id = next;
  look();
  story.replaceChildren();
  shown = "";
  stageIt();
  label();
  describe();
  const words = take()?.querySelector(".line")?.textContent.trim() || "";
  announce(`${take()?.getAttribute("aria-label") || `Take ${id}`}, ${part("place").textContent}. ${words}`);
  video.setAttribute("aria-label", words || `Take ${id}`);
  const at = order.indexOf(id);
  for (const near of [order[at + 1], order[at - 1]]) {
    const poster = videoOf(cards.card(near))?.poster;
    if (poster) new Image().src = poster;
  }
  if (at > order.length - 4) fetchMore();
};
const fetchMore = () => {
  const more = $("more");
  if (more?.matches(":not(.htmx-request)")) htmx.trigger(more, "revealed");
};
const open = (which) => {
  pauseAll();
  running = !reducedMotion.matches;
  const root = document.documentElement;
  root.style.setProperty("--gutter", `${innerWidth - root.clientWidth}px`); // nothing moves as the scroll bar goes
  root.classList.add("covered");
  box.append($("announcer"));
  box.showModal();
  part("title").focus();
  show(which);
};
const turn = (by) => {
  const at = order.indexOf(id);
  const next = order[at + by];
  if (next === undefined) {
    if (by < 0 || !$("more")) return announce(by > 0 ? "That was the last one" : "That was the first one");
    wanted = by;
    return fetchMore();
  }
  if (shown.startsWith("video")) running = player.playing || video.ended || (running && video.readyState < 3);
  show(next);
};
let wanted = 0; // the turn that waits for the next page of takes

box.addEventListener("close", () => {
  player.take([]);
  video.removeAttribute("src");
  video.load();
  document.documentElement.classList.remove("covered");
  document.body.append($("announcer"));
  const toast = $("toast");
  if (toast) document.body.append(toast);
  const home = $(leaving ? "id_prompt" : `generation-${id}-play`);
  leaving = false;
  if (!home) return;
  home.focus({ preventScroll: true });
  const place = home.getBoundingClientRect();
  if (place.bottom < 0 || place.top > innerHeight) home.scrollIntoView({ block: "center", behavior: "instant" });
});

// Cards come, change and go behind the lightbox. -------------------------------------------------------------------
new MutationObserver(() => {
  refresh();
  if (!box.open || !wanted || order.indexOf(id) >= order.length - 1) return;
  const by = wanted;
  wanted = 0;
  turn(by);
}).observe($("results"), {
  subtree: true,
  childList: true,
  attributeFilter: ["data-status", "data-rating", "data-favorite"],
});
on(events.left, (event) => {
  if (!box.open || !event.detail.includes(id)) return;
  const at = order.indexOf(id);
  look();
  if (order.length) show(order[Math.min(at, order.length - 1)]);
  else box.close();
});
on(events.selected, () => { if (box.open) label(); });

// Keys and buttons -------------------------------------------------------------------------------------------------
const acts = {
  ArrowLeft: () => turn(-1),
  ArrowRight: () => turn(1),
  i: () => unfold(panel.hidden),
  "?": () => keys.showModal(),
  f: () => favorite(id),
  x: () => selection.toggle(id),
  Delete: () => remove([id]),
  Backspace: () => remove([id]),
  d: () => { if (!part("download").hidden) part("download").click(); },
};
for (const star of "012345") acts[star] = () => rate(id, Number(star));
box.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && isTyping(event.target)) { event.preventDefault(); part("title").focus(); return; }
  if (isTaken(event) || keys.open) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (!(key in acts) && !(shown.startsWith("video") && player.key(key))) return;
  event.preventDefault();
  event.stopPropagation();
  acts[key]?.();
});
const buttons = { previous: "ArrowLeft", next: "ArrowRight", info: "i", favorite: "f", select: "x", delete: "Delete" };
for (const [name, key] of Object.entries(buttons)) part(name).addEventListener("click", acts[key]);
part("close").addEventListener("click", () => box.close());
for (const star of stars) {
  star.addEventListener("click", () => {
    rate(id, star.getAttribute("aria-pressed") === "true" ? 0 : Number(star.dataset.star));
  });
}
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-opens=keys]")) return keys.showModal();
  const media = event.target.closest(".take > .media");
  if (!media || box.contains(media) || media.closest(".detail") || event.defaultPrevented) return;
  if (event.target.closest("a, input, label, form, button:not(.play)")) return;
  if (event.shiftKey || event.altKey || event.ctrlKey || event.metaKey) return;
  if (!getSelection().isCollapsed && !event.target.matches(".play")) return;
  open(cards.idOf(media.closest(".take")));
});

// Fingers: a swipe turns, a tap at the edge turns, a tap in the middle plays; the mouse plays by a click. -----------
let from = null;
stage.addEventListener("pointerdown", (event) => {
  from = event.pointerType === "mouse" || !event.isPrimary ? null : { x: event.clientX, y: event.clientY };
});
stage.addEventListener("pointermove", (event) => {
  if (from) stage.style.setProperty("--swipe", `${event.clientX - from.x}px`);
});
const lifted = (event) => {
  stage.style.removeProperty("--swipe");
  if (!from || event.type === "pointercancel") return;
  const [across, down] = [event.clientX - from.x, event.clientY - from.y];
  from = null;
  if (Math.abs(across) > 48 && Math.abs(across) > 1.5 * Math.abs(down)) turn(across < 0 ? 1 : -1);
  else if (Math.hypot(across, down) < 12) tapped(event, true);
};
const tapped = (event, byFinger) => {
  if (event.target.closest("button, a, form, input")) return;
  const at = (event.clientX - stage.getBoundingClientRect().left) / stage.clientWidth;
  if (byFinger && (at < 0.25 || at > 0.75)) turn(at < 0.5 ? -1 : 1);
  else if (shown.startsWith("video")) player.toggle();
};
stage.addEventListener("pointerup", lifted);
stage.addEventListener("pointercancel", lifted);
stage.addEventListener("click", (event) => { if (event.pointerType === "mouse") tapped(event, false); });

const details = read("localStorage", "dailies-details");
unfold(details ? details === "on" : matchMedia("(min-width: 1000px)").matches);
