// The gallery: hearing what changed, and running clocks. What plays is never disturbed.
"use strict";

(() => {
  const poller = () => document.getElementById("poller");
  const live = () => document.querySelectorAll(".take[data-live]");
  const title = document.title;
  let asked = 0;
  let once = true; // ask once after loading, whatever is on the page

  // Polling: only while something may still change; slowly while nobody looks. ------------------------------------
  const unfinished = () => document.querySelectorAll('.take:is([data-live], [data-status="queued"], [data-status="unconfirmed"], :has([data-left]))');
  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.elt !== poller()) return;
    const parameters = event.detail.parameters;
    for (const name of Object.keys(parameters)) delete parameters[name];
    const seen = [...unfinished()].map((take) => `${take.id.slice(11)}:${take.dataset.revision}`);
    if (seen.length) parameters.seen = seen;
    if (!("onlyThese" in poller().dataset)) {
      const ids = [...document.querySelectorAll(".take")].map((take) => Number(take.id.slice(11)));
      if (isFiltered()) Object.assign(parameters, { known: takes().dataset.known, told });
      else parameters.newest = Math.max(0, ...ids);
    }
    parameters.notice = document.getElementById("notice").dataset.revision;
  });
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.elt !== poller()) return;
    const idle = !once && live().length === 0;
    const pause = document.hidden ? 30000 : 0;
    if (idle || (!once && Date.now() - asked < pause)) { event.preventDefault(); return; }
    asked = Date.now();
    once = false;
  });
  const look = () => { once = true; if (poller()) htmx.trigger(document.body, "look"); };
  window.addEventListener("pageshow", look);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    document.title = title;
    ready = 0;
    look();
  });

  // What arrives: a video that is there stays, a card that is there is not inserted twice. -----------------------
  let ready = 0;
  document.addEventListener("htmx:oobBeforeSwap", (event) => {
    const { target, fragment } = event.detail;
    if (target.id === "takes") return insert(fragment);
    if (!target.classList.contains("take")) return;
    const card = fragment.querySelector(".take");
    if (!card) return;
    tell(target, card);
    const [video, next] = [target.querySelector("video"), card.querySelector("video")];
    if (!video || !next || video.error) return; // a video keeps its source, kept meanwhile or not; a broken one has none
    event.detail.shouldSwap = false;
    const focused = target.contains(document.activeElement) && document.activeElement.id;
    target.querySelector(".facts").replaceWith(card.querySelector(".facts"));
    for (const name of ["data-status", "data-revision", "data-rating", "aria-label"]) target.setAttribute(name, card.getAttribute(name));
    for (const name of ["data-live", "data-favorite"]) target.toggleAttribute(name, card.hasAttribute(name));
    htmx.process(target.querySelector(".facts"));
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  });
  // New takes come in while the top of the grid is in sight. Else a button tells of them, and nothing moves.
  const takes = () => document.getElementById("takes");
  const isFiltered = () => "filtered" in (takes()?.dataset || {});
  let [told, own] = [0, 0]; // where takes are filtered: how many new ones fit, and how many were asked for here
  document.addEventListener("takes-new", (event) => { told = event.detail.value; offer(); });
  document.addEventListener("takes-found", () => { [told, own] = [0, 0]; offer(); });
  const insert = (fragment) => {
    for (const card of fragment.querySelectorAll(".take")) if (document.getElementById(card.id)) card.remove();
    const cards = [...fragment.querySelectorAll(".take")];
    if (isFiltered()) {
      own += cards.length;
      fresh = cards.map((card) => card.id);
      for (const one of fragment.querySelectorAll(".take, .day")) one.remove();
      return;
    }
    const later = cards.length > 0 && takes().getBoundingClientRect().top < 0;
    for (const day of fragment.querySelectorAll(".day")) {
      const shown = document.getElementById(day.id);
      if (later && shown && !("later" in shown.dataset)) day.remove(); else shown?.remove();
    }
    if (later) for (const one of fragment.querySelectorAll(".take, .day")) one.dataset.later = "";
    document.getElementById("empty")?.remove();
    fresh = cards.map((card) => card.id);
  };
  const offer = () => {
    const button = document.getElementById("fresh");
    const count = isFiltered() ? Math.max(told, own) : document.querySelectorAll(".take[data-later]").length;
    if (!button || button.hidden === !count && button.textContent === `${count} new`) return;
    if (count) { button.textContent = `${count} new`; announce(`${count} new take${count === 1 ? "" : "s"} at the top`); }
    button.hidden = !count;
  };
  const reveal = () => {
    for (const card of document.querySelectorAll(".take[data-later]")) {
      if (!card.nextElementSibling?.matches(".day:not([data-later])")) continue;
      let first = card; // the heading that stayed where it was goes above what is new below it
      while (first.previousElementSibling?.matches(".take[data-later]")) first = first.previousElementSibling;
      if (!first.previousElementSibling?.matches(".day")) first.before(card.nextElementSibling);
    }
    for (const one of takes().querySelectorAll("[data-later]")) one.removeAttribute("data-later");
    offer();
  };
  document.getElementById("fresh")?.addEventListener("click", () => {
    if (isFiltered()) { document.dispatchEvent(new CustomEvent("show-new", { detail: own > 0 })); return; }
    reveal();
    scrollTo({ top: 0, behavior: "instant" });
    document.querySelector("#takes > .take a")?.focus({ preventScroll: true });
  });
  // Where the gallery lies below the composer, what was just asked for comes into view.
  let fresh = [];
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.elt.id !== "composer-form" || !fresh.length) return;
    const card = document.getElementById(fresh[0]);
    announce(fresh.length > 1 ? `${fresh.length} takes asked for` : "Take asked for");
    document.dispatchEvent(new Event("takes-asked-for"));
    fresh = [];
    if (!card || !matchMedia("(max-width: 820px)").matches) return;
    reveal();
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    card.scrollIntoView({ block: "center", behavior: still ? "instant" : "smooth" });
  });
  const tell = (before, after) => {
    if (before.dataset.status === after.dataset.status) return;
    announce(after.getAttribute("aria-label"));
    if (after.dataset.status !== "succeeded") return;
    if (document.hidden) { ready += 1; document.title = `(${ready} ready) ${title}`; }
  };
  document.addEventListener("htmx:afterSettle", () => { clocks(); day(); offer(); });
  // The head of the page has the day's sums as they are now; so has the heading of today.
  const day = () => {
    const today = document.getElementById("today");
    const sums = today && document.querySelector(`#day-${today.dataset.day} .faint`);
    if (sums) sums.textContent = today.lastElementChild.textContent;
  };

  // Running clocks -----------------------------------------------------------------------------------------------
  const clocks = () => {
    for (const clock of document.querySelectorAll(".clock")) {
      const seconds = Math.max(0, Math.floor((Date.now() - Date.parse(clock.dataset.since)) / 1000));
      const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, String(seconds % 60).padStart(2, "0")];
      clock.textContent = hours ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
    }
  };
  const offers = () => { // to undo something: each stands for its time
    for (const offer of document.querySelectorAll("[data-left]")) if ((offer.dataset.left -= 1) < 0) offer.remove();
  };
  setInterval(clocks, 1000);
  setInterval(offers, 1000);

  clocks();
})();
