// The page as a whole: what it says and remembers, time zone and theme.

export const HOME = document.documentElement.dataset.home; // "/", or below it where a proxy puts the studio
export const $ = (id) => document.getElementById(id);
export const reducedMotion = matchMedia("(prefers-reduced-motion: reduce)");
export const isTyping = (node) => node.matches(
  'textarea, select, [contenteditable], input:not([type="range"], [type="checkbox"], [type="radio"], [type="button"])',
);

// A private window may refuse to remember anything.
export const read = (storage, key) => {
  try {
    const text = window[storage].getItem(key);
    try { return JSON.parse(text); } catch { return text; } // older versions wrote bare words
  } catch { return null; }
};
export const write = (storage, key, value) => {
  try { window[storage].setItem(key, JSON.stringify(value)); } catch { /* it is not remembered */ }
};
// What the studio needs to know for the next page.
export const setCookie = (name, value) => {
  document.cookie = `${name}=${encodeURIComponent(value)}; path=${HOME}; max-age=31536000; samesite=lax`;
};

// Read aloud by a screen reader.
export const announce = (words) => { $("announcer").textContent = words; };

// A line at the bottom, also above an open dialog, with one button at most. Z presses it.
const line = Object.assign(document.createElement("div"), { id: "toast", hidden: true });
let timer = 0;
const hide = () => { line.hidden = true; };
const stay = () => clearTimeout(timer);
export const toast = (words, label, act) => {
  const said = Object.assign(document.createElement("p"), { textContent: words });
  line.replaceChildren(said);
  if (label) {
    const button = { type: "button", className: "outlined", id: "toast-act", textContent: label };
    line.append(Object.assign(document.createElement("button"), button));
    line.lastChild.addEventListener("click", () => { hide(); act(); });
  }
  (document.querySelector("dialog[open]") || document.body).append(line);
  line.hidden = false;
  announce(label ? `${words} ${label}: press Z` : words);
  stay();
  timer = setTimeout(hide, label ? 12000 : 6000);
};
line.addEventListener("pointerenter", stay);
line.addEventListener("focusin", stay);
document.addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() !== "z" || event.altKey || line.hidden || isTyping(event.target)) return;
  const button = $("toast-act");
  if (button) { event.preventDefault(); button.click(); }
});

// What comes up where a mouse hovers does not come up under a finger, on machines that have both.
const root = document.documentElement;
const touch = (event) => root.classList.toggle("by-finger", event.pointerType === "touch");
addEventListener("pointerdown", touch, true);
addEventListener("pointermove", (event) => { if (event.pointerType === "mouse") touch(event); }, true);

// Days begin at this browser's midnight: the first page is drawn once more, in its own zone.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && !document.cookie.split("; ").includes(`timezone=${encodeURIComponent(zone)}`)) {
  setCookie("timezone", zone);
  const kept = document.cookie.includes("timezone=");
  if (kept && zone !== root.dataset.timezone && document.querySelector("time")) location.reload();
}

const theme = $("theme");
if (theme) {
  const light = matchMedia("(prefers-color-scheme: light)");
  const isLight = () => (root.dataset.theme || (light.matches ? "light" : "dark")) === "light";
  const label = () => { theme.textContent = isLight() ? "Dark" : "Light"; };
  theme.hidden = false;
  label();
  light.addEventListener("change", label);
  theme.addEventListener("click", () => {
    root.dataset.theme = isLight() ? "dark" : "light";
    setCookie("theme", root.dataset.theme);
    label();
  });
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copies]");
  if (!button) return;
  const text = $(button.dataset.copies);
  navigator.clipboard.writeText(text.textContent).then(
    () => { button.textContent = "Copied"; announce("Copied"); },
    () => getSelection().selectAllChildren(text),
  );
});

// What is open stays open while its figures change.
let unfolded = [];
document.addEventListener("htmx:beforeSwap", () => {
  unfolded = [...document.querySelectorAll("details[open]")].map((one) => one.id);
});
document.addEventListener("htmx:afterSwap", () => { for (const id of unfolded) $(id)?.setAttribute("open", ""); });

// A button may ask before its form goes; htmx itself knows only a question of the whole form.
document.addEventListener("htmx:confirm", (event) => {
  const question = event.detail.triggeringEvent?.submitter?.dataset.asks;
  if (question && !confirm(question)) event.preventDefault();
});
