// Selecting many takes at once, by id: it outlives paging, polls and a look at something else.
import { page, post } from "../api.js";
import { emit, events, on } from "../events.js";
import { favorite, rate, remove } from "../library/review.js";
import { $, HOME, announce, isTyping, read, toast, write } from "../page.js";
import * as cards from "./cards.js";
import { toggle as togglePlay } from "./card_video.js";

const KEY = "dailies-selection";
const bar = $("bar");
const part = (name) => $(`bar-${name}`);
let all = null; // all that match a filter, on this page or not: the filter, and the count that was shown
let ids = new Set(read("sessionStorage", KEY) || []);
let anchor = 0; // where a range begins

export const has = (id) => Boolean(all) || ids.has(id);
export const size = () => (all ? Infinity : ids.size);
const values = () => (all ? { all: "1", filter: all.filter } : { ids: [...ids].join(",") });
const seen = async () => { // an action must not reach more takes than the count that was shown
  if (all && !all.count) await sum();
  return { ...values(), ...(all && { count: all.count || "" }) };
};
const shown = () => ({ shown: cards.ids().join(",") });

// The boxes on the cards; those of cards that come later are ticked when they come. --------------------------------
const mark = () => {
  for (const box of document.querySelectorAll(".pick input")) box.checked = has(Number(box.value));
  document.body.classList.toggle("selecting", size() > 0);
};
const changed = () => {
  write("sessionStorage", KEY, [...ids]);
  mark();
  if (bar) tell();
  emit(events.selected);
};
const set = (those, isOn) => {
  if (all) { all = null; ids = new Set(cards.ids()); } // one is left out: what is here, without it
  for (const id of those) ids[isOn ? "add" : "delete"](id);
  changed();
};
export const toggle = (id, isOn = !has(id)) => {
  anchor = id;
  set([id], isOn);
  announce(isOn ? `Take ${id} selected, ${ids.size} in all` : `Take ${id} not selected`);
};
const range = (id, isOn = true) => {
  const order = cards.ids();
  const [from, to] = [order.indexOf(anchor), order.indexOf(id)].sort((one, other) => one - other);
  set(from < 0 ? [id] : order.slice(from, to + 1), isOn);
  announce(`${ids.size} selected`);
};
const clear = () => { all = null; ids.clear(); changed(); };

// The bar: how many, how large, and what to do with them. ----------------------------------------------------------
let asking = 0;
const isComparable = () => size() >= 2 && size() <= 4;
const tell = () => {
  const count = size();
  if (bar.hidden && count) {
    part("archive").replaceChildren();
    for (const one of bar.querySelectorAll("details")) one.open = false;
  }
  bar.hidden = count === 0;
  part("words").textContent = all ? "All that match" : `${count} selected`;
  part("all").hidden = Boolean(all);
  const compare = part("compare");
  compare.toggleAttribute("aria-disabled", !isComparable());
  if (isComparable()) compare.href = `${HOME}compare/?ids=${[...ids].join(",")}`;
  else compare.removeAttribute("href");
  compare.title = isComparable() ? "Compare side by side (c)" : "Select two to four to compare";
  clearTimeout(asking);
  if (count) asking = setTimeout(sum, 200);
};
const sum = async () => {
  const asked = JSON.stringify(values());
  try {
    const found = (await page("selection/summary/", values())).getElementById("selection-summary");
    if (!found || asked !== JSON.stringify(values()) || !size()) return;
    part("words").textContent = found.textContent.trim();
    if (all) all.count = found.dataset.takes;
  } catch { /* how many is said already; how large comes with the next one */ }
};
const act = async (action, more = {}) => {
  const answer = await post("selection/", { action, ...(await seen()), ...shown(), ...more });
  const words = answer?.querySelector("#selection-said")?.textContent;
  if (words) toast(words);
  if (words && all) sum();
  return answer;
};
const removeAll = async () => {
  const what = { action: "delete", ...(await seen()), ...shown() };
  const gone = cards.ids().filter(has);
  clear();
  remove(gone, "selection/", what);
};
const download = async (path, more = {}) => {
  const answer = await post(path, { ...more, ...(await seen()) });
  const archive = answer?.querySelector(".archive");
  if (!archive) return toast(answer?.querySelector("#selection-said")?.textContent || "Nothing to download.");
  part("archive").replaceChildren(document.importNode(archive, true));
  htmx.process(part("archive"));
};
const names = async () => { // the tags and collections that there are
  const known = await page("filters/names/");
  const fill = (list, from) => list.replaceChildren(
    ...[...known.querySelectorAll(from)].map((one) => new Option(one.textContent, one.textContent || one.value)),
  );
  fill(part("known-tags"), "datalist option");
  fill(part("known-collections"), "select option[value]:not([value=''])");
};

