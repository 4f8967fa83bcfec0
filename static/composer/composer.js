// The composer: the draft, sliders, the counter, and what can be read from a pasted link.
import { load } from "../api.js";
import { events } from "../events.js";
import * as overlays from "../overlays.js";
import { $, read, write } from "../page.js";

const DRAFT = "dailies-draft";
const UNKEPT = new Set(["csrfmiddlewaretoken", "submission_key", "repeat", "parent"]);
const form = () => $("composer-form");
const composer = () => $("composer");

// Each tab has a draft of its own, which outlives a reload. A new one begins with what was typed last in any of them.
let draft = read("sessionStorage", DRAFT) || read("localStorage", DRAFT) || {};
const store = (now) => {
  draft = now;
  write("sessionStorage", DRAFT, draft);
  write("localStorage", DRAFT, draft);
};
write("sessionStorage", DRAFT, draft);
const isKept = ({ name, type }) => name && !UNKEPT.has(name) && type !== "file";
const fields = () => [...form().elements].filter(isKept);
const save = () => {
  const now = { ...draft };
  for (const field of fields()) {
    if (field.type === "radio" && !field.checked) continue;
    now[field.name] = field.type === "checkbox" ? (field.checked ? "on" : "") : field.value;
  }
  store(now);
};
export const put = (name, value) => store({ ...draft, [name]: value });
const fill = () => {
  for (const field of fields()) {
    if (!(field.name in draft) || field.type === "hidden") continue;
    if (field.type === "radio") field.checked = field.value === draft[field.name];
    else if (field.type === "checkbox") field.checked = draft[field.name] === "on";
    else field.value = draft[field.name];
  }
  reprice();
  htmx.trigger(document.body, events.estimate);
};
export const show = (mode, parent = form()?.elements.parent.value || "") => {
  const [tab, id] = [$(`mode-${mode}`), "#composer"];
  if (!tab) return;
  const values = { ...draft, parent };
  load(tab.getAttribute("hx-post"), { verb: "POST", source: id, target: id, swap: "outerHTML", values });
};
// Whatever takes the place of what was typed can be undone: a take's settings, an example, a file that needs another
// mode.
const BEFORE = `${DRAFT}-before`;
let [before, replaced] = [read("sessionStorage", BEFORE), null];
export const remember = () => {
  if (!form()) return;
  save();
  replaced = { ...draft, parent: form().elements.parent.value };
};
const made = (name, properties) => Object.assign(document.createElement(name), properties);
const offerBack = () => {
  const says = replaced && ["prompt", "image", "audio", "video", "seed"].some((name) => replaced[name]);
  if (says && Object.keys(draft).some((name) => (draft[name] || "") !== (replaced[name] || ""))) before = replaced;
  replaced = null;
  write("sessionStorage", BEFORE, before);
  $("replaced")?.remove();
  if (!before || !form()) return;
  const words = "This took the place of your draft.";
  const line = made("p", { id: "replaced", className: "row help", textContent: words });
  const button = made("button", { type: "button", id: "undo-draft", className: "outlined", textContent: "Undo" });
  button.addEventListener("click", () => {
    const { parent, ...earlier } = before;
    before = null;
    remember(); // so that this can be undone as well
    store(earlier);
    show(earlier.type, parent);
  });
  line.append(button);
  form().prepend(line);
};
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target.id === "composer" && /[?&]from=/.test(event.detail.pathInfo?.requestPath)) remember();
});
// The field of an uploaded file is drawn by the studio, which knows its name and length.
const FILES = ["image", "audio", "video"];
const holdsFile = () => FILES.some((name) => form().elements[name] && /^upload:/.test(draft[name]));
// An address may name a file; it replaces the draft's, once.
// An older address has no `mode`: there, `type` picked the mode, and `kind` filtered the gallery.
const modeIn = (query) => query.get("mode") ?? query.get("type");
const bring = (asked) => {
  for (const name of FILES) {
    if (!asked.has(name) || form().elements[name]?.value !== asked.get(name)) continue;
    put(name, asked.get(name));
    put(`${name}_duration`, document.querySelector(`#field-${name} [data-seconds]`)?.dataset.seconds);
    history.replaceState({ mode: modeIn(asked) }, "", `${location.pathname}?mode=${modeIn(asked)}`);
  }
};
const restore = () => {
  const asked = new URLSearchParams(location.search);
  if (!composer() || "errors" in composer().dataset) return;
  if (asked.has("from") && !history.state?.mode) { // once, not again after a reload
    replaced = draft;
    save();
    offerBack();
    return step();
  }
  bring(asked);
  const shown = composer().dataset.mode;
  const mode = history.state?.mode || modeIn(asked) || draft.type;
  if ((mode && mode !== shown) || holdsFile()) return show(mode || shown);
  fill();
  step();
};

