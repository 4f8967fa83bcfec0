// What a person says of a take: at once on the page, in order to the studio, and with a way back.
"use strict";

const Takes = (() => {
  const card = (id) => document.getElementById(`generation-${id}`);
  const idOf = (take) => Number(take.id.slice(11));
  const all = () => [...document.querySelectorAll("#takes > .take")];

  // One after the other, so that the last word wins; also where the page is left meanwhile. -------------------------
  let line = Promise.resolve();
  const waiting = new Map(); // by take: a newer word makes the answer to an older one stale
  const post = (url, values = {}, reloads = true) => {
    const of = url.replace(/\w+\/$/, "");
    const turn = (waiting.get(of) || 0) + 1;
    waiting.set(of, turn);
    line = line.then(() => send(url, values, reloads, () => waiting.get(of) === turn));
    return line;
  };
  const send = async (url, values, reloads, isLast) => {
    let problem;
    try {
      const headers = { ...JSON.parse(document.body.getAttribute("hx-headers")), "HX-Request": "true", "HX-Current-URL": location.href };
      const body = new URLSearchParams(values);
      const answer = await fetch(url, { method: "POST", headers, body, keepalive: body.toString().length < 60000 });
      const text = await answer.text();
      problem = answer.headers.get("X-Problem");
      if (!answer.ok) throw new Error(answer.status);
      if (reloads && answer.headers.get("HX-Refresh")) location.reload();
      const parts = new DOMParser().parseFromString(`<body><template>${text}</template>`, "text/html").querySelector("template").content;
      if (isLast()) show(parts);
      if (answer.headers.get("HX-Trigger")) htmx.trigger(document.body, answer.headers.get("HX-Trigger"));
      return parts;
    } catch {
      toast(problem || "That did not reach the studio. Is it still running? Reload the page and try again.");
      return null;
    }
  };

  // What an answer changes on the page. What has left it already needs no leaving, and the way back is the toast's.
  const show = (parts) => {
    const changes = document.createElement("div");
    for (const one of parts.querySelectorAll("[hx-swap-oob]")) if (one.id !== "undo" && document.getElementById(one.id)) changes.append(one.cloneNode(true));
    if (changes.childElementCount) htmx.swap(document.body, changes.innerHTML, { swapStyle: "none" }, { eventInfo: { elt: document.body, target: document.body } });
    const problem = parts.querySelector('.take [role="alert"]');
    if (problem) toast(problem.textContent);
  };

  // A line at the bottom, also above an open dialog, with one thing to press at most. -------------------------------
  const bread = Object.assign(document.createElement("div"), { id: "toast", hidden: true });
  let timer = 0;
  const toast = (words, label, act) => {
    const said = Object.assign(document.createElement("p"), { textContent: words });
    const button = Object.assign(document.createElement("button"), { type: "button", className: "outlined", id: "toast-act", textContent: label });
    button.addEventListener("click", () => { hush(); act(); });
    bread.replaceChildren(said, ...(label ? [button] : []));
    (document.querySelector("dialog[open]") || document.body).append(bread);
    bread.hidden = false;
    announce(label ? `${words} ${label}: press Z` : words);
    clearTimeout(timer);
    timer = setTimeout(hush, label ? 12000 : 6000);
  };
  const hush = () => { bread.hidden = true; };
  bread.addEventListener("pointerenter", () => clearTimeout(timer));
  bread.addEventListener("focusin", () => clearTimeout(timer));

  // Judging: the card shows it before the studio has heard of it. ---------------------------------------------------
  const url = (id, verb) => `${HOME}generations/${id}/${verb}/`;
  const put = (id, verb, value) => {
    const take = card(id);
    if (!take) return;
    if (verb === "rating") take.dataset.rating = value; else take.toggleAttribute("data-favorite", Boolean(value));
    document.getElementById(`${take.id}-favorite`)?.setAttribute("aria-pressed", String("favorite" in take.dataset));
    for (const star of take.querySelectorAll(".stars button")) star.setAttribute("aria-pressed", String(star.id.endsWith(`-${take.dataset.rating}`)));
  };
  const judge = async (id, verb, value, before, words) => {
    put(id, verb, value);
    announce(words);
    if (!(await post(url(id, verb), { value }))) put(id, verb, before);
  };
  const favorite = (id, liked = !("favorite" in card(id).dataset)) => judge(id, "favorite", Number(liked), Number(!liked), liked ? "Favourite" : "No favourite any more");
  const rate = (id, stars) => judge(id, "rating", stars, card(id)?.dataset.rating, stars ? `Rated ${stars} of 5` : "No rating");

  // Deleting: cards leave at once and come back to their places. -----------------------------------------------------
  const lift = (ids) => ids.map(card).filter(Boolean).map((take) => {
    const place = document.createComment("");
    Still.gap(take);
    take.replaceWith(place);
    return [take, place];
  });
  const putBack = (lifted) => {
    for (const [take, place] of lifted) {
      if (!place.isConnected || document.getElementById(take.id)) continue;
      if (place.previousSibling?.className === "gap") place.previousSibling.remove();
      place.replaceWith(take);
    }
    document.dispatchEvent(new CustomEvent("takes-returned"));
  };
  const remove = async (ids, url_ = url(ids[0], "delete"), values = {}) => {
    const lifted = lift(ids);
    document.dispatchEvent(new CustomEvent("takes-left", { detail: ids }));
    const done = await post(url_, values);
    if (!done) return putBack(lifted);
    const refused = done.querySelector("#selection-said");
    if (refused) { putBack(lifted); return toast(refused.textContent); }
    const undo = Object.fromEntries([...done.querySelectorAll("#undo input[type=hidden]")].map((field) => [field.name, field.value]));
    const words = done.querySelector("#undo span")?.textContent || `Take ${ids[0]} is in the trash.`;
    if (!undo.deleted) return toast(words);
    toast(words, "Undo", async () => {
      if (!(await post(`${HOME}selection/`, { action: "restore", deleted: undo.deleted }, false))) return;
      putBack(lifted);
      announce("Back again");
    });
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest('button[form="judge"]');
    if (!button || (button.closest(".detail") && button.id.endsWith("-delete"))) return; // its own page stays, and says so
    event.preventDefault();
    const [, id, verb] = button.getAttribute("formaction").match(/(\d+)\/(\w+)\/$/);
    if (verb === "favorite") favorite(Number(id), button.getAttribute("aria-pressed") !== "true");
    if (verb === "rating") rate(Number(id), button.getAttribute("aria-pressed") === "true" ? 0 : Number(button.id.slice(-1)));
    if (verb === "delete") remove([Number(id)]);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "z" || event.altKey || bread.hidden || Takes.isTyping(event.target)) return;
    const act = document.getElementById("toast-act");
    if (act) { event.preventDefault(); act.click(); }
  });

  // Where there is no composer beside the gallery, its links are links.
  document.addEventListener("htmx:targetError", (event) => { if (event.detail.elt.href) location.href = event.detail.elt.href; });

  const isTyping = (node) => node.matches('textarea, select, [contenteditable], input:not([type="range"], [type="checkbox"], [type="radio"], [type="button"])');
  return { card, idOf, all, post, toast, favorite, rate, remove, isTyping };
})();