if (bar) {
  part("all").addEventListener("click", () => {
    all = { filter: location.search.slice(1) };
    ids.clear();
    changed();
    announce("All that match are selected");
  });
  part("clear").addEventListener("click", clear);
  part("favorite").addEventListener("click", () => act("favorite"));
  for (const star of bar.querySelectorAll("[data-rate]")) {
    star.addEventListener("click", () => act("rate", { value: star.dataset.rate }));
  }
  part("zip").addEventListener("click", () => download("selection/", { action: "archive" }));
  for (const kind of ["csv", "json"]) part(kind).addEventListener("click", () => download(`selection/export.${kind}`));
  part("delete").addEventListener("click", removeAll);
  for (const form of bar.querySelectorAll("form[data-deed]")) {
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const said = await act(event.submitter?.value || form.dataset.deed, Object.fromEntries(new FormData(form)));
      if (!said) return;
      form.reset();
      const panel = form.closest("details");
      panel.open = false;
      panel.querySelector("summary").focus();
    });
  }
  for (const one of bar.querySelectorAll("details")) {
    one.addEventListener("toggle", () => {
      if (!one.open) return;
      for (const other of bar.querySelectorAll("details")) if (other !== one) other.open = false;
      one.querySelector("input").focus();
      names().catch(() => {});
    });
  }
  // The file is saved as soon as it is built.
  document.addEventListener("htmx:afterSwap", () => {
    const link = part("archive").querySelector("a[download]:not([data-saved])");
    if (link) { link.dataset.saved = ""; link.click(); }
  });
}

