// Finding takes: tabs, search, filters and order change the address and what is shown, back and forward too.
import { load } from "../api.js";
import { emit, events, on } from "../events.js";
import * as overlays from "../overlays.js";
import { $, HOME, announce, setCookie } from "../page.js";

const form = $("filters");
const NAMES = [
  "q", "model", "type", "status", "resolution", "aspect_ratio", "seconds", "favorite", "rating", "tag", "collection",
  "kept", "since", "until", "sort",
];
const atHome = () => location.pathname === HOME; // there, `mode` picks the composer's mode

// Panels are filled when they are opened; a closed one asks for nothing. -------------------------------------------
document.addEventListener("toggle", (event) => {
  if (!event.target.open) return;
  if (event.target.id === "filter") htmx.trigger("#filter-names", events.lookAtNames);
  if (event.target.id === "jobs") htmx.trigger("#job-list", events.lookAtJobs);
}, true);
document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.detail.elt.id === "job-list" && !$("jobs").open) event.preventDefault();
});
// A row of the panel leads to its card, if that is on the page.
document.addEventListener("click", (event) => {
  const card = $(event.target.closest("[data-goes]")?.dataset.goes);
  if (!card) return;
  event.preventDefault();
  overlays.closePanels();
  card.scrollIntoView({ block: "center" });
  card.querySelector("a[href], button")?.focus({ preventScroll: true });
});

// The address ----------------------------------------------------------------------------------------------------
const used = (pairs) => { // in one order, so that equal filters have equal addresses
  const given = new URLSearchParams([...pairs]);
  return new URLSearchParams(NAMES.map((name) => [name, given.get(name)]).filter(([, value]) => value));
};
const here = () => {
  const query = new URLSearchParams(location.search);
  if (atHome() && !query.has("mode")) query.set("type", query.get("kind") || ""); // an older address
  return used(query);
};
const address = (wanted) => {
  const query = new URLSearchParams(wanted);
  if (atHome()) {
    const now = new URLSearchParams(location.search);
    const mode = now.get("mode") ?? now.get("type") ?? (query.has("type") && $("composer").dataset.mode);
    if (mode) query.set("mode", mode);
  }
  return location.pathname + (query.size ? `?${query}` : "");
};
let shown = String(here());

const show = (wanted, step) => {
  if (String(wanted) === shown && step) return;
  shown = String(wanted);
  if (step) overlays.step(step, history.state, address(wanted));
  fill(wanted);
  const query = shown ? `?${shown}` : "";
  const results = { source: "#results", target: "#results", swap: "innerHTML show:none" };
  load(form.getAttribute("action") + query, results).then((done) => done && tell());
};
// What was asked for here may not fit the filters: then all takes are shown.
on(events.showNew, (event) => {
  if (event.detail) show(new URLSearchParams(), "pushState");
  else show(here());
});
on(events.missed, () => show(here()));
const tell = () => {
  emit(events.found);
  const takes = document.querySelectorAll("#takes > .take").length;
  const more = $("more") ? " and more" : "";
  announce($("empty-title")?.textContent || `${takes} take${takes === 1 ? "" : "s"}${more}`);
  const results = $("results");
  if (results.getBoundingClientRect().top < 0) results.scrollIntoView();
};
const fill = (wanted) => {
  for (const field of form.elements) {
    if (!field.name || field === document.activeElement && field.id === "search") continue;
    const value = wanted.get(field.name) || "";
    if (field.type === "checkbox") field.checked = field.value === value;
    else if (field.value !== value) field.value = value;
  }
  const panel = [...wanted.keys()].filter((name) => !["q", "status", "sort"].includes(name));
  $("filter-button").dataset.count = panel.length || "";
};

// All that is typed in a row is one step of the history: Back leads to before the search. --------------------------
let [typing, pause] = [false, 0];
const ask = (step = typing ? "replaceState" : "pushState") => {
  clearTimeout(pause);
  show(used(new FormData(form)), step);
};
form.addEventListener("input", (event) => {
  if (event.target.id !== "search") return;
  clearTimeout(pause);
  pause = setTimeout(() => { ask(); typing = true; }, 250);
});
form.addEventListener("change", (event) => {
  if (event.target.id !== "search") return ask("pushState");
  ask();
  typing = false;
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  ask();
  overlays.closePanels();
});
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-filter]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const chip = link.classList.contains("chip") || link.id === "clear";
  if (document.activeElement.id === "search") document.activeElement.blur();
  show(used(new URL(link.href).searchParams), "pushState");
  if (chip) $("search").focus({ preventScroll: true });
});
window.addEventListener("popstate", () => {
  if (new URLSearchParams(location.search).has("before")) return location.reload(); // a page from the middle
  if (String(here()) !== shown) { typing = false; show(here()); }
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select, dialog, [contenteditable]")) return;
  if (event.key === "/") { event.preventDefault(); $("search").focus(); }
  else if (event.key === "-" || event.key === "=" || event.key === "+") resize(event.key === "-" ? -1 : 1);
});

// Sizes ----------------------------------------------------------------------------------------------------------
const SIZES = ["small", "medium", "large"];
const sizes = document.querySelector(".sizes");
const size = () => $("takes").dataset.size;
const mark = () => { for (const each of SIZES) $(`size-${each}`).setAttribute("aria-pressed", each === size()); };
const set = (name) => {
  const middle = [...document.querySelectorAll(".take")].find((take) => take.getBoundingClientRect().bottom > 0);
  const before = middle?.getBoundingClientRect().top;
  $("takes").dataset.size = name;
  setCookie("size", name);
  mark();
  announce(`${name} pictures`);
  // The same take stays in sight.
  if (scrollY) scrollBy({ top: middle.getBoundingClientRect().top - before, behavior: "instant" });
};
const resize = (by) => set(SIZES[Math.min(2, Math.max(0, SIZES.indexOf(size()) + by))]);
sizes.hidden = false;
mark();
sizes.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button) set(button.id.slice("size-".length));
});
$("filter-show").hidden = true;
// The poll asks about the same filters.
document.addEventListener("htmx:configRequest", (event) => {
  if (event.detail.elt.id === "poller") Object.assign(event.detail.parameters, Object.fromEntries(here()));
});