// Videos on cards: the pointer plays them, a thin bar shows the time, and moving along it scrubs.
const Sound = {
  get on() { try { return localStorage.getItem("dailies-sound") === "on"; } catch { return false; } },
  set on(loud) { try { localStorage.setItem("dailies-sound", loud ? "on" : "off"); } catch { /* private windows may refuse */ } },
};

const Player = (() => {
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const videoOf = (take) => take?.querySelector("video");
  let loud = Sound.on;

  const play = (take) => {
    const video = videoOf(take);
    video.muted = !loud;
    video.play().catch(() => { video.muted = true; video.play().catch(() => {}); });
  };
  const toggle = (take) => { const video = videoOf(take); if (video.paused) play(take); else video.pause(); };

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
    if (video && current && videoOf(current) === video && !still.matches) play(current);
  };

  const prepare = () => {
    for (const video of document.querySelectorAll(".take video:not([data-ready])")) {
      video.dataset.ready = "";
      const take = video.closest(".take");
      video.addEventListener("play", () => { take.dataset.playing = ""; video.after(bar); tick(); });
      video.addEventListener("pause", () => { delete take.dataset.playing; });
      video.addEventListener("loadeddata", () => backdrop(video));
      const fail = () => { const broken = video.parentElement.querySelector(".broken"); if (broken) broken.hidden = false; };
      video.addEventListener("error", fail);
      if (video.error) fail(); // it may have failed before anybody listened
      if (video.readyState > 1) backdrop(video);
      if (video.closest(".detail")) video.controls = true;
    }
  };

  // Heard at the document: a take that becomes ready under the pointer plays too. ---------------------------------
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
    if (take && !still.matches && !document.querySelector("dialog[open]")) play(take);
    else if (take) take.querySelector("video").after(bar);
  };
  // New cards may push the others along under a pointer that rests: what plays goes on.
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

  const sound = document.getElementById("sound");
  if (sound) {
    const label = () => { sound.textContent = loud ? "Sound on" : "Sound off"; sound.setAttribute("aria-pressed", String(loud)); };
    sound.hidden = false;
    label();
    sound.addEventListener("click", () => {
      Sound.on = loud = !loud;
      for (const video of document.querySelectorAll(".take video")) video.muted = !loud;
      label();
    });
  }

  document.addEventListener("htmx:afterSettle", prepare);
  prepare();
  const rest = () => { for (const video of document.querySelectorAll(".take video")) if (!video.paused && !video.controls) video.pause(); };
  return { toggle, rest, prepare };
})();
