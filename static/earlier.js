// Earlier files, kept videos and their frames, and the part of a file that is to be sent.
"use strict";

(() => {
  const { choose, headers, AWAY, MODES, WORDS } = files;
  const $ = (id) => document.getElementById(id);
  const form = () => $("composer-form");
  const uploads = () => $("earlier").dataset.uploads;
  const takes = () => form().getAttribute("action");

  const ask = (url, values) => fetch(url, { method: "POST", headers: { ...headers(), Accept: "application/json" }, body: new URLSearchParams(values) })
    .then((reply) => reply.json()).catch(() => ({ problem: `${AWAY} Try again.` }));
  const post = async (url, values, place) => {
    const answer = await ask(url, values);
    if (answer.token) { $("earlier").close(); return choose(answer); }
    place = place || $("earlier-error");
    if (place.id === "earlier-error" && !$("earlier").open) open($("earlier").dataset.kind);
    place.textContent = answer.problem;
    place.hidden = false;
  };
  const forget = async (button) => {
    const { problem } = await ask(button.dataset.forget, {});
    if (!problem) button.parentElement.remove();
    $("earlier-error").textContent = problem;
    $("earlier-error").hidden = !problem;
  };
  const open = (kind, shot) => {
    const dialog = $("earlier");
    dialog.dataset.kind = kind;
    $("earlier-error").hidden = true;
    look(shot);
    if (!dialog.open) dialog.showModal();
    if (!shot) htmx.ajax("GET", `${uploads()}?kind=${kind}`, "#earlier-list");
  };
  const look = (shot) => {
    const video = $("frames-video");
    $("earlier-title").textContent = shot ? "A frame of this video" : `Your ${WORDS[$("earlier").dataset.kind]}s`;
    $("frames").hidden = !shot;
    $("earlier-list").hidden = Boolean(shot);
    $("frames-others").hidden = !$("earlier-list").childElementCount;
    if (shot) { video.src = `${takes()}${shot}/video/`; video.dataset.take = shot; } else { video.removeAttribute("src"); video.load(); }
  };
  document.addEventListener("close", (event) => { if (event.target.id === "earlier") look(); }, true);
  const use = (what, shot, at) => {
    document.dispatchEvent(new Event("composer-wanted"));
    $("earlier").dataset.kind = what === "video" ? what : "image";
    if (what === "video") post(`${takes()}${shot}/reuse/`, {});
    else if (at != null) post(`${takes()}${shot}/frame/`, { at });
    else open("image", shot);
  };
  const trim = (place, name) => {
    const inputs = ["start", "seconds"].map((one) => $(`trim-${name}-${one}`));
    const [error, wrong] = [$(`trim-${name}-error`), inputs.find((one) => !one.checkValidity())];
    error.textContent = wrong ? wrong.validationMessage : "";
    error.hidden = !wrong;
    if (wrong) return wrong.focus();
    return post(place.dataset.trim, { start: inputs[0].value, seconds: inputs[1].value }, error);
  };
  const playPart = (place, name) => {
    const [start, seconds] = ["start", "seconds"].map((one) => Number($(`trim-${name}-${one}`).value));
    const player = $(`preview-${name}`).firstElementChild;
    player.currentTime = start;
    player.ontimeupdate = () => { if (player.currentTime >= start + seconds) { player.pause(); player.ontimeupdate = null; } };
    player.play();
  };
  const CLICKS = {
    "[data-earlier]": (button) => open(button.dataset.earlier),
    "#earlier [data-token]": (button) => { $("earlier").close(); choose({ ...button.dataset, seconds: Number(button.dataset.seconds) }); },
    "[data-forget]": forget,
    "#earlier-close": () => $("earlier").close(),
    "#frames-others": () => open("image"),
    "#frames [data-step]": (button) => { const video = $("frames-video"); video.pause(); video.currentTime += Number(button.dataset.step); },
    "#frames [data-at]": (button) => { const video = $("frames-video"); use("frame", video.dataset.take, button.dataset.at === "this" ? Math.round(video.currentTime * 1000) / 1000 : button.dataset.at); },
    "[data-use]": (link) => {
      const box = link.closest("dialog:not(#earlier)");
      const at = link.dataset.at === "this" ? box?.querySelector("video").currentTime : link.dataset.at;
      box?.close();
      use(link.dataset.use, link.dataset.take, at);
    },
    "[id^=trim-][id$=-go]": (button) => { const place = button.closest(".trim"); trim(place, place.id.slice(5)); },
    "[id^=trim-][id$=-play]": (button) => { const place = button.closest(".trim"); playPart(place, place.id.slice(5)); },
  };
  document.addEventListener("click", (event) => {
    if (!form()) return;
    if (event.target === $("earlier")) return $("earlier").close();
    for (const [kind, act] of Object.entries(CLICKS)) {
      const button = event.target.closest(kind);
      if (button) { event.preventDefault(); return act(button); }
    }
  });
  // A trim follows its player: what is chosen is what is seen.
  document.addEventListener("input", (event) => {
    const [, name] = /^trim-(\w+)-start$/.exec(event.target.id || event.target.dataset.slides) || [];
    if (name) $(`preview-${name}`).firstElementChild.currentTime = Number(event.target.value);
  });
  // A name that is asked for in the address is done once.
  document.addEventListener("DOMContentLoaded", () => {
    if (!form()) return;
    const asked = new URLSearchParams(location.search);
    const [video, frame] = [asked.get("video_from"), asked.get("frame_from")];
    if (!/^\d+$/.test(video || frame)) return;
    history.replaceState(history.state, "", `${location.pathname}?type=${MODES[video ? "video" : "image"]}`);
    use(video ? "video" : "frame", video || frame, asked.get("at"));
  });
})();
