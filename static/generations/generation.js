// A take's own page.
import { events } from "../events.js";
import { $, announce } from "../page.js";

// The frame that the video shows just now, for another take.
const moment = $("frame-this");
if (moment) {
  moment.hidden = false;
  moment.addEventListener("click", () => {
    moment.value = document.querySelector(".detail video").currentTime.toFixed(3);
  });
}
document.addEventListener("htmx:afterRequest", ({ detail: { elt, successful } }) => {
  if (!successful) return;
  if (elt.id === "review-collect") htmx.trigger("#review-collections", events.collected);
  if (elt.closest(".reviewing form")) announce("Saved");
});
