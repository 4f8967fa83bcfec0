// Two to four takes side by side, in step; the one that is kept is rated, and one is back where one was.
"use strict";

(() => {
  const form = document.getElementById("compare-form");
  if (!form) return;
  const videos = [...form.querySelectorAll("video")];
  const rates = videos.map((video) => Number(video.dataset.frameRate) || 24);
  const transport = new Transport(form);
  for (const video of videos) video.controls = false;
  form.querySelector(".controls").hidden = videos.length === 0;
  transport.take(videos, 1 / Math.max(...rates, 1));

  // All begin together, when each has its first picture.
  const ready = (video) => video.readyState > 1 || video.error;
  const begin = () => { if (videos.every(ready)) { transport.settle(); if (!matchMedia("(prefers-reduced-motion: reduce)").matches) transport.play(); } };
  for (const video of videos) {
    video.addEventListener("loadeddata", begin, { once: true });
    video.addEventListener("error", begin, { once: true });
    video.addEventListener("click", () => transport.toggle());
  }
  if (videos.every(ready)) begin();

  form.addEventListener("submit", (event) => {
    try {
      const place = JSON.parse(sessionStorage.getItem("dailies-place")) || {};
      form.elements.next.value = place.address || "";
      sessionStorage.setItem("dailies-place", JSON.stringify({ ...place, left: `generation-${event.submitter?.value}`, wanted: true }));
      sessionStorage.removeItem("dailies-selection");
    } catch { /* private windows may refuse: the studio then shows the kept one */ }
  });
  document.addEventListener("keydown", (event) => {
    if (isTaken(event)) return;
    const keep = form.querySelectorAll('button[name="keep"]')[Number(event.key) - 1];
    const acts = { ArrowLeft: () => transport.seek(transport.time - 1), ArrowRight: () => transport.seek(transport.time + 1), Escape: () => document.getElementById("back").click() };
    if (keep) form.requestSubmit(keep);
    else if (acts[event.key]) acts[event.key]();
    else if (!transport.key(event.key.length === 1 ? event.key.toLowerCase() : event.key)) return;
    event.preventDefault();
  });
})();
