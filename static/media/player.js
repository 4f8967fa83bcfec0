// Play, pause, seek, step, speed, loop and sound for one video, or for several in sync.
import { announce, isTyping, read, write } from "../page.js";

const SPEEDS = [0.25, 0.5, 0.75, 1, 1.25, 1.5, 2];

export class Player {
  // `root` holds the controls (_transport.html).
  constructor(root) {
    this.root = root;
    this.videos = [];
    this.frame = 1 / 24;
    this.speed = 1;
    this.loop = true;
    this.volume = 1;
    this.muted = read("localStorage", "dailies-sound") !== "on";
    Object.assign(this, read("localStorage", "dailies-player"));
    this.part = (name) => root.querySelector(`[data-part="${name}"]`);
    const acts = { play: "toggle", back: "back", forward: "forward", loop: "toggleLoop", mute: "toggleMute" };
    for (const [name, act] of Object.entries(acts)) this.part(name)?.addEventListener("click", () => this[act]());
    this.part("seek").addEventListener("input", (event) => this.seek(Number(event.target.value)));
    this.part("speed").addEventListener("change", (event) => this.setSpeed(Number(event.target.value)));
    this.part("volume").addEventListener("input", (event) => {
      this.volume = Number(event.target.value);
      this.muted = this.volume === 0;
      this.settle();
    });
    this.settle();
  }

  // The longest: the others follow it.
  get master() {
    const longer = (one, other) => ((other.duration || 0) > (one.duration || 0) ? other : one);
    return this.videos.reduce(longer, this.videos[0]);
  }
  get length() {
    const seconds = this.master?.duration;
    return Number.isFinite(seconds) ? seconds : 0;
  }
  get time() { return this.master?.currentTime || 0; }
  get playing() { return Boolean(this.master && !this.master.paused && !this.master.ended); }

  // Plays these videos from now on.
  take(videos, frame = 1 / 24) {
    for (const old of this.videos) if (!videos.includes(old)) old.pause();
    this.videos = videos;
    this.frame = frame;
    for (const video of videos) {
      if (video.dataset.driven) continue;
      video.dataset.driven = "1";
      for (const name of ["play", "pause", "seeked", "loadedmetadata", "timeupdate"]) {
        video.addEventListener(name, () => this.show());
      }
      video.addEventListener("play", () => this.follow());
      video.addEventListener("ended", () => {
        if (video !== this.master || !this.loop) return;
        this.seek(0);
        this.play();
      });
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
    this.seek(Math.max(0, now + frames) * this.frame + 0.001); // inside the frame: rounding may show its neighbour
  }
  back() { this.step(-1); }
  forward() { this.step(1); }
  setSpeed(speed) { this.speed = speed; this.settle(); announce(`Speed ${speed}`); }
  faster(by) {
    const at = SPEEDS.indexOf(this.speed);
    this.setSpeed(SPEEDS[Math.min(SPEEDS.length - 1, Math.max(0, at + by))]);
  }
  toggleLoop() { this.loop = !this.loop; this.settle(); announce(this.loop ? "Loop on" : "Loop off"); }
  toggleMute() {
    this.muted = !this.muted;
    if (!this.muted && !this.volume) this.volume = 0.5;
    this.settle();
    announce(this.muted ? "Sound off" : "Sound on");
  }

  // Applies the settings to videos and controls, and remembers them.
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
    const { speed, loop, volume, muted } = this;
    write("localStorage", "dailies-player", { speed, loop, volume, muted });
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

  // On each frame: shows the time, and brings the others back in step with the longest.
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
    const slower = Math.abs(ahead) > 0.02 ? Math.min(0.15, Math.max(-0.15, ahead)) : 0;
    video.playbackRate = this.speed * (1 - slower);
    if (video.paused) video.play().catch(() => {});
  }

  // Whether it knows this key.
  key(key) {
    const acts = {
      " ": () => this.toggle(),
      ",": () => this.back(),
      ".": () => this.forward(),
      l: () => this.toggleLoop(),
      m: () => this.toggleMute(),
      "[": () => this.faster(-1),
      "]": () => this.faster(1),
      ArrowDown: () => this.faster(-1),
      ArrowUp: () => this.faster(1),
    };
    acts[key]?.();
    return key in acts;
  }
}

const clock = (seconds) => {
  const tenths = Math.floor((seconds % 60) * 10) / 10;
  return `${Math.floor(seconds / 60)}:${tenths.toFixed(1).padStart(4, "0")}`;
};
// A key that a control in focus needs for itself. A button has its space only where the keyboard brought the focus.
export const isTaken = (event) => {
  const node = event.target;
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(node)) return true;
  if (node.matches('input[type="range"]') && event.key.startsWith("Arrow")) return true;
  return " " === event.key && node.matches("button, summary, a, input") && node.matches(":focus-visible");
};
