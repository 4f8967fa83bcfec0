// Selecting many takes at once, by id: it outlives paging, polls and a look at something else.
"use strict";

const Selection = (() => {
  const [KEY, bar] = ["dailies-selection", document.getElementById("bar")];
  const part = (name) => document.getElementById(`bar-${name}`);
  let all = null; // everything that matches a filter, on this page or not: the filter as it was, and how many were told
  let ids = new Set();
  try { ids = new Set(JSON.parse(sessionStorage.getItem(KEY)) || []); } catch { /* nothing remembered */ }
  let anchor = 0; // where a range begins

  const has = (id) => Boolean(all) || ids.has(id);
  const size = () => (all ? Infinity : ids.size);
  const values = () => (all ? { all: "1", filter: all.filter } : { ids: [...ids].join(",") });
  const seen = async () => { // no more than a person was told of are acted on
    if (all && !all.count) await sum();
    return { ...values(), ...(all && { count: all.count || "" }) };
  };
  const shown = () => ({ shown: Takes.all().map(Takes.idOf).join(",") });

  // The boxes on the cards, as they should be. Cards that come later are ticked when they come. ---------------------
  const mark = () => {
    for (const box of document.querySelectorAll(".pick input")) box.checked = has(Number(box.value));
    document.body.classList.toggle("selecting", size() > 0);
  };
  const changed = () => {
    try { sessionStorage.setItem(KEY, JSON.stringify([...ids])); } catch { /* private windows may refuse */ }
    mark();
    if (bar) tell();
    document.dispatchEvent(new CustomEvent("selected"));
  };
  const set = (those, on) => {
    if (all) { all = null; ids = new Set(Takes.all().map(Takes.idOf)); } // one is left out: what is here, without it
    for (const id of those) if (on) ids.add(id); else ids.delete(id);
    changed();
  };
  const toggle = (id, on = !has(id)) => { anchor = id; set([id], on); announce(on ? `Take ${id} selected, ${ids.size} in all` : `Take ${id} not selected`); };
  const range = (id, on = true) => {
    const order = Takes.all().map(Takes.idOf);
    const [from, to] = [order.indexOf(anchor), order.indexOf(id)].sort((one, other) => one - other);
    set(from < 0 ? [id] : order.slice(from, to + 1), on);
    announce(`${ids.size} selected`);
  };
  const clear = () => { all = null; ids.clear(); changed(); };

  // The bar: how many, how large, and what to do with them. ----------------------------------------------------------
  let asking = 0;
  const tell = () => {
    const count = size();
    const wasHidden = bar.hidden;
    bar.hidden = count === 0;
    if (wasHidden && count) { part("archive").replaceChildren(); for (const one of bar.querySelectorAll("details")) one.open = false; }
    part("words").textContent = all ? "All that match" : `${count} selected`;
    part("all").hidden = Boolean(all);
    const fits = count >= 2 && count <= 4;
    part("compare").toggleAttribute("aria-disabled", !fits);
    if (fits) part("compare").href = `${HOME}compare/?ids=${[...ids].join(",")}`; else part("compare").removeAttribute("href");
    part("compare").title = fits ? "Compare side by side (c)" : "Select two to four to compare";
    clearTimeout(asking);
    if (count) asking = setTimeout(sum, 200);
  };
  const sum = async () => {
    const [asked, headers] = [JSON.stringify(values()), JSON.parse(document.body.getAttribute("hx-headers"))];
    try {
      const answer = await fetch(`${HOME}selection/summary/`, { method: "POST", headers, body: new URLSearchParams(values()) });
      const found = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("selection-summary");
      if (!found || asked !== JSON.stringify(values()) || !size()) return;
      part("words").textContent = found.textContent.trim();
      if (all) all.count = found.dataset.takes;
    } catch { /* how many is said already; how large comes with the next one */ }
  };
  const act = async (action, more = {}) => {
    const answer = await Takes.post(`${HOME}selection/`, { action, ...(await seen()), ...shown(), ...more });
    const words = answer?.querySelector("#selection-said")?.textContent;
    if (words) { Takes.toast(words); if (all) sum(); }
    return answer;
  };
  const remove = async () => {
    const what = { action: "delete", ...(await seen()), ...shown() };
    const gone = Takes.all().map(Takes.idOf).filter(has);
    clear();
    Takes.remove(gone, `${HOME}selection/`, what);
  };
  const download = async (url, more = {}) => {
    const answer = await Takes.post(url, { ...more, ...(await seen()) });
    const archive = answer?.querySelector(".archive");
    if (!archive) { Takes.toast(answer?.querySelector("#selection-said")?.textContent || "Nothing to download."); return; }
    part("archive").replaceChildren(document.importNode(archive, true));
    htmx.process(part("archive"));
  };
  const names = async () => { // of tags and collections that are there
    const known = new DOMParser().parseFromString(await (await fetch(`${HOME}filters/names/`)).text(), "text/html");
    const fill = (list, from) => list.replaceChildren(...[...known.querySelectorAll(from)].map((one) => new Option(one.textContent, one.textContent || one.value)));
    fill(part("known-tags"), "datalist option");
    fill(part("known-shelves"), "select option[value]:not([value=''])");
  };

  if (bar) {
    part("all").addEventListener("click", () => { all = { filter: location.search.slice(1) }; ids.clear(); changed(); announce("All that match are selected"); });
    part("clear").addEventListener("click", clear);
    part("favorite").addEventListener("click", () => act("favorite"));
    for (const star of bar.querySelectorAll("[data-rate]")) star.addEventListener("click", () => act("rate", { value: star.dataset.rate }));
    part("zip").addEventListener("click", () => download(`${HOME}selection/`, { action: "archive" }));
    for (const kind of ["csv", "json"]) part(kind).addEventListener("click", () => download(`${HOME}selection/export.${kind}`));
    part("delete").addEventListener("click", remove);
    for (const form of bar.querySelectorAll("form[data-deed]")) {
      form.addEventListener("submit", async (event) => {
        event.preventDefault();
        const said = await act(event.submitter?.value || form.dataset.deed, Object.fromEntries(new FormData(form)));
        if (said) { form.reset(); form.closest("details").open = false; form.closest("details").querySelector("summary").focus(); }
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
    if (box) return event.shiftKey ? range(Number(box.value), box.checked) : toggle(Number(box.value), box.checked);
    const media = event.target.closest("#takes .media");
    if (!media || event.target.closest("a, button:not(.play), label, form") || !(event.shiftKey || event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    const id = Takes.idOf(media.closest(".take"));
    if (event.shiftKey && anchor) range(id); else toggle(id);
  });
  document.addEventListener("htmx:afterSettle", mark);
  document.addEventListener("takes-returned", mark);
  document.addEventListener("takes-left", (event) => { for (const id of event.detail) ids.delete(id); changed(); });
  // Another filter shows other takes: all of the old one's are no longer before anybody's eyes.
  document.addEventListener("takes-found", () => { if (all) clear(); });
  for (const moved of ["popstate", "pageshow"]) window.addEventListener(moved, () => { if (all && all.filter !== location.search.slice(1)) clear(); else changed(); });
  return { has, toggle, range, clear, set, size, list: () => [...ids] };
})();

// Hands in the gallery: keys from card to card, and a rectangle drawn with the mouse.
(() => {
  const gallery = document.getElementById("gallery");
  if (!gallery || !document.getElementById("bar")) return;

  // Keys, on the card that has the focus. ----------------------------------------------------------------------------
  const go = (take, key, selects) => {
    const all = Takes.all();
    const at = all.indexOf(take);
    let next = key === "ArrowLeft" ? all[at - 1] : key === "ArrowRight" ? all[at + 1] : null;
    if (key === "ArrowUp" || key === "ArrowDown") {
      const here = take.getBoundingClientRect();
      const middle = here.left + here.width / 2;
      const rows = key === "ArrowDown" ? all.slice(at + 1) : all.slice(0, at).reverse();
      const off = rows.find((one) => Math.abs(one.getBoundingClientRect().top - here.top) > 8);
      const top = off?.getBoundingClientRect().top;
      const row = rows.filter((one) => Math.abs(one.getBoundingClientRect().top - top) < 8);
      const away = (one) => { const box = one.getBoundingClientRect(); return Math.abs(box.left + box.width / 2 - middle); };
      next = row.sort((one, other) => away(one) - away(other))[0];
    }
    if (!next) return;
    next.querySelector(".play").focus();
    next.scrollIntoView({ block: "nearest" });
    if (selects) { if (!Selection.has(Takes.idOf(take))) Selection.toggle(Takes.idOf(take), true); Selection.range(Takes.idOf(next)); }
  };
  const forget = (take, id) => {
    const all = Takes.all();
    const next = all[all.indexOf(take) + 1] || all[all.indexOf(take) - 1];
    Takes.remove([id]);
    next?.querySelector(".play")?.focus();
  };
  document.addEventListener("keydown", (event) => {
    if (document.querySelector("dialog[open]") || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || Takes.isTyping(event.target)) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const take = event.target.closest("#takes > .take");
    const id = take && Takes.idOf(take);
    const acts = {
      "?": () => document.getElementById("keys").showModal(),
      Escape: Selection.size() ? Selection.clear : null,
      c: Selection.size() >= 2 && Selection.size() <= 4 ? () => document.getElementById("bar-compare").click() : null,
    };
    if (take) {
      Object.assign(acts, { f: () => Takes.favorite(id), x: () => Selection.toggle(id), d: () => document.getElementById(`generation-${id}-download`)?.click(), Delete: () => forget(take, id) });
      for (const star of "012345") acts[star] = () => Takes.rate(id, Number(star));
      for (const arrow of ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"]) acts[arrow] = () => go(take, event.key, event.shiftKey);
      if (event.target.matches(".play") && take.querySelector("video")) acts[" "] = () => Player.toggle(take);
    }
    if (!acts[key]) return;
    event.preventDefault();
    acts[key]();
  });
  document.addEventListener("keyup", (event) => { if (event.key === " " && event.target.matches?.(".play") && event.target.closest(".take").querySelector("video")) event.preventDefault(); });

  // A rectangle: from empty ground; with Alt, or once something is selected, from anywhere. -------------------------
  const frame = Object.assign(document.createElement("div"), { className: "lasso" });
  let start = null; // where it began, on the page
  let before = null; // what was selected then, once it is drawn
  const box = (x, y) => ({ left: Math.min(x, start.x), top: Math.min(y, start.y), right: Math.max(x, start.x), bottom: Math.max(y, start.y) });
  const draw = (x, y) => {
    const now = box(x, y);
    for (const [name, value] of [["--x", now.left], ["--y", now.top], ["--w", now.right - now.left], ["--h", now.bottom - now.top]]) frame.style.setProperty(name, `${value}px`);
    const [on, off] = [[], []];
    for (const take of Takes.all()) {
      const one = take.getBoundingClientRect();
      const touches = one.left < now.right - scrollX && one.right > now.left - scrollX && one.top < now.bottom - scrollY && one.bottom > now.top - scrollY;
      if (touches) on.push(Takes.idOf(take)); else if (!before.has(Takes.idOf(take))) off.push(Takes.idOf(take));
    }
    if (on.some((id) => !Selection.has(id))) Selection.set(on, true);
    if (off.some((id) => Selection.has(id))) Selection.set(off, false);
  };
  gallery.addEventListener("pointerdown", (event) => {
    if (event.pointerType !== "mouse" || event.button || event.shiftKey || document.querySelector("dialog[open]")) return;
    if (event.target.closest(event.altKey ? "input, textarea, select" : "a, button:not(.play), input, textarea, select, label, summary, form, dialog, .reason")) return;
    if (event.target.closest(".media") && !event.altKey && !Selection.size()) return;
    start = { x: event.pageX, y: event.pageY };
  });
  document.addEventListener("pointermove", (event) => {
    if (!start) return;
    if (!before) {
      if (Math.hypot(event.pageX - start.x, event.pageY - start.y) < 8) return;
      before = new Set(Selection.list());
      document.body.append(frame); document.body.classList.add("drawing");
    }
    if (event.clientY > innerHeight - 40) scrollBy(0, 16); else if (event.clientY < 40) scrollBy(0, -16);
    draw(event.clientX + scrollX, event.clientY + scrollY);
  });
  const drop = (event) => {
    start = null;
    if (!before) return;
    before = null;
    frame.remove();
    document.body.classList.remove("drawing");
    getSelection().removeAllRanges();
    announce(`${Selection.size()} selected`);
    if (event.type === "pointerup") { // the click at its end is none
      const swallow = (click) => { click.stopPropagation(); click.preventDefault(); };
      addEventListener("click", swallow, { capture: true, once: true });
      setTimeout(() => removeEventListener("click", swallow, { capture: true }), 50);
    }
  };
  document.addEventListener("pointerup", drop);
  document.addEventListener("pointercancel", drop);
  gallery.addEventListener("dragstart", (event) => { if (start) event.preventDefault(); });
})();
