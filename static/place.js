// Coming back from a take's page leads to where one was: the same takes, at the same height.
"use strict";

(() => {
  const KEY = "dailies-place";
  const read = () => { try { return JSON.parse(sessionStorage.getItem(KEY)) || {}; } catch { return {}; } };
  const write = (place) => { try { sessionStorage.setItem(KEY, JSON.stringify(place)); } catch { /* private windows may refuse */ } };
  const address = () => location.pathname + location.search;
  const grid = document.querySelector("#results #takes");

  // A page outside the gallery: its way back knows from where one came.
  if (!grid) {
    const moment = document.getElementById("frame-this");
    if (moment) {
      moment.hidden = false;
      moment.addEventListener("click", () => { moment.value = document.querySelector(".detail video").currentTime.toFixed(3); });
    }
    document.addEventListener("htmx:afterRequest", (event) => {
      if (event.detail.elt.id === "judge-collect" && event.detail.successful) htmx.trigger("#judge-shelves", "collected");
      if (event.detail.elt.closest(".judging form") && event.detail.successful) announce("Saved");
    });
    const back = document.getElementById("back");
    const place = read();
    if (!back || !place.address) return;
    back.href = place.address;
    back.addEventListener("click", () => write({ ...place, wanted: true }));
    return;
  }

  window.addEventListener("pagehide", () => {
    const seen = [...document.querySelectorAll("#takes > .take")];
    const first = scrollY > 0 && seen.find((take) => take.getBoundingClientRect().bottom > 0);
    const left = document.activeElement?.closest(".take");
    write({ address: address(), card: first?.id, top: first && first.getBoundingClientRect().top, count: seen.length, left: left?.id });
  });

  const restore = async (place) => {
    history.scrollRestoration = "manual";
    const count = () => document.querySelectorAll("#takes > .take").length;
    for (let more; !document.getElementById(place.card) && count() < place.count && (more = document.getElementById("more"));) {
      const before = count();
      const answered = new Promise((done) => { document.addEventListener("htmx:afterRequest", done, { once: true }); });
      // The page may be on its way already, since the end of the grid was in sight. Then that one is waited for.
      if (!more.matches(".htmx-request")) htmx.ajax("GET", more.getAttribute("hx-get"), { source: more, target: more, swap: "outerHTML" }).catch(() => {});
      await answered;
      if (count() === before && !document.querySelector("#more.htmx-request")) break;
    }
    const card = document.getElementById(place.card);
    if (card) scrollBy({ top: card.getBoundingClientRect().top - place.top, behavior: "instant" });
    document.getElementById(`${place.left}-open`)?.focus({ preventScroll: true });
    history.scrollRestoration = "auto";
  };
  const place = read();
  const came = performance.getEntriesByType("navigation")[0]?.type;
  if (place.card && place.address === address() && (place.wanted || came === "back_forward" || came === "reload")) {
    document.addEventListener("DOMContentLoaded", () => restore(place));
  }
})();
