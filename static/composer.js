// The composer: the draft, sliders, the counter, and what can be read from a pasted link.
"use strict";

const desk = (() => {
  const DRAFT = "dailies-draft";
  const UNKEPT = new Set(["csrfmiddlewaretoken", "submission_key", "repeat", "parent"]);
  const form = () => document.getElementById("composer-form");

  // The draft outlives the tab; fields that several modes share are shared.
  const load = () => { try { return JSON.parse(localStorage.getItem(DRAFT)) || {}; } catch { return {}; } };
  const fields = () => [...form().elements].filter((field) => field.name && !UNKEPT.has(field.name) && field.type !== "file");
  const save = () => {
    const draft = load();
    for (const field of fields()) {
      if (field.type === "radio" && !field.checked) continue;
      draft[field.name] = field.type === "checkbox" ? (field.checked ? "on" : "") : field.value;
    }
    store(draft);
  };
  const store = (draft) => { try { localStorage.setItem(DRAFT, JSON.stringify(draft)); } catch { /* private windows may refuse */ } };
  const put = (name, value) => store({ ...load(), [name]: value });
  const fill = (draft) => {
    for (const field of fields()) {
      if (!(field.name in draft) || field.type === "hidden") continue;
      if (field.type === "radio") field.checked = field.value === draft[field.name];
      else if (field.type === "checkbox") field.checked = draft[field.name] === "on";
      else field.value = draft[field.name];
    }
    htmx.trigger(document.body, "estimate");
  };
  const show = (mode) => {
    const tab = document.getElementById(`mode-${mode}`);
    if (tab) htmx.ajax("POST", tab.getAttribute("hx-post"), { source: "#composer", target: "#composer", swap: "outerHTML", values: load() }).catch(() => {}); // another mode was asked for meanwhile
  };
  // A file of one's own is drawn by the studio, which knows it.
  const holdsFile = (draft) => ["image", "audio", "video"].some((name) => form().elements[name] && /^upload:/.test(draft[name]));
  // An address may bring one, once: it takes the place of what the draft had.
  const bring = (asked) => {
    for (const name of ["image", "audio", "video"]) {
      if (!asked.has(name) || form().elements[name]?.value !== asked.get(name)) continue;
      put(name, asked.get(name));
      put(`${name}_duration`, document.querySelector(`#field-${name} [data-seconds]`)?.dataset.seconds);
      history.replaceState({ mode: asked.get("type") }, "", `${location.pathname}?type=${asked.get("type")}`);
    }
  };
  const restore = () => {
    const composer = document.getElementById("composer");
    const asked = new URLSearchParams(location.search);
    if (!composer || "errors" in composer.dataset || asked.has("from")) return;
    bring(asked);
    const draft = load();
    const mode = (history.state && history.state.mode) || asked.get("type") || draft.type;
    if ((mode && mode !== composer.dataset.mode) || holdsFile(draft)) return show(mode || composer.dataset.mode);
    fill(draft);
    step();
  };

  // Each mode is a step in the browser's history; the gallery beside it stays as it is.
  document.addEventListener("htmx:configRequest", (event) => {
    if (!event.detail.elt.matches("[id^=mode-]")) return;
    const parameters = event.detail.parameters;
    for (const [name, value] of Object.entries(load())) if (!(name in parameters)) parameters[name] = value;
  });
  const beside = (href) => { // what the gallery is filtered by stays in the address
    const [to, now] = [new URL(href), new URLSearchParams(location.search)];
    for (const name of ["type", "from", "seed", "image", "audio", "video", "frame_from", "video_from"]) now.delete(name);
    for (const [name, value] of now) to.searchParams.set(name, value);
    return to.href;
  };
  const step = (by) => {
    const state = { mode: document.getElementById("composer").dataset.mode };
    const address = by && by.matches("[id^=mode-]") ? beside(by.href) : location.href;
    if (address !== location.href) history.pushState(state, "", address);
    else history.replaceState(state, "");
  };
  window.addEventListener("popstate", () => {
    const composer = document.getElementById("composer");
    const mode = history.state && history.state.mode;
    if (composer && mode && mode !== composer.dataset.mode) show(mode);
  });

  // Sliders stand beside the number that is sent: they snap, the number takes any second.
  const slide = () => {
    for (const slider of document.querySelectorAll("[data-slides]")) {
      slider.hidden = false;
      slider.value = document.getElementById(slider.dataset.slides).value || 5;
    }
  };

  const count = () => {
    const counter = document.getElementById("prompt-count");
    if (!counter) return;
    const length = [...document.getElementById("id_prompt").value.trim()].length;
    counter.textContent = `${length.toLocaleString("en")} / ${Number(counter.dataset.limit).toLocaleString("en")}`;
    counter.classList.toggle("over", length > Number(counter.dataset.limit));
  };

  // A pasted link is shown as soon as it is one, and its length is read; the person may overrule it.
  const MAKERS = { image: "img", audio: "audio", video: "video" };
  const preview = (field, fills) => {
    const kind = field.dataset.preview;
    const box = document.getElementById(`preview-${kind}`);
    const link = field.value.trim();
    if (box.dataset.shows === link) return;
    box.dataset.shows = link;
    box.replaceChildren();
    box.hidden = true;
    if (!/^https?:\/\/[^\s/]+/i.test(link)) return;
    const media = document.createElement(MAKERS[kind]);
    const note = document.createElement("p");
    media.referrerPolicy = "no-referrer";
    if (kind === "image") media.alt = "The picture behind this link";
    else Object.assign(media, { controls: true, preload: "metadata", muted: kind === "video" });
    const shown = () => { box.hidden = false; };
    media.addEventListener("load", shown);
    media.addEventListener("loadedmetadata", () => { shown(); if (fills) measure(kind, media.duration, note); });
    media.addEventListener("error", () => {
      media.remove();
      note.textContent = `This browser cannot open the link; the provider may still be able to.${kind === "image" ? "" : " Give the length yourself."}`;
      box.hidden = false;
    });
    box.append(media, note);
    media.src = link;
  };
  const measure = (kind, seconds, note) => {
    const field = document.querySelector(`[name="${kind}_duration"]`);
    if (!field || !Number.isFinite(seconds)) return;
    field.value = String(Math.round(seconds * 10) / 10);
    note.textContent = `Measured: ${field.value} s.`;
    check(field);
    field.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const check = (field) => {
    const seconds = Number(field.value);
    const outside = field.value !== "" && !(seconds >= 5 && seconds <= 20);
    field.setCustomValidity(outside ? "The API takes 5 to 20 seconds." : "");
    if (outside) field.setAttribute("aria-invalid", "true"); else field.removeAttribute("aria-invalid");
    const help = document.getElementById("seconds-help");
    help.dataset.words = help.dataset.words || help.textContent;
    help.textContent = outside ? `The API takes 5 to 20 seconds; this is ${field.value}.` : help.dataset.words;
    help.classList.toggle("error", outside);
  };

  // What was wrong with a field is old news as soon as it is changed.
  const forgive = (field) => {
    field.removeAttribute("aria-invalid");
    if (field.name) document.getElementById(`${field.name}-error`)?.remove();
  };

  // Where takes go is remembered, also when the composer is filled from an earlier one.
  const recall = () => {
    const goes = form().elements.collection;
    if (goes && !goes.value) goes.value = [...goes.options].some((each) => each.value === load().collection) ? load().collection : "";
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
    if (!form() || !form().contains(field)) return;
    if (field.dataset.slides) document.getElementById(field.dataset.slides).value = field.value;
    forgive(field);
    if (field.name && field.name.endsWith("duration")) check(field);
    if (field.dataset.preview) preview(field, true);
    slide();
    count();
    save();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && form()) {
      event.preventDefault();
      form().requestSubmit(document.getElementById("generate"));
    }
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target && event.detail.target.id !== "composer" && event.detail.elt.id !== "composer") return;
    if (!form()) return;
    refresh(false);
    save();
    step(event.detail.requestConfig && event.detail.requestConfig.elt);
    const wrong = document.querySelector("#composer[data-errors] [aria-invalid]");
    if (wrong) wrong.focus();
  });

  document.addEventListener("DOMContentLoaded", () => { // htmx listens from then on
    restore();
    refresh(false);
  });

  return { put, show };
})();