// Each mode is a step in the browser's history; the gallery beside it stays as it is.
document.addEventListener("htmx:configRequest", (event) => {
  if (!event.detail.elt.matches("[id^=mode-]")) return;
  for (const name of Object.keys(draft)) if (!form().elements[name]) event.detail.parameters[name] = draft[name];
});
const beside = (href) => { // the filters of the gallery stay in the address
  const [to, now] = [new URL(href), new URLSearchParams(location.search)];
  if (!now.has("mode")) now.set("type", now.get("kind") || "");
  if (!now.get("type")) now.delete("type");
  for (const name of ["mode", "kind", "from", "seed", ...FILES, "frame_from", "video_from"]) now.delete(name);
  for (const [name, value] of now) to.searchParams.set(name, value);
  return to.href;
};
const step = (by) => {
  const state = { mode: composer().dataset.mode };
  const address = by?.matches("[id^=mode-]") ? beside(by.href) : location.href;
  if (address !== location.href) overlays.step("pushState", state, address);
  else history.replaceState({ ...history.state, ...state }, "");
};
window.addEventListener("popstate", () => {
  const mode = history.state?.mode;
  if (composer() && mode && mode !== composer().dataset.mode) show(mode);
});

const number = (field) => Number(field.value.trim().replace(",", "."));

// The button shows the new price at once, from the price table; what the API charged before comes a moment later from
// the studio. What the button said when it was pressed is sent with the form.
let priced = ""; // the facts that the button shows the price of
const length = () => form().querySelector("[name$=duration]");
const facts = (chosen = ":checked", value = "value") => [
  form().querySelector(`[name=resolution]${chosen}`)?.value,
  length()[value].trim(),
  form().elements.takes[value],
].join("|");
const drawn = () => facts("[checked]", "defaultValue");
export const offer = () => label().dataset.offer;
const label = () => $("generate-label");
const reprice = () => {
  if (facts() === priced) return;
  priced = facts();
  const [resolution, typed, count] = priced.split("|");
  const [cheapest, dearest] = JSON.parse($("generate").dataset.prices)[resolution];
  const [least, most, size] = $("generate").dataset.length.split(" ").map(Number);
  const takes = Math.min(Math.max(parseInt(count, 10) || 1, 1), 8);
  const seconds = number(length());
  const steps = seconds >= least && seconds <= most ? (Math.round(seconds * 10) - 10 * least) / (10 * size) : 0;
  const all = (most - least) / size;
  const at = (step) => takes * Math.round(cheapest + ((dearest - cheapest) / all) * step);
  const [low, high] = [at(steps), at(!typed && length().required ? all : Math.ceil(steps))];
  const free = offer().endsWith(" free");
  label().dataset.offer = `${takes}x${low}-${high}${free ? " free" : ""}`;
  const many = takes > 1 ? `${takes} ${free ? "test clips" : "takes"}` : free ? "test clip" : "";
  label().querySelector("[data-many]").textContent = many;
  label().querySelector("[data-credits]").textContent = low === high ? low : `${low}–${high}`;
};
let said = ""; // what the button said when it was pressed, where that had to wait for an upload
export const send = (words) => {
  said = words;
  form().requestSubmit($("generate"));
  said = "";
};
let asked = ""; // the facts that the studio was asked the price of
document.addEventListener("htmx:configRequest", (event) => {
  if (event.detail.elt.id === "estimate") asked = facts();
  if (event.detail.elt === form()) event.detail.parameters.said = said || offer();
});
document.addEventListener("htmx:oobBeforeSwap", (event) => { // a late answer is for what was typed before
  if (event.detail.target.id === "generate-label" && asked !== facts()) event.detail.shouldSwap = false;
});

// A slider stands beside the number that is sent: it snaps to steps, the number takes any value.
const slide = () => {
  for (const slider of document.querySelectorAll("[data-slides]")) {
    slider.hidden = false;
    slider.value = number($(slider.dataset.slides)) || 5;
  }
};

const count = () => {
  const counter = $("prompt-count");
  if (!counter) return;
  const length = [...$("id_prompt").value.trim()].length;
  counter.textContent = `${length.toLocaleString("en")} / ${Number(counter.dataset.limit).toLocaleString("en")}`;
  counter.classList.toggle("over", length > Number(counter.dataset.limit));
};

