// Comparing: two to four takes side by side, in sync. "Keep" rates one and leads back to where you came from.
import { Player, isTaken } from "../media/player.js";
import { $, read, reducedMotion, write } from "../page.js";

const form = $("compare-form");
const videos = [...form.querySelectorAll("video")];
const rates = videos.map((video) => Number(video.dataset.frameRate) || 24);
const player = new Player(form);
for (const video of videos) video.controls = false;
form.querySelector(".controls").hidden = videos.length === 0;
player.take(videos, 1 / Math.max(...rates, 1));

// All begin together, when each has its first picture.
const ready = (video) => video.readyState > 1 || video.error;
const begin = () => {
  if (!videos.every(ready)) return;
  player.settle();
  if (!reducedMotion.matches) player.play();
};
for (const video of videos) {
  video.addEventListener("loadeddata", begin, { once: true });
  video.addEventListener("error", begin, { once: true });
  video.addEventListener("click", () => player.toggle());
}
begin();

form.addEventListener("submit", (event) => {
  const place = read("sessionStorage", "dailies-place") || {};
  form.elements.next.value = place.address || "";
  write("sessionStorage", "dailies-place", { ...place, left: `generation-${event.submitter?.value}`, wanted: true });
  write("sessionStorage", "dailies-selection", []);
});
document.addEventListener("keydown", (event) => {
  if (isTaken(event)) return;
  const keep = form.querySelectorAll('button[name="keep"]')[Number(event.key) - 1];
  const acts = {
    ArrowLeft: () => player.seek(player.time - 1),
    ArrowRight: () => player.seek(player.time + 1),
    Escape: () => $("back").click(),
  };
  if (keep) form.requestSubmit(keep);
  else if (acts[event.key]) acts[event.key]();
  else if (!player.key(event.key.length === 1 ? event.key.toLowerCase() : event.key)) return;
  event.preventDefault();
});
