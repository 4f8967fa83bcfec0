// Coming back from a take's page leads to where one was: the same takes, at the same height.
import { load } from "../api.js";
import { $, read, write } from "../page.js";

const KEY = "dailies-place";
const SESSION = "sessionStorage";
const place = read(SESSION, KEY) || {};
const address = () => location.pathname + location.search;
const cards = () => [...document.querySelectorAll("#takes > .take")];

// The card stands where it stood. It may need takes below it for that; where it is gone, as many as there were and
// more.
const isBack = () => {
  const card = $(place.card);
  if (!card) return cards().length > place.count;
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
const restore = async () => {
  history.scrollRestoration = "manual"; // browsers scroll by the page's height, and as late as it is loaded
  window.addEventListener("load", () => setTimeout(() => { history.scrollRestoration = "auto"; }), { once: true });
  for (let more; !isBack() && (more = $("more"));) {
    const page = answered(more);
    // Dropped where the end of the grid came into sight and asked already: then that page is waited for.
    load(more.getAttribute("hx-get"), { source: more, target: more, swap: "outerHTML" });
    if (!(await page)) return;
  }
  if (!$(place.card)) scrollTo({ top: place.y, behavior: "instant" });
  $(`${place.left}-open`)?.focus({ preventScroll: true });
};

if (document.querySelector("#results #takes")) {
  window.addEventListener("pagehide", () => {
    const first = scrollY > 0 && cards().find((take) => take.getBoundingClientRect().bottom > 0);
    write(SESSION, KEY, {
      address: address(),
      card: first?.id,
      top: first && first.getBoundingClientRect().top,
      y: scrollY,
      count: cards().length,
      left: document.activeElement?.closest(".take")?.id,
    });
  });
  const came = performance.getEntriesByType("navigation")[0]?.type;
  if (place.card && place.address === address() && (place.wanted || came === "back_forward" || came === "reload")) {
    document.addEventListener("DOMContentLoaded", restore);
  }
} else if ($("back") && place.address) {
  // A page outside the gallery: its way back knows from where one came.
  $("back").href = place.address;
  $("back").addEventListener("click", () => write(SESSION, KEY, { ...place, wanted: true }));
}
