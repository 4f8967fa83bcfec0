// Finding takes: tabs, search, filters and order change the address and what is shown, back and forward too.
"use strict";

(() => {
  const form = document.getElementById("filters");
  const NAMES = ["q", "type", "status", "resolution", "aspect_ratio", "seconds", "favorite", "rating", "tag", "collection", "kept", "since", "until", "sort"];
  const atHome = () => location.pathname === HOME; // there, `type` picks the composer's mode; the gallery's is `kind`

  // What popovers have in common: one is open at a time, and a click elsewhere or Escape closes it. ----------------
  const close = (besides) => {
    for (const pop of document.querySelectorAll("details.pop[open]")) if (pop !== besides && !pop.contains(besides)) pop.open = false;
  };
  document.addEventListener("click", (event) => close(event.target));
  document.addEventListener("keydown", (event) => {
    const pop = event.key === "Escape" && document.querySelector("details.pop[open]");
    if (!pop) return;
    const inside = pop.contains(document.activeElement);
    pop.open = false;
    if (inside) pop.querySelector("summary").focus();
  });
  document.addEventListener("toggle", (event) => {
    if (!event.target.open) return;
    if (event.target.id === "filter") htmx.trigger("#filter-names", "look-at-names");
    if (event.target.id === "jobs") htmx.trigger("#job-list", "look-at-jobs");
  }, true);
  // A closed panel asks for nothing.
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.elt.id === "job-list" && !document.getElementById("jobs").open) event.preventDefault();
  });
  // A row of the panel leads to its card, where that is on the page.
  document.addEventListener("click", (event) => {
    const card = document.getElementById(event.target.closest("[data-goes]")?.dataset.goes);
    if (!card) return;
    event.preventDefault();
    close();
    card.scrollIntoView({ block: "center" });
    card.querySelector("a[href], button")?.focus({ preventScroll: true });
  });

  if (!form || !document.getElementById("takes")) return;

  // The address ----------------------------------------------------------------------------------------------------
  const used = (pairs) => { // in one order, so that equal filters have equal addresses
    const given = new URLSearchParams([...pairs]);
    return new URLSearchParams(NAMES.map((name) => [name, given.get(name)]).filter(([, value]) => value));
  };
  const here = () => used([...new URLSearchParams(location.search)]
    .filter(([name]) => !(atHome() && name === "type")).map(([name, value]) => [atHome() && name === "kind" ? "type" : name, value]));
  const address = (wanted) => {
    const query = new URLSearchParams(wanted);
    if (atHome()) {
      if (query.has("type")) query.set("kind", query.get("type"));
      query.delete("type");
      const mode = new URLSearchParams(location.search).get("type");
      if (mode) query.set("type", mode);
    }
    return location.pathname + (query.size ? `?${query}` : "");
  };
  let shown = String(here());

  const load = (wanted, step) => {
    if (String(wanted) === shown && step) return;
    shown = String(wanted);
    if (step) Layers.step(step, history.state, address(wanted));
    fill(wanted);
    const query = shown ? `?${shown}` : "";
    htmx.ajax("GET", form.getAttribute("action") + query, { source: "#results", target: "#results", swap: "innerHTML show:none" }).then(tell, () => {}); // or other takes were asked for meanwhile
  };
  // What was asked for here may not fit the filters: then all takes are shown.
  document.addEventListener("show-new", (event) => {
    if (event.detail) load(new URLSearchParams(), "pushState");
    else load(here());
  });
  document.addEventListener("takes-missed", () => load(here())); // so many came that there may be more
  const tell = () => {
    document.dispatchEvent(new Event("takes-found"));
    const takes = document.querySelectorAll("#takes > .take").length;
    const more = document.getElementById("more") ? " and more" : "";
    announce(document.querySelector("#results #empty-title")?.textContent || `${takes} take${takes === 1 ? "" : "s"}${more}`);
    const results = document.getElementById("results");
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
    document.getElementById("filter-button").dataset.count = panel.length || "";
  };

  // While typing, one step of the history takes it all: back leads to what was before the search. -------------------
  let [typing, pause] = [false, 0];
  const ask = (step) => { clearTimeout(pause); load(used(new FormData(form)), step); };
  form.addEventListener("input", (event) => {
    if (event.target.id !== "search") return;
    clearTimeout(pause);
    pause = setTimeout(() => { ask(typing ? "replaceState" : "pushState"); typing = true; }, 250);
  });
  form.addEventListener("change", (event) => {
    if (event.target.id !== "search") return ask("pushState");
    ask(typing ? "replaceState" : "pushState");
    typing = false;
  });
  form.addEventListener("submit", (event) => { event.preventDefault(); ask(typing ? "replaceState" : "pushState"); close(); });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-filter]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const chip = link.classList.contains("chip") || link.id === "clear";
    if (document.activeElement.id === "search") document.activeElement.blur();
    load(used(new URL(link.href).searchParams), "pushState");
    if (chip) document.getElementById("search").focus({ preventScroll: true });
  });
  window.addEventListener("popstate", () => {
    if (new URLSearchParams(location.search).has("before")) return location.reload(); // a page from the middle
    if (String(here()) !== shown) { typing = false; load(here()); }
  });

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select, dialog, [contenteditable]")) return;
    if (event.key === "/") { event.preventDefault(); document.getElementById("search").focus(); }
    else if (event.key === "-" || event.key === "=" || event.key === "+") resize(event.key === "-" ? -1 : 1);
  });

  // Sizes ----------------------------------------------------------------------------------------------------------
  const SIZES = ["small", "medium", "large"];
  const sizes = document.querySelector(".sizes");
  const size = () => document.getElementById("takes").dataset.size;
  const mark = () => { for (const each of SIZES) document.getElementById(`size-${each}`).setAttribute("aria-pressed", String(each === size())); };
  const set = (name) => {
    const middle = [...document.querySelectorAll(".take")].find((take) => take.getBoundingClientRect().bottom > 0);
    const before = middle?.getBoundingClientRect().top;
    document.getElementById("takes").dataset.size = name;
    remember("size", name);
    mark();
    announce(`${name} pictures`);
    if (scrollY) scrollBy({ top: middle.getBoundingClientRect().top - before, behavior: "instant" }); // the same take stays in sight
  };
  const resize = (by) => set(SIZES[Math.min(2, Math.max(0, SIZES.indexOf(size()) + by))]);
  sizes.hidden = false;
  mark();
  sizes.addEventListener("click", (event) => { const button = event.target.closest("button"); if (button) set(button.id.slice(5)); });
  document.getElementById("filter-show").hidden = true;
  // The page's poll speaks of the same takes.
  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.elt.id === "poller") for (const [name, value] of here()) event.detail.parameters[name] = value;
  });
})();