// A pasted link is previewed as soon as it is one, and its length is read; the person may overrule it. Nothing is
// loaded from the local network, where the browser would ask in our name, but from the sandbox.
const LOCAL = /\.(local|localhost|localdomain|internal|lan|home|intranet|corp|private|arpa)\.?$/;
const mayLoad = (link, loopback) => {
  if (!/^https?:\/\/[^\s/]/i.test(link) || !URL.canParse(link)) return false;
  const { hostname, username } = new URL(link);
  if (loopback && /^(127\.[\d.]+|localhost|\[::1\])$/.test(hostname)) return true;
  return !username && !/^\[|^[\d.]+$|^[^.]+\.?$/.test(hostname) && !LOCAL.test(hostname);
};
const MAKERS = { image: "img", audio: "audio", video: "video" };
const preview = (field, fills) => {
  const kind = field.dataset.preview;
  const box = $(`preview-${kind}`);
  const link = field.value.trim();
  if (box.dataset.shows === link) return;
  box.dataset.shows = link;
  if (fills) unmeasure(kind);
  box.replaceChildren();
  box.hidden = true;
  if (!mayLoad(link, "loopback" in field.dataset)) return;
  const media = document.createElement(MAKERS[kind]);
  const note = document.createElement("p");
  media.referrerPolicy = "no-referrer";
  if (kind === "image") media.alt = "The picture behind this link";
  else Object.assign(media, { controls: true, preload: "metadata", muted: kind === "video" });
  const shown = () => { box.hidden = false; };
  media.addEventListener("load", shown);
  media.addEventListener("loadedmetadata", () => { shown(); if (fills) readOff(kind, media.duration, note); });
  media.addEventListener("error", () => {
    media.remove();
    const advice = kind === "image" ? "" : " Give the length yourself.";
    note.textContent = `This browser cannot open the link; the provider may still be able to.${advice}`;
    box.hidden = false;
  });
  box.append(media, note);
  media.src = link;
};
// A measured length is removed with its link; one that was typed stays.
const measured = {};
const lengthOf = (kind) => form()?.elements[`${kind}_duration`];
const set = (field, value) => {
  field.value = value;
  check(field);
  field.dispatchEvent(new Event("input", { bubbles: true }));
};
export const measure = (kind, seconds) => {
  if (!lengthOf(kind) || !seconds) return;
  measured[kind] = seconds;
  set(lengthOf(kind), seconds);
};
const unmeasure = (kind) => {
  if (lengthOf(kind)?.value && lengthOf(kind).value === measured[kind]) set(lengthOf(kind), "");
  delete measured[kind];
};
const readOff = (kind, seconds, note) => {
  if (!lengthOf(kind) || !Number.isFinite(seconds)) return;
  measure(kind, String(Math.round(seconds * 10) / 10));
  note.textContent = `Measured: ${measured[kind]} s.`;
};
const check = (field) => {
  const seconds = number(field);
  const outside = field.value !== "" && !(seconds >= 5 && seconds <= 20);
  field.setCustomValidity(outside ? "The API takes 5 to 20 seconds." : "");
  if (outside) field.setAttribute("aria-invalid", "true");
  else field.removeAttribute("aria-invalid");
  const help = $("seconds-help");
  help.dataset.words = help.dataset.words || help.textContent;
  help.textContent = outside ? `The API takes 5 to 20 seconds; this is ${field.value}.` : help.dataset.words;
  help.classList.toggle("error", outside);
};

// The error of a field goes as soon as the field is changed.
const clearError = (field) => {
  field.removeAttribute("aria-invalid");
  if (field.name) $(`${field.name}-error`)?.remove();
};

// The collection that takes go into stays chosen when the composer is filled from an earlier take.
const recall = () => {
  const goes = form().elements.collection;
  if (goes && !goes.value) goes.value = [...goes.options].find((each) => each.value === draft.collection)?.value || "";
};
const refresh = (fills) => {
  if (!form()) return;
  recall();
  slide();
  count();
  for (const field of form().querySelectorAll("[data-preview]")) if (field.value) preview(field, fills);
};

document.addEventListener("input", (event) => {
  const field = event.target;
  if (!form()?.contains(field)) return;
  if (field.dataset.slides) $(field.dataset.slides).value = field.value;
  clearError(field);
  if (field.name.endsWith("duration")) check(field);
  if (field.dataset.preview) preview(field, true);
  slide();
  count();
  reprice();
  save();
});
document.addEventListener("change", ({ target }) => {
  if (form() && target === length() && !target.value && target.placeholder) set(target, target.placeholder);
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || !form()) return;
  event.preventDefault();
  send("");
});
document.addEventListener("htmx:afterSettle", (event) => {
  if (replaced && event.detail.target?.id.startsWith("field-")) { save(); offerBack(); }
  if (event.detail.target && event.detail.target.id !== "composer" && event.detail.elt.id !== "composer") return;
  if (!form()) return;
  priced = drawn();
  refresh(false);
  save();
  offerBack();
  step(event.detail.requestConfig?.elt);
  document.querySelector("#composer[data-errors] [aria-invalid], #composer[data-errors] #generate")?.focus();
});

document.addEventListener("DOMContentLoaded", () => { // htmx listens from then on
  if (form()) priced = drawn();
  if (before) offerBack();
  restore();
  refresh(false);
});

// Buttons that fill a field or empty it.
document.addEventListener("click", (event) => {
  const { fills, with: words, clears } = event.target.closest("[data-fills], [data-clears]")?.dataset || {};
  const field = $(fills || clears);
  if (!field) return;
  if (field.value.trim()) remember();
  field.value = words || "";
  field.dispatchEvent(new Event("input", { bubbles: true }));
  if (fills) offerBack();
  field.dispatchEvent(new Event("change", { bubbles: true }));
  field.focus();
});