// Ticks: one, or with Shift all between. ---------------------------------------------------------------------------
document.addEventListener("click", (event) => {
  const box = event.target.closest(".pick input");
  if (box) return (event.shiftKey ? range : toggle)(Number(box.value), box.checked);
  const media = event.target.closest("#takes .media");
  if (!media || event.target.closest("a, button:not(.play), label, form")) return;
  if (!(event.shiftKey || event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  (event.shiftKey && anchor ? range : toggle)(cards.idOf(media.closest(".take")));
});
document.addEventListener("htmx:afterSettle", mark);
on(events.returned, mark);
on(events.left, (event) => { for (const id of event.detail) ids.delete(id); changed(); });
// "All that match" ends with its filter.
on(events.found, () => { if (all) clear(); });
for (const moved of ["popstate", "pageshow"]) {
  window.addEventListener(moved, () => {
    if (all && all.filter !== location.search.slice(1)) clear();
    else changed();
  });
}

// Keys, on the card that has the focus. ----------------------------------------------------------------------------
const go = (take, key, selects) => {
  const order = cards.all();
  const at = order.indexOf(take);
  let next = key === "ArrowLeft" ? order[at - 1] : key === "ArrowRight" ? order[at + 1] : null;
  if (key === "ArrowUp" || key === "ArrowDown") {
    const here = take.getBoundingClientRect();
    const middle = here.left + here.width / 2;
    const rows = key === "ArrowDown" ? order.slice(at + 1) : order.slice(0, at).reverse();
    const off = rows.find((one) => Math.abs(one.getBoundingClientRect().top - here.top) > 8);
    const top = off?.getBoundingClientRect().top;
    const row = rows.filter((one) => Math.abs(one.getBoundingClientRect().top - top) < 8);
    const away = (one) => {
      const box = one.getBoundingClientRect();
      return Math.abs(box.left + box.width / 2 - middle);
    };
    next = row.sort((one, other) => away(one) - away(other))[0];
  }
  if (!next) return;
  next.querySelector(".play").focus();
  next.scrollIntoView({ block: "nearest" });
  if (!selects) return;
  if (!has(cards.idOf(take))) toggle(cards.idOf(take), true);
  range(cards.idOf(next));
};
const forget = (take, id) => {
  const order = cards.all();
  const next = order[order.indexOf(take) + 1] || order[order.indexOf(take) - 1];
  remove([id]);
  next?.querySelector(".play")?.focus();
};
const gallery = bar && $("gallery");
const hasModifier = ({ ctrlKey, metaKey, altKey }) => ctrlKey || metaKey || altKey;
if (gallery) document.addEventListener("keydown", (event) => {
  if (document.querySelector("dialog[open]") || event.defaultPrevented) return;
  if (hasModifier(event) || isTyping(event.target)) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const take = event.target.closest("#takes > .take");
  const id = take && cards.idOf(take);
  const acts = {
    "?": () => $("keys").showModal(),
    Escape: size() ? clear : null,
    c: isComparable() ? () => part("compare").click() : null,
  };
  if (take) {
    Object.assign(acts, {
      f: () => favorite(id),
      x: () => toggle(id),
      d: () => $(`generation-${id}-download`)?.click(),
      Delete: () => forget(take, id),
    });
    for (const star of "012345") acts[star] = () => rate(id, Number(star));
    if (key.startsWith("Arrow")) acts[key] = () => go(take, key, event.shiftKey);
    if (event.target.matches(".play") && take.querySelector("video")) acts[" "] = () => togglePlay(take);
  }
  if (!acts[key]) return;
  event.preventDefault();
  acts[key]();
});
if (gallery) document.addEventListener("keyup", (event) => {
  const play = event.key === " " && event.target.closest?.(".play");
  if (play && play.closest(".take").querySelector("video")) event.preventDefault();
});

// A rectangle drawn with the mouse: from between the cards; with Alt, or once something is selected, from anywhere. -
const frame = Object.assign(document.createElement("div"), { className: "lasso" });
let start = null; // where it began, on the page
let before = null; // what was selected when the mouse had moved far enough to draw
const draw = (x, y) => {
  const [left, right] = [Math.min(x, start.x), Math.max(x, start.x)];
  const [top, bottom] = [Math.min(y, start.y), Math.max(y, start.y)];
  const sides = { "--x": left, "--y": top, "--w": right - left, "--h": bottom - top };
  for (const [name, value] of Object.entries(sides)) frame.style.setProperty(name, `${value}px`);
  const [inside, outside] = [[], []];
  for (const take of cards.all()) {
    const id = cards.idOf(take);
    const box = take.getBoundingClientRect();
    const across = box.left < right - scrollX && box.right > left - scrollX;
    if (across && box.top < bottom - scrollY && box.bottom > top - scrollY) inside.push(id);
    else if (!before.has(id)) outside.push(id);
  }
  if (!inside.every(has)) set(inside, true);
  if (outside.some(has)) set(outside, false);
};
const PRESSED = "input, textarea, select";
const PRESSED_OR_READ = `a, button:not(.play), ${PRESSED}, label, summary, form, dialog, .reason`;
gallery?.addEventListener("pointerdown", (event) => {
  if (event.pointerType !== "mouse" || event.button || event.shiftKey) return;
  if (document.querySelector("dialog[open]")) return;
  if (event.target.closest(event.altKey ? PRESSED : PRESSED_OR_READ)) return;
  if (event.target.closest(".media") && !event.altKey && !size()) return;
  start = { x: event.pageX, y: event.pageY };
});
document.addEventListener("pointermove", (event) => {
  if (!start) return;
  if (!before) {
    if (Math.hypot(event.pageX - start.x, event.pageY - start.y) < 8) return;
    before = new Set(ids);
    document.body.append(frame);
    document.body.classList.add("drawing");
  }
  if (event.clientY > innerHeight - 40) scrollBy(0, 16);
  else if (event.clientY < 40) scrollBy(0, -16);
  draw(event.clientX + scrollX, event.clientY + scrollY);
});
const drop = (event) => {
  start = null;
  if (!before) return;
  before = null;
  frame.remove();
  document.body.classList.remove("drawing");
  getSelection().removeAllRanges();
  announce(`${size()} selected`);
  if (event.type === "pointerup") { // the click that ends it opens nothing
    const swallow = (click) => { click.stopPropagation(); click.preventDefault(); };
    addEventListener("click", swallow, { capture: true, once: true });
    setTimeout(() => removeEventListener("click", swallow, { capture: true }), 50);
  }
};
document.addEventListener("pointerup", drop);
document.addEventListener("pointercancel", drop);
gallery?.addEventListener("dragstart", (event) => { if (start) event.preventDefault(); });
