// Selecting many takes at once, by id: it outlives paging, polls and a look at something else.
"use strict";

const Selection = (() => {
  const KEY = "dailies-selection";
  const bar = document.getElementById("bar");
  const part = (name) => document.getElementById(`bar-${name}`);
  let all = false; // everything that matches the filter, on this page or not
  let ids = new Set();
  try { ids = new Set(JSON.parse(sessionStorage.getItem(KEY)) || []); } catch { /* nothing remembered */ }
  let anchor = 0; // where a range begins

  const has = (id) => all || ids.has(id);
  const size = () => (all ? Infinity : ids.size);
  const values = () => (all ? { all: "1", filter: location.search.slice(1) } : { ids: [...ids].join(",") });
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
    if (all) { all = false; ids = new Set(Takes.all().map(Takes.idOf)); } // one is left out: what is here, without it
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
  const clear = () => { all = false; ids.clear(); changed(); };

  // The bar: how many, how large, and what to do with them. ----------------------------------------------------------
  let asking = 0;
  const tell = () => {
    const count = size();
    const wasHidden = bar.hidden;
    bar.hidden = count === 0;
    if (wasHidden && count) { part("archive").replaceChildren(); for (const one of bar.querySelectorAll("details")) one.open = false; }
    part("words").textContent = all ? "All that match" : `${count} selected`;
    part("all").hidden = all;
    const fits = count >= 2 && count <= 4;
    part("compare").toggleAttribute("aria-disabled", !fits);
    if (fits) part("compare").href = `/compare/?ids=${[...ids].join(",")}`; else part("compare").removeAttribute("href");
    part("compare").title = fits ? "Compare side by side (c)" : "Select two to four to compare";
    for (const [name, value] of Object.entries({ ids: "", all: "", filter: "", ...values() })) part("export").elements[name].value = value;
    clearTimeout(asking);
    if (count) asking = setTimeout(sum, 200);
  };
  const sum = async () => {
    const asked = JSON.stringify(values());
    const headers = JSON.parse(document.body.getAttribute("hx-headers"));
    try {
      const answer = await fetch("/selection/summary/", { method: "POST", headers, body: new URLSearchParams(values()) });
      if (!answer.ok || asked !== JSON.stringify(values()) || !size()) return;
      part("words").textContent = new DOMParser().parseFromString(await answer.text(), "text/html").body.textContent.trim();
    } catch { /* how many is said already; how large comes with the next one */ }
  };
  const act = async (action, more = {}) => {
    const answer = await Takes.post("/selection/", { action, ...values(), ...shown(), ...more });
    const words = answer?.querySelector("#selection-said")?.textContent;
    if (words) Takes.toast(words);
    return answer;
  };
  const remove = () => {
    const gone = Takes.all().map(Takes.idOf).filter(has);
    const what = { action: "delete", ...values(), ...shown() };
    clear();
    Takes.remove(gone, "/selection/", what);
  };
  const zip = async () => {
    const answer = await Takes.post("/selection/", { action: "archive", ...values() });
    const archive = answer?.querySelector(".archive");
    if (!archive) { Takes.toast(answer?.querySelector("#selection-said")?.textContent || "Nothing to pack."); return; }
    part("archive").replaceChildren(document.importNode(archive, true));
    htmx.process(part("archive"));
  };
  const names = async () => { // of tags and collections that are there
    const text = await (await fetch("/filters/names/")).text();
    const known = new DOMParser().parseFromString(text, "text/html");
    const options = (all_) => [...all_].map((one) => Object.assign(document.createElement("option"), { value: one }));
    part("known-tags").replaceChildren(...options([...known.querySelectorAll("datalist option")].map((one) => one.value)));
    part("known-shelves").replaceChildren(...options([...known.querySelectorAll("select option[value]:not([value=''])")].map((one) => one.textContent)));
  };

  if (bar) {
    part("all").addEventListener("click", () => { all = true; changed(); announce("All that match are selected"); });
    part("clear").addEventListener("click", clear);
    part("favorite").addEventListener("click", () => act("favorite"));
    for (const star of bar.querySelectorAll("[data-rate]")) star.addEventListener("click", () => act("rate", { value: star.dataset.rate }));
    part("zip").addEventListener("click", zip);
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
    // The zip is saved as soon as it is packed.
    document.addEventListener("htmx:afterSwap", () => {
      const link = part("archive").querySelector("a[download]:not([data-saved])");
      if (link) { link.dataset.saved = ""; link.click(); announce("The zip is ready"); }
    });
  }

  // Ticks: one, or with Shift all between. ---------------------------------------------------------------------------
  document.addEventListener("click", (event) => {
    const box = event.target.closest(".pick input");
    if (box) {
      if (event.shiftKey) range(Number(box.value), box.checked); else toggle(Number(box.value), box.checked);
      return;
    }
    const media = event.target.closest("#takes .media");
    if (!media || event.target.closest("a, button:not(.play), label, form") || !(event.shiftKey || event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    const id = Takes.idOf(media.closest(".take"));
    if (event.shiftKey && anchor) range(id); else toggle(id);
  });
  document.addEventListener("htmx:afterSettle", mark);
  document.addEventListener("takes-returned", mark);
  document.addEventListener("takes-left", (event) => { for (const id of event.detail) ids.delete(id); changed(); });
  window.addEventListener("pageshow", () => changed());
  return { has, toggle, range, clear, set, size, list: () => [...ids], from: (id) => { anchor = id; } };
})();
