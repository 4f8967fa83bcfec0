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
    write({ address: address(), card: first?.id, top: first && first.getBoundingClientRect().top, y: scrollY, count: seen.length, left: left?.id });
  });

  // The card stands where it stood. It may need takes below it for that; where it is gone, as many as there were and more.
  const count = () => document.querySelectorAll("#takes > .take").length;
  const isBack = (place) => {
    const card = document.getElementById(place.card);
    if (!card) return count() > place.count;
    const away = () => card.getBoundingClientRect().top - place.top;
    scrollBy({ top: away(), behavior: "instant" });
    return Math.abs(away()) < 1;
  };
  const answered = (more) => new Promise((done) => {
    document.addEventListener("htmx:afterRequest", function heard({ detail }) {
      if (detail.requestConfig.elt !== more) return;
      document.removeEventListener("htmx:afterRequest", heard);
      done(detail.successful);
    });
  });
  const restore = async (place) => {
    history.scrollRestoration = "manual"; // browsers scroll by the page's height, and as late as it is loaded
    window.addEventListener("load", () => setTimeout(() => { history.scrollRestoration = "auto"; }), { once: true });
    for (let more; !isBack(place) && (more = document.getElementById("more"));) {
      const page = answered(more);
      // Dropped where the end of the grid came into sight and asked already: then that page is waited for.
      htmx.ajax("GET", more.getAttribute("hx-get"), { source: more, target: more, swap: "outerHTML" }).catch(() => {});
      if (!(await page)) return;
    }
    if (!document.getElementById(place.card)) scrollTo({ top: place.y, behavior: "instant" });
    document.getElementById(`${place.left}-open`)?.focus({ preventScroll: true });
  };
  const place = read();
  const came = performance.getEntriesByType("navigation")[0]?.type;
  if (place.card && place.address === address() && (place.wanted || came === "back_forward" || came === "reload")) {
    document.addEventListener("DOMContentLoaded", () => restore(place));
  }
})();
