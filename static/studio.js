// The page as a whole: time zone, theme, buttons that fill or copy.
"use strict";

const HOME = document.documentElement.dataset.home; // "/", or below it where a proxy puts the studio
const remember = (name, value) => {
  document.cookie = `${name}=${encodeURIComponent(value)}; path=${HOME}; max-age=31536000; samesite=lax`;
};
// What comes up where a mouse hovers does not come up under a finger, on machines that have both.
addEventListener("pointerdown", (event) => document.documentElement.classList.toggle("by-finger", event.pointerType === "touch"), true);
addEventListener("pointermove", (event) => { if (event.pointerType === "mouse") document.documentElement.classList.remove("by-finger"); }, true);
const announce = (words) => { document.getElementById("announcer").textContent = words; };

// Days begin when they begin here. The first page of a new browser is drawn once more, in its own zone.
(() => {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const known = document.cookie.split("; ").some((pair) => pair === `timezone=${encodeURIComponent(zone)}`);
  if (!zone || known) return;
  remember("timezone", zone);
  const kept = document.cookie.includes("timezone=");
  if (kept && zone !== document.documentElement.dataset.timezone && document.querySelector("time")) location.reload();
})();

(() => {
  const button = document.getElementById("theme");
  if (!button) return;
  const root = document.documentElement;
  const isLight = () => (root.dataset.theme || (matchMedia("(prefers-color-scheme: light)").matches ? "light" : "dark")) === "light";
  const label = () => { button.textContent = isLight() ? "Dark" : "Light"; };
  button.hidden = false;
  label();
  matchMedia("(prefers-color-scheme: light)").addEventListener("change", label);
  button.addEventListener("click", () => {
    root.dataset.theme = isLight() ? "dark" : "light";
    remember("theme", root.dataset.theme);
    label();
  });
})();

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-fills], [data-clears], [data-copies]");
  if (!button) return;
  const { fills, with: words, clears, copies } = button.dataset;
  if (copies) {
    navigator.clipboard.writeText(document.getElementById(copies).textContent).then(
      () => { button.textContent = "Copied"; announce("Copied"); },
      () => { getSelection().selectAllChildren(document.getElementById(copies)); },
    );
    return;
  }
  const field = document.getElementById(fills || clears);
  if (!field) return;
  if (field.value.trim()) desk.remember();
  field.value = words || "";
  field.dispatchEvent(new Event("input", { bubbles: true }));
  if (fills) desk.offerBack();
  field.dispatchEvent(new Event("change", { bubbles: true }));
  field.focus();
});

// A request that did not come through is said in words beside what was pressed, and nothing typed is lost.
let unheard = 0; // polls in a row that brought nothing: one or two are no news
const trouble = (usual) => (event) => {
  const { elt, xhr } = event.detail;
  const words = xhr.getResponseHeader("X-Problem") || usual;
  if (elt.id === "poller" && (unheard += 1) < 3) return;
  const place = elt.closest("#composer") ? document.getElementById("estimate") : elt.closest("form, .actions") || document.getElementById("notice");
  if (!place || (elt.id === "poller" && place.querySelector(".trouble"))) return;
  announce(words);
  place.querySelector(".trouble")?.remove();
  const line = document.createElement("p");
  line.className = "trouble error";
  line.textContent = words;
  place.append(line);
};
document.addEventListener("htmx:sendError", trouble("The studio does not answer. Is it still running? Nothing you typed is lost."));
document.addEventListener("htmx:responseError", trouble("The studio could not do that. Reload the page and try again; what you typed is kept."));
document.addEventListener("htmx:afterRequest", (event) => {
  if (!event.detail.successful) return;
  unheard = 0;
  for (const line of document.querySelectorAll(".trouble")) line.remove();
});

// What is open stays open while its figures change.
let unfolded = [];
document.addEventListener("htmx:beforeSwap", () => { unfolded = [...document.querySelectorAll("details[open]")].map((one) => one.id); });
document.addEventListener("htmx:afterSwap", () => { for (const id of unfolded) document.getElementById(id)?.setAttribute("open", ""); });

// A button may ask before its form goes; htmx itself knows only a question of the whole form.
document.addEventListener("htmx:confirm", (event) => {
  const question = event.detail.triggeringEvent?.submitter?.dataset.asks;
  if (question && !confirm(question)) event.preventDefault();
});
