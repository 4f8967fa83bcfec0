// Videos on cards: hovering plays them, a thin bar shows the time, and moving along it scrubs.
import { $, read, reducedMotion, write } from "../page.js";

const videoOf = (take) => take?.querySelector("video");
let loud = read("localStorage", "dailies-sound") === "on";

const play = (take) => {
  const video = videoOf(take);
  video.muted = !loud;
  video.play().catch(() => { video.muted = true; video.play().catch(() => {}); });
};
export const toggle = (take) => {
  const video = videoOf(take);
  if (video.paused) play(take);
  else video.pause();
};

// Other shapes stand over a blurred copy of themselves; a link has no poster, so its first frame is drawn.
const backdrop = (video) => {
  const canvas = video.parentElement.querySelector("canvas");
  if (!canvas || video.videoWidth / video.videoHeight > 1.7) return;
  const draw = () => canvas.getContext("2d").drawImage(video, 0, 0, canvas.width, canvas.height);
  if (video.requestVideoFrameCallback) video.requestVideoFrameCallback(draw);
  draw();
};

// The time bar: one for the page, on whatever plays. ------------------------------------------------------------
const bar = Object.assign(document.createElement("div"), { className: "timebar", ariaHidden: "true" });
const tick = () => {
  const video = bar.parentElement?.querySelector("video");
  if (!video || !bar.isConnected) return;
  bar.style.setProperty("--at", video.duration ? video.currentTime / video.duration : 0);
  if (!video.paused || scrubbed === video) requestAnimationFrame(tick);
};
let scrubbed = null; // the video whose time follows the pointer
const scrub = (event, take) => {
  const video = videoOf(take);
  const box = video.getBoundingClientRect();
  const near = event.clientY > box.bottom - 20 && event.clientY <= box.bottom && video.duration > 0;
  if (near) {
    if (scrubbed !== video) { scrubbed = video; video.pause(); tick(); }
    video.currentTime = Math.min(0.999, Math.max(0, (event.clientX - box.left) / box.width)) * video.duration;
  } else if (scrubbed) release();
};
const release = () => {
  const video = scrubbed;
  scrubbed = null;
  if (video && current && videoOf(current) === video && !reducedMotion.matches) play(current);
};

const prepare = () => {
  for (const video of document.querySelectorAll(".take video:not([data-ready])")) {
    video.dataset.ready = "";
    const take = video.closest(".take");
    video.addEventListener("play", () => { take.dataset.playing = ""; video.after(bar); tick(); });
    video.addEventListener("pause", () => { delete take.dataset.playing; });
    video.addEventListener("loadeddata", () => backdrop(video));
    const fail = () => video.parentElement.querySelector(".broken")?.removeAttribute("hidden");
    video.addEventListener("error", fail);
    if (video.error) fail(); // it may have failed before anybody listened
    if (video.readyState > 1) backdrop(video);
    if (video.closest(".detail")) video.controls = true;
  }
};

// Listened to at the document, so that a take that becomes ready under the pointer plays too. ----------------------
const pointed = (event, node) => {
  if (event.pointerType !== "mouse" || !(node instanceof Element) || !node.closest(".media, .actions")) return null;
  const take = node.closest(".take");
  return take?.querySelector("video:not([controls])") ? take : null;
};
let [current, x, y] = [null, -1, -1];
const point = (take) => {
  if (current === take) return;
  if (current) { scrubbed = null; videoOf(current)?.pause(); }
  current = take;
  if (take && !reducedMotion.matches && !document.querySelector("dialog[open]")) play(take);
  else if (take) take.querySelector("video").after(bar);
};
// New cards may push the others along under a resting pointer: the video goes on.
const rests = (event) => event.clientX === x && event.clientY === y;
document.addEventListener("pointerover", (event) => {
  const take = pointed(event, event.target);
  if (take && !(rests(event) && current?.isConnected)) point(take);
});
document.addEventListener("pointermove", (event) => {
  if (!rests(event)) point(pointed(event, event.target));
  if (current && event.target.closest(".media")) scrub(event, current);
  else if (scrubbed) release();
  [x, y] = [event.clientX, event.clientY];
});
document.documentElement.addEventListener("pointerleave", () => point(null));

const sound = $("sound");
if (sound) {
  const label = () => {
    sound.textContent = loud ? "Sound on" : "Sound off";
    sound.setAttribute("aria-pressed", loud);
  };
  sound.hidden = false;
  label();
  sound.addEventListener("click", () => {
    loud = !loud;
    write("localStorage", "dailies-sound", loud ? "on" : "off");
    for (const video of document.querySelectorAll(".take video")) video.muted = !loud;
    label();
  });
}

document.addEventListener("htmx:afterSettle", prepare);
prepare();
export const pauseAll = () => {
  for (const video of document.querySelectorAll(".take video")) if (!video.controls) video.pause();
};
