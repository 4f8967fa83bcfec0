// One take at a time, over the page: seen at full size, judged by keys, without losing one's place.
"use strict";

(() => {
  const box = document.getElementById("lightbox");
  if (!box) return;
  const part = (name) => document.getElementById(`lightbox-${name}`);
  const [video, story, stage, panel, keys] = [part("video"), part("story"), part("stage"), part("panel"), document.getElementById("keys")];
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const transport = new Transport(box);
  let id = 0; // the take that is shown
  let order = []; // the ids on the page, as they were when last looked at
  let shown = ""; // what the stage shows: changed only when that is another thing
  let running = true; // whether the next one plays at once

  const take = () => Takes.card(id);
  const videoOf = (one) => one?.querySelector(".media > video");
  const look = () => { order = Takes.all().map(Takes.idOf); };

  // The stage: a video of its own, so that nothing that happens to the card disturbs it. ----------------------------
  const stageIt = () => {
    const source = videoOf(take());
    if (source && !source.error) {
      if (shown === `video ${id}`) return;
      shown = `video ${id}`;
      video.poster = source.poster;
      video.src = source.getAttribute("src");
      transport.take([video], 1 / 24);
      if (running) transport.play();
    } else {
      const copy = take()?.querySelector(".media")?.cloneNode(true);
      const below = take()?.querySelector(".facts > .ways");
      if (below) copy.append(Object.assign(document.createElement("div"), { className: "foot" }));
      copy?.lastElementChild.append(...(below ? [below.cloneNode(true)] : []));
      for (const one of copy?.querySelectorAll(".play, .pick, .deeds, video") || []) one.remove();
      for (const one of copy?.querySelectorAll("[id]") || []) one.removeAttribute("id");
      const now = `story ${id} ${copy?.textContent.replace(/\d+:\d\d(:\d\d)?/g, "")}`;
      if (shown === now || (shown.startsWith(`story ${id}`) && story.contains(document.activeElement))) return;
      shown = now;
      transport.take([]);
      video.removeAttribute("src");
      video.load();
      story.className = copy?.className || "media";
      story.replaceChildren(...(copy?.childNodes || []));
      const broken = story.querySelector(".broken");
      if (broken) broken.hidden = false;
      htmx.process(story);
    }
    const hasVideo = shown.startsWith("video");
    story.hidden = hasVideo;
    video.hidden = !hasVideo;
    box.classList.toggle("wordy", !hasVideo);
  };

  video.addEventListener("error", () => {
    if (!video.hasAttribute("src")) return;
    story.replaceChildren(Object.assign(document.createElement("p"), { className: "broken", textContent: "The link to this video does not open any more." }));
    story.hidden = false;
  });

  // What is known of it, beside the picture. -------------------------------------------------------------------------
  let asking = 0;
  const describe = (wait = 150) => {
    clearTimeout(asking);
    if (panel.hidden) return;
    asking = setTimeout(() => htmx.ajax("GET", `${HOME}generations/${id}/panel/`, { source: panel, target: panel, swap: "innerHTML" }), wait);
  };
  panel.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target !== panel) return;
    const saving = panel.querySelector(".htmx-request"); // has to stay on the page until its answer is there
    if (saving) describe();
    if (saving || !event.detail.pathInfo.requestPath.includes(`/${id}/`)) event.detail.shouldSwap = false;
  });
  panel.addEventListener("htmx:afterSettle", () => {
    const rate = Number(panel.querySelector("[data-frame-rate]")?.dataset.frameRate);
    if (rate) transport.frame = 1 / rate;
  });
  panel.addEventListener("htmx:afterRequest", (event) => {
    if (!event.detail.successful) return;
    if ("leaves" in event.detail.elt.dataset) { leaving = true; box.close(); }
    if (event.detail.requestConfig.verb === "get") return;
    if (event.detail.elt.matches("[action]")) announce("Saved");
    if (event.detail.elt.elements?.new?.value) describe(0);
  });
  let leaving = false; // for the composer
  const unfold = (open) => {
    panel.hidden = !open;
    box.classList.toggle("bare", !open);
    part("info").setAttribute("aria-pressed", String(open));
    try { localStorage.setItem("dailies-details", open ? "on" : "off"); } catch { /* private windows may refuse */ }
    if (open && box.open) describe(0);
  };

  // What the buttons say of it. --------------------------------------------------------------------------------------
  const label = () => {
    const one = take();
    const at = order.indexOf(id);
    part("title").textContent = `Take ${id}`;
    part("place").textContent = at < 0 ? "" : `${at + 1} of ${order.length}${document.getElementById("more") ? "+" : ""}`;
    part("previous").disabled = at <= 0;
    part("next").disabled = at < 0 || (at === order.length - 1 && !document.getElementById("more"));
    part("favorite").setAttribute("aria-pressed", String("favorite" in (one?.dataset || {})));
    for (const star of box.querySelectorAll("[data-star]")) star.setAttribute("aria-pressed", String(star.dataset.star === one?.dataset.rating));
    part("select").setAttribute("aria-pressed", String(Selection.has(id)));
    const link = document.getElementById(`generation-${id}-link`) || document.getElementById(`generation-${id}-download`);
    part("download").hidden = !link;
    for (const name of ["href", "target", "download", "rel"]) {
      if (link?.hasAttribute(name)) part("download").setAttribute(name, link.getAttribute(name)); else part("download").removeAttribute(name);
    }
  };
  const refresh = () => { if (box.open) { look(); if (take()) { stageIt(); label(); } } };

  const show = (next) => {
    id = next;
    look();
    story.replaceChildren();
    shown = "";
    stageIt();
    label();
    describe();
    const words = take()?.querySelector(".line")?.textContent.trim() || "";
    announce(`${take()?.getAttribute("aria-label") || `Take ${id}`}, ${part("place").textContent}. ${words}`);
    video.setAttribute("aria-label", words || `Take ${id}`);
    const at = order.indexOf(id);
    for (const near of [order[at + 1], order[at - 1]]) {
      const poster = videoOf(Takes.card(near))?.poster;
      if (poster) new Image().src = poster;
    }
    if (at > order.length - 4) fetchMore();
  };
  const fetchMore = () => { const more = document.getElementById("more"); if (more && !more.matches(".htmx-request")) htmx.trigger(more, "revealed"); };
  const open = (which) => {
    Player.rest();
    running = !still.matches;
    document.documentElement.style.setProperty("--gutter", `${innerWidth - document.documentElement.clientWidth}px`); // nothing moves as the scroll bar goes
    document.documentElement.classList.add("covered");
    box.append(document.getElementById("announcer"));
    box.showModal();
    part("title").focus();
    show(which);
  };
  const turn = (by) => {
    const at = order.indexOf(id);
    const next = order[at + by];
    if (next === undefined) {
      if (by > 0 && document.getElementById("more")) { wanted = by; fetchMore(); } else announce(by > 0 ? "That was the last one" : "That was the first one");
      return;
    }
    if (shown.startsWith("video")) running = transport.playing || video.ended || (running && video.readyState < 3);
    show(next);
  };
  let wanted = 0; // a turn that waits for the next page

  box.addEventListener("close", () => {
    transport.take([]);
    video.removeAttribute("src");
    video.load();
    document.documentElement.classList.remove("covered");
    document.body.append(document.getElementById("announcer"));
    const toast = document.getElementById("toast");
    if (toast) document.body.append(toast);
    const home = document.getElementById(leaving ? "id_prompt" : `generation-${id}-play`);
    leaving = false;
    if (!home) return;
    home.focus({ preventScroll: true });
    const place = home.getBoundingClientRect();
    if (place.bottom < 0 || place.top > innerHeight) home.scrollIntoView({ block: "center", behavior: "instant" });
  });

  // Cards come, change and go behind it. -----------------------------------------------------------------------------
  new MutationObserver(() => {
    refresh();
    if (!box.open || !wanted || order.indexOf(id) >= order.length - 1) return;
    const by = wanted;
    wanted = 0;
    turn(by);
  }).observe(document.getElementById("results"), { subtree: true, childList: true, attributeFilter: ["data-status", "data-rating", "data-favorite"] });
  document.addEventListener("takes-left", (event) => {
    if (!box.open || !event.detail.includes(id)) return;
    const at = order.indexOf(id);
    look();
    if (order.length) show(order[Math.min(at, order.length - 1)]); else box.close();
  });
  document.addEventListener("selected", () => { if (box.open) label(); });

  // Hands ------------------------------------------------------------------------------------------------------------
  const acts = {
    ArrowLeft: () => turn(-1), ArrowRight: () => turn(1), i: () => unfold(panel.hidden), "?": () => keys.showModal(),
    f: () => Takes.favorite(id), x: () => Selection.toggle(id), Delete: () => Takes.remove([id]), Backspace: () => Takes.remove([id]),
    d: () => { if (!part("download").hidden) part("download").click(); },
  };
  for (const star of "012345") acts[star] = () => Takes.rate(id, Number(star));
  box.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && Takes.isTyping(event.target)) { event.preventDefault(); part("title").focus(); return; }
    if (isTaken(event) || keys.open) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (!(key in acts) && !(shown.startsWith("video") && transport.key(key))) return;
    event.preventDefault();
    event.stopPropagation();
    acts[key]?.();
  });
  for (const [name, key] of [["previous", "ArrowLeft"], ["next", "ArrowRight"], ["info", "i"], ["favorite", "f"], ["select", "x"], ["delete", "Delete"]]) {
    part(name).addEventListener("click", acts[key]);
  }
  part("close").addEventListener("click", () => box.close());
  for (const star of box.querySelectorAll("[data-star]")) {
    star.addEventListener("click", () => Takes.rate(id, star.getAttribute("aria-pressed") === "true" ? 0 : Number(star.dataset.star)));
  }
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-opens=keys]")) return keys.showModal();
    const media = event.target.closest(".take > .media");
    if (!media || box.contains(media) || media.closest(".detail") || event.defaultPrevented) return;
    if (event.target.closest("a, input, label, form, button:not(.play)") || event.shiftKey || event.altKey || event.ctrlKey || event.metaKey) return;
    if (!getSelection().isCollapsed && !event.target.matches(".play")) return;
    open(Takes.idOf(media.closest(".take")));
  });

  // Fingers: a swipe turns, a tap at the edge turns, a tap in the middle plays; the mouse plays by a click. -----------
  let from = null;
  stage.addEventListener("pointerdown", (event) => { from = event.pointerType === "mouse" || !event.isPrimary ? null : { x: event.clientX, y: event.clientY }; });
  stage.addEventListener("pointermove", (event) => { if (from) stage.style.setProperty("--swipe", `${event.clientX - from.x}px`); });
  const lifted = (event) => {
    stage.style.removeProperty("--swipe");
    if (!from || event.type === "pointercancel") return;
    const [across, down] = [event.clientX - from.x, event.clientY - from.y];
    from = null;
    if (Math.abs(across) > 48 && Math.abs(across) > 1.5 * Math.abs(down)) turn(across < 0 ? 1 : -1);
    else if (Math.hypot(across, down) < 12) tapped(event, true);
  };
  const tapped = (event, byFinger) => {
    if (event.target.closest("button, a, form, input")) return;
    const at = (event.clientX - stage.getBoundingClientRect().left) / stage.clientWidth;
    if (byFinger && (at < 0.25 || at > 0.75)) turn(at < 0.5 ? -1 : 1);
    else if (shown.startsWith("video")) transport.toggle();
  };
  stage.addEventListener("pointerup", lifted);
  stage.addEventListener("pointercancel", lifted);
  stage.addEventListener("click", (event) => { if (event.pointerType === "mouse") tapped(event, false); });

  let details = null;
  try { details = localStorage.getItem("dailies-details"); } catch { /* private windows may refuse */ }
  unfold(details ? details === "on" : matchMedia("(min-width: 1000px)").matches);
})();
