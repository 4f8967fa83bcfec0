// Play, pause, seek, step, speed, loop and sound for one video, or for several that keep step with each other.
"use strict";

const SPEEDS = [0.25, 0.5, 0.75, 1, 1.25, 1.5, 2];

class Transport {
  // `root` holds the controls (_transport.html); `onSpeak` says aloud what a key did.
  constructor(root) {
    this.root = root;
    this.videos = [];
    this.frame = 1 / 24;
    this.speed = 1;
    this.loop = true;
    this.volume = 1;
    this.muted = !Sound.on;
    try { Object.assign(this, JSON.parse(localStorage.getItem("dailies-player"))); } catch { /* nothing remembered */ }
    this.part = (name) => root.querySelector(`[data-part="${name}"]`);
    for (const [name, act] of [["play", "toggle"], ["back", "back"], ["forward", "forward"], ["loop", "turnLoop"], ["mute", "turnMute"]]) {
      this.part(name)?.addEventListener("click", () => this[act]());
    }
    this.part("seek").addEventListener("input", (event) => this.seek(Number(event.target.value)));
    this.part("speed").addEventListener("change", (event) => this.setSpeed(Number(event.target.value)));
    this.part("volume").addEventListener("input", (event) => { this.volume = Number(event.target.value); this.muted = this.volume === 0; this.settle(); });
    this.settle();
  }

  get master() { return this.videos.reduce((long, one) => ((one.duration || 0) > (long.duration || 0) ? one : long), this.videos[0]); }
  get length() { const seconds = this.master?.duration; return Number.isFinite(seconds) ? seconds : 0; }
  get time() { return this.master?.currentTime || 0; }
  get playing() { return Boolean(this.master && !this.master.paused && !this.master.ended); }

  // Which videos; those of before fall silent.
  take(videos, frame = 1 / 24) {
    for (const old of this.videos) if (!videos.includes(old)) old.pause();
    this.videos = videos;
    this.frame = frame;
    for (const video of videos) {
      if (video.dataset.driven) continue;
      video.dataset.driven = "1";
      for (const name of ["play", "pause", "seeked", "loadedmetadata", "timeupdate"]) video.addEventListener(name, () => this.show());
      video.addEventListener("play", () => this.follow());
      video.addEventListener("ended", () => { if (video === this.master && this.loop) { this.seek(0); this.play(); } });
    }
    this.settle();
  }

  play() {
    if (this.length && this.time > this.length - 0.05) this.seek(0);
    for (const video of this.videos) {
      if (this.ended(video)) continue;
      video.play().catch((error) => { // a browser may refuse sound before the first click
        if (error.name !== "NotAllowedError") return;
        video.muted = true;
        video.play().catch(() => {});
      });
    }
  }
  pause() { for (const video of this.videos) video.pause(); this.align(); }
  toggle() { if (this.playing) this.pause(); else this.play(); }
  seek(seconds) {
    const to = Math.min(Math.max(0, seconds), Math.max(0, this.length - 0.001));
    for (const video of this.videos) video.currentTime = Math.min(to, video.duration || to);
    this.show();
  }
  ended(video) { return video !== this.master && video.duration && this.time > video.duration - 0.03; }
  align() { if (this.videos.length > 1) this.seek(this.time); }

  step(frames) {
    this.pause();
    const now = Math.floor(this.time / this.frame + 0.02);
    this.seek(Math.max(0, now + frames) * this.frame + 0.001); // just inside the frame, so that no rounding shows its neighbour
  }
  back() { this.step(-1); }
  forward() { this.step(1); }
  setSpeed(speed) { this.speed = speed; this.settle(); announce(`Speed ${speed}`); }
  faster(by) {
    const at = SPEEDS.indexOf(this.speed);
    this.setSpeed(SPEEDS[Math.min(SPEEDS.length - 1, Math.max(0, at + by))]);
  }
  turnLoop() { this.loop = !this.loop; this.settle(); announce(this.loop ? "Loop on" : "Loop off"); }
  turnMute() {
    this.muted = !this.muted;
    if (!this.muted && !this.volume) this.volume = 0.5;
    this.settle();
    announce(this.muted ? "Sound off" : "Sound on");
  }

  // Settings onto videos and controls, and remembered.
  settle() {
    this.videos.forEach((video, place) => {
      video.playbackRate = this.speed;
      video.loop = this.loop && this.videos.length === 1;
      video.volume = this.volume;
      video.muted = this.muted || place > 0; // of several, the first is heard
    });
    this.part("speed").value = String(this.speed);
    this.part("volume").value = String(this.muted ? 0 : this.volume);
    this.part("volume").style.setProperty("--at", this.muted ? 0 : this.volume);
    this.part("loop").setAttribute("aria-pressed", String(this.loop));
    this.part("mute").setAttribute("aria-pressed", String(this.muted));
    const kept = JSON.stringify({ speed: this.speed, loop: this.loop, volume: this.volume, muted: this.muted });
    try { localStorage.setItem("dailies-player", kept); } catch { /* private windows may refuse */ }
    this.show();
  }
  show() {
    const [seek, play] = [this.part("seek"), this.part("play")];
    seek.max = this.length || 1;
    if (document.activeElement !== seek || this.playing) seek.value = this.time;
    seek.style.setProperty("--at", this.length ? this.time / this.length : 0);
    seek.setAttribute("aria-valuetext", `${this.time.toFixed(1)} of ${this.length.toFixed(1)} seconds`);
    this.part("time").textContent = `${clock(this.time)} / ${clock(this.length)}`;
    play.classList.toggle("pausing", this.playing);
    play.setAttribute("aria-label", this.playing ? "Pause" : "Play");
  }

  // Once per picture: the time on the bar, and whoever runs ahead or falls behind the longest is brought back to it.
  follow() {
    if (this.following) return;
    this.following = true;
    const next = () => {
      if (!this.playing) { this.following = false; this.show(); return; }
      for (const video of this.videos) if (video !== this.master) this.keepStep(video);
      this.show();
      requestAnimationFrame(next);
    };
    requestAnimationFrame(next);
  }
  keepStep(video) {
    if (this.ended(video)) { if (!video.paused) video.pause(); return; }
    const ahead = video.currentTime - this.time;
    if (Math.abs(ahead) > 0.2) video.currentTime = this.time;
    video.playbackRate = Math.abs(ahead) > 0.02 ? this.speed * (1 - Math.min(0.15, Math.max(-0.15, ahead))) : this.speed;
    if (video.paused) video.play().catch(() => {});
  }

  // The keys that both rooms share; whether this was one of them.
  key(key) {
    const acts = {
      " ": () => this.toggle(), ",": () => this.back(), ".": () => this.forward(), l: () => this.turnLoop(), m: () => this.turnMute(),
      "[": () => this.faster(-1), "]": () => this.faster(1), ArrowDown: () => this.faster(-1), ArrowUp: () => this.faster(1),
    };
    acts[key]?.();
    return key in acts;
  }
}

const clock = (seconds) => `${Math.floor(seconds / 60)}:${(Math.floor((seconds % 60) * 10) / 10).toFixed(1).padStart(4, "0")}`;
// A key that a control in focus needs for itself. A button has its space only where the keyboard brought the focus there.
const isTaken = (event) => {
  const node = event.target;
  if (event.ctrlKey || event.metaKey || event.altKey || Takes.isTyping(node)) return true;
  if (node.matches('input[type="range"]') && event.key.startsWith("Arrow")) return true;
  return " " === event.key && node.matches("button, summary, a, input") && node.matches(":focus-visible");
};

// Comparing: two to four takes side by side, in step; the one that is kept is rated, and one is back where one was.
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
