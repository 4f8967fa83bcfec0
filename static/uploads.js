// Your own files: dropped, pasted, chosen or picked again; sent with progress; and what Generate waits for.
"use strict";

(() => {
  const MODES = { image: "image-to-video", audio: "lipsync", video: "control" };
  const WORDS = { image: "picture", audio: "recording", video: "video" };
  const NAMES = { image: /\.(jpe?g|png|webp|gif|bmp|tiff?|avif|hei[cf]|svg)$/i, audio: /\.(mp3|wav|m4a|aac|flac|og[ga]|opus)$/i, video: /\.(mp4|mov|m4v|mkv|webm|avi)$/i };
  const $ = (id) => document.getElementById(id);
  const form = () => $("composer-form");
  const kindAt = (node) => node.closest?.("#composer-form [data-kind]")?.dataset.kind;
  const field = (kind) => $(`field-${kind}`);
  const fits = (kind) => field(kind) && (!field(kind).closest(".experiment") || form().elements.send_image.checked);
  const kindOf = (file) => Object.keys(MODES).find((kind) => file.type.startsWith(`${kind}/`)) || Object.keys(MODES).find((kind) => NAMES[kind].test(file.name));
  const size = (bytes) => (bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(1)} MB`);
  const headers = () => ({ ...JSON.parse(document.body.getAttribute("hx-headers")), Accept: "application/json" });
  const uploads = () => $("earlier").dataset.uploads;
  const takes = () => form().getAttribute("action");
  // What is going on with files stands above Generate, and is read aloud.
  let [note, stays] = ["", false];
  const say = (words, lasts = false) => {
    if (!form()) return;
    if (words && words !== note) announce(words);
    [note, stays] = [words, lasts];
    Object.assign($("file-note"), { textContent: words, hidden: !words });
  };
  const AWAY = "The studio does not answer. Is it still running?";
  const LOST = "The connection broke while the file was on its way. Try again.";
  const BROKEN = "The studio could not take this file. Reload the page and try again; what you typed is kept.";
  // On its way: one file for each field; a mode that is left meanwhile loses nothing. ------------------------------
  const jobs = new Map();
  const quit = (kind) => { jobs.get(kind)?.request.abort(); jobs.delete(kind); };
  const send = (kind, file, sure) => {
    halt("Another file was chosen, so nothing was generated.");
    quit(kind);
    const request = Object.assign(new XMLHttpRequest(), { responseType: "json" });
    const job = { file, request, sure, loaded: 0, total: file.size, problem: "", retry: false, told: 0 };
    const fail = (problem, retry) => { Object.assign(job, { problem, retry }); halt("The upload failed, so nothing was generated."); draw(kind); };
    jobs.set(kind, job);
    request.upload.onprogress = ({ loaded, total }) => { Object.assign(job, { loaded, total }); draw(kind); };
    request.onload = () => {
      const answer = request.response || { problem: BROKEN };
      if (answer.token) { jobs.delete(kind); arrive(kind, answer); } else fail(answer.problem, answer.retry ?? request.status !== 422);
    };
    request.onerror = () => fail(`${job.loaded ? LOST : AWAY} Nothing you typed is lost.`, true);
    request.open("POST", uploads());
    for (const [name, value] of Object.entries(headers())) request.setRequestHeader(name, value);
    const body = new FormData();
    body.append("file", file);
    body.append("kind", sure ? kind : "");
    const asked = file.size < 1e6 ? Promise.resolve() : fetch(uploads(), { method: "POST", headers: { ...headers(), "X-File-Bytes": file.size } });
    asked.then((reply) => (reply?.status === 413 ? reply.json() : null)).catch(() => null)
      .then((no) => jobs.get(kind) === job && (no ? fail(no.problem, no.retry) : request.send(body)));
    document.dispatchEvent(new Event("composer-wanted"));
    if (fits(kind)) return draw(kind);
    desk.remember();
    say(`A ${WORDS[kind]} goes to ${$(`mode-${MODES[kind]}`).textContent}.`);
    return desk.show(MODES[kind]);
  };
  const draw = (kind) => {
    const [job, place] = [jobs.get(kind), field(kind)];
    if (!place) return;
    place.classList.toggle("busy", Boolean(job && !job.problem));
    if (!job) return place.querySelector(".sending")?.remove();
    if (!place.querySelector(".sending")) place.append($("sending").content.cloneNode(true));
    const [bar, words, error, name] = ["progress", ".faint", ".error", ".name"].map((one) => place.querySelector(`.sending ${one}`));
    const percent = Math.floor((100 * job.loaded) / (job.total || 1));
    name.textContent = job.file.name;
    Object.assign(bar, { value: percent, hidden: Boolean(job.problem), ariaLabel: `Uploading ${job.file.name}` });
    words.textContent = job.problem ? size(job.file.size) : percent < 100 ? `${percent} % · ${size(job.loaded)} of ${size(job.total)}` : "Looking at it …";
    if (error.textContent !== job.problem) Object.assign(error, { textContent: job.problem, hidden: !job.problem });
    place.querySelector("[data-again]").hidden = !job.retry;
    place.querySelector("[data-cancel]").textContent = job.problem ? "Never mind" : "Cancel";
    if (percent >= job.told + 25 && percent < 100) { job.told = percent; announce(`${percent} % of ${job.file.name}`); }
  };
  const drop = (kind) => {
    quit(kind);
    if (!halt("Upload canceled. Nothing was generated.")) announce("Upload canceled");
    draw(kind);
    field(kind)?.querySelector("input, button")?.focus();
  };
  // Arrived: the studio draws the field anew, with what it knows of the file. --------------------------------------
  const fresh = new Map();
  let held = false; // the focus, which must not be lost with what held it
  const busy = () => document.querySelector("#composer.htmx-request, .modes .htmx-request, #composer-form.htmx-request");
  const tell = (input) => input?.dispatchEvent(new Event("input", { bubbles: true }));
  const arrive = (kind, answer) => {
    if (busy()) return void setTimeout(arrive, 50, kind, answer);
    if (fits(kind) || answer.kind !== kind) return choose(answer);
    desk.put(kind, answer.token); // another mode is shown by now: it waits there, and is measured when it is drawn
    desk.put(`${kind}_duration`, "");
    return announce(`${answer.filename} is in place`);
  };
  const pick = (answer) => {
    halt(CHANGED);
    choose(answer);
  };
  const choose = (answer) => {
    const { kind, token } = answer;
    if (!fresh.has(kind) && (!fits(kind) || form().elements[kind].value)) desk.remember();
    quit(kind); // what was picked takes its place
    desk.put(kind, token);
    fresh.set(kind, answer);
    if (busy()) return void setTimeout(choose, 50, answer);
    if (!fits(kind)) return void desk.show(MODES[kind]);
    held = field(kind).contains(document.activeElement);
    const [id, url] = [`#field-${kind}`, $(`mode-${$("composer").dataset.mode}`).getAttribute("hx-post")];
    htmx.ajax("POST", url, { source: id, target: id, select: id, swap: "outerHTML", values: { [kind]: token } });
  };
  const settled = () => {
    if (!form()) return;
    say(note, stays);
    for (const button of form().querySelectorAll("[data-earlier]")) button.hidden = false;
    for (const kind of jobs.keys()) draw(kind);
    for (const input of form().querySelectorAll("[type=file]")) if (input.files.length) chosen(input); // before the script was there
    for (const answer of fresh.values()) if (form().elements[answer.kind]?.value === answer.token) { measured(answer); if (answer.parent) form().elements.parent.value = answer.parent; }
  };
  const measured = ({ kind, filename }) => {
    const { seconds } = field(kind).querySelector("[data-seconds]")?.dataset || {}; // to a tenth, as it is sent
    fresh.delete(kind);
    ours = true;
    desk.measure(kind, seconds);
    ours = false;
    announce(`${filename} is in place${seconds ? `: ${seconds} seconds` : ""}`);
    if (held && document.activeElement === document.body) $(`remove-${kind}`)?.focus({ preventScroll: true });
    if (!waiting || underway()) return;
    desk.send(waiting); // where the length makes it another price, the studio says so and sends nothing
    halt("");
  };
  document.addEventListener("htmx:afterSettle", (event) => {
    const changed = event.detail.target;
    const file = changed.id.startsWith("field-") && changed.dataset.kind;
    ours = fresh.has(file);
    if (file) tell(field(file)?.querySelector(":scope > input"));
    ours = false;
    if (changed.id === "composer") halt(CHANGED);
    if (changed.id === "composer" || changed.id.startsWith("field-")) settled();
  });
  // Generate waits for what is still on its way, for as long as everything else stays as it was when it was pressed.
  let waiting = ""; // what the button said then
  let ours = false; // what is changed is changed by the file that came
  const halt = (words) => {
    if (waiting) say(words, true);
    const was = waiting;
    waiting = "";
    return was;
  };
  const CHANGED = "The settings changed, so nothing was generated. Press Generate again.";
  const underway = () => [...jobs].some(([kind, job]) => fits(kind) && !job.problem);
  document.addEventListener("htmx:confirm", (event) => {
    if (event.detail.elt !== form()) return;
    if (!underway()) return void say("");
    event.preventDefault();
    say(`${waiting ? "Still waits" : "Waits"} for the upload, then generates.`);
    waiting ||= desk.offer();
  });
  for (const edited of ["input", "change"]) {
    document.addEventListener(edited, ({ target, isTrusted }) => {
      const counts = form()?.contains(target) && target.type !== "file" && !/^trim-/.test(target.id || target.dataset.slides);
      if (waiting && counts && !ours) halt(CHANGED);
      else if (isTrusted && !waiting && !stays) say("");
    });
  }
  window.addEventListener("beforeunload", (event) => { if (waiting) event.preventDefault(); });
  // Ways in ---------------------------------------------------------------------------------------------------------
  const chosen = (input) => { send(kindAt(input), input.files[0], true); input.value = ""; };
  const take = ([file], onto) => {
    const known = kindOf(file);
    const kind = known === "video" && onto === "audio" ? onto : known || onto; // its sound
    if (kind) send(kind, file, kind === onto);
    else say(`${file.name} is no picture, recording or video.`);
  };
  document.addEventListener("change", (event) => { if (event.target.matches("#composer-form [type=file]") && event.target.files.length) chosen(event.target); });
  document.addEventListener("paste", (event) => {
    const { files, types } = event.clipboardData;
    const words = types.includes("text/plain") && types.includes("text/html"); // an office's bring their own picture along
    if (!form() || !files.length || words || $("earlier").open) return;
    event.preventDefault();
    take(files);
  });
  const over = (event) => {
    const inside = form() && event.dataTransfer.types.includes("Files");
    if (inside) event.preventDefault();
    form()?.parentElement.classList.toggle("dropping", inside && event.type === "dragover");
    return inside;
  };
  document.addEventListener("dragover", over);
  document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) over(event); });
  document.addEventListener("drop", (event) => { if (over(event) && event.dataTransfer.files.length) take(event.dataTransfer.files, kindAt(event.target)); });
  // Earlier files, kept videos and their frames ---------------------------------------------------------------------
  const ask = (url, values) => fetch(url, { method: "POST", headers: headers(), body: new URLSearchParams(values) })
    .then((reply) => reply.json().catch(() => ({ problem: "This is not there any more. Reload the page and choose again." })), () => ({ problem: `${AWAY} Try again.` }));
  const post = async (url, values, place) => {
    const answer = await ask(url, values);
    if (answer.token) { $("earlier").close(); return pick(answer); }
    if (!place && !$("earlier").open) open($("earlier").dataset.kind);
    return complain(answer.problem, place);
  };
  const complain = (problem, place = $("earlier-error")) => { place.textContent = problem; place.hidden = !problem; };
  const forget = async (button) => {
    const { problem } = await ask(button.dataset.forget, {});
    if (problem) complain(problem); else button.parentElement.remove();
  };
  const open = (kind, shot) => {
    $("earlier").dataset.kind = kind;
    complain("");
    look(shot);
    if (!$("earlier").open) $("earlier").showModal();
    if (shot) return;
    $("earlier-list").textContent = "One moment …"; // what was listed before may be of another kind, or gone
    htmx.ajax("GET", `${uploads()}?kind=${kind}`, { source: "#earlier-list", target: "#earlier-list" });
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
  const moment = (button) => { // `this` is what the dialog shows
    const video = button.closest("dialog")?.querySelector("video");
    return button.dataset.at === "this" ? video && Math.round(video.currentTime * 1000) / 1000 : button.dataset.at;
  };
  const part = (name) => ["start", "seconds"].map((one) => $(`trim-${name}-${one}`));
  const trim = (name) => {
    const [start, seconds] = part(name);
    const wrong = part(name).find((one) => !one.checkValidity());
    complain(wrong ? wrong.validationMessage : "", $(`trim-${name}-error`));
    if (wrong) return wrong.focus();
    return post(field(name).querySelector(".trim").dataset.trim, { start: start.value, seconds: seconds.value }, $(`trim-${name}-error`));
  };
  const player = (name) => $(`preview-${name}`).firstElementChild;
  const playPart = (name) => {
    const [start, seconds] = part(name).map((one) => Number(one.value));
    player(name).src = `${player(name).src.split("#")[0]}#t=${start},${start + seconds}`;
    player(name).play();
  };
  const CLICKS = {
    "[data-again]": (button) => { const { file, sure } = jobs.get(kindAt(button)); send(kindAt(button), file, sure); },
    "[data-cancel]": (button) => drop(kindAt(button)),
    "[data-earlier]": (button) => open(button.dataset.earlier),
    "#earlier [data-token]": (button) => { $("earlier").close(); pick({ ...button.dataset }); },
    "[data-forget]": forget,
    "#frames-others": () => open("image"),
    "#frames [data-step]": (button) => { $("frames-video").pause(); $("frames-video").currentTime += Number(button.dataset.step); },
    "#frames [data-at]": (button) => use("frame", $("frames-video").dataset.take, moment(button)),
    "[data-use]": (link) => { use(link.dataset.use, link.dataset.take, moment(link)); link.closest("dialog:not(#earlier)")?.close(); },
    "[id^=trim-][id$=-go]": (button) => trim(kindAt(button)),
    "[id^=trim-][id$=-play]": (button) => playPart(kindAt(button)),
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
    if (name) player(name).currentTime = Number(event.target.value);
  });
  // What the address asks for is done once.
  document.addEventListener("DOMContentLoaded", () => {
    settled();
    const asked = new URLSearchParams(location.search);
    const [video, frame] = [asked.get("video_from"), asked.get("frame_from")];
    if (!form() || !/^\d+$/.test(video || frame)) return;
    history.replaceState(history.state, "", `${location.pathname}?type=${MODES[video ? "video" : "image"]}`);
    use(video ? "video" : "frame", video || frame, asked.get("at"));
  });
})();
