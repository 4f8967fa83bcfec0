// Your own files: dropped, pasted, chosen or picked again, uploaded with progress. Generate waits for them.
import { call, load, request } from "../api.js";
import * as composer from "../composer/composer.js";
import { emit, events } from "../events.js";
import { $, announce } from "../page.js";

const MODES = { image: "image-to-video", audio: "lipsync", video: "control" };
const WORDS = { image: "picture", audio: "recording", video: "video" };
const NAMES = {
  image: /\.(jpe?g|png|webp|gif|bmp|tiff?|avif|hei[cf]|svg)$/i,
  audio: /\.(mp3|wav|m4a|aac|flac|og[ga]|opus)$/i,
  video: /\.(mp4|mov|m4v|mkv|webm|avi)$/i,
};
const form = () => $("composer-form");
const kindAt = (node) => node.closest?.("#composer-form [data-kind]")?.dataset.kind;
const field = (kind) => $(`field-${kind}`);
const fits = (kind) => field(kind) && (!field(kind).closest(".experiment") || form().elements.send_image.checked);
const kindOf = ({ type, name }) => {
  const kinds = Object.keys(MODES);
  return kinds.find((kind) => type.startsWith(`${kind}/`)) || kinds.find((kind) => NAMES[kind].test(name));
};
const size = (bytes) => {
  if (bytes < 1e6) return `${Math.max(1, Math.round(bytes / 1e3))} kB`;
  return `${(bytes / 1e6).toFixed(1)} MB`;
};
const uploads = () => $("earlier").dataset.uploads;
const takes = () => form().getAttribute("action");
// A line above Generate says what happens to the files, and is read aloud.
let [note, stays] = ["", false];
const say = (words, lasts = false) => {
  if (!form()) return;
  if (words && words !== note) announce(words);
  [note, stays] = [words, lasts];
  Object.assign($("file-note"), { textContent: words, hidden: !words });
};
const AWAY = "The studio does not answer. Is it still running?";
const LOST = "The connection broke while the file was on its way. Try again: it goes on from where it was.";
const BROKEN = "The studio could not take this file. Reload the page and try again; what you typed is kept.";
// Uploads: one for each field. They go on while another mode is shown. ---------------------------------------------
const jobs = new Map();
const quit = (kind) => {
  const job = jobs.get(kind);
  jobs.delete(kind);
  job?.request?.abort();
  if (job?.place) request(job.place.url, null, { method: "DELETE", keepalive: true }).catch(() => {});
};
// One request of an upload. An answer that is not the studio's, as a proxy's error page, is a problem.
const exchange = async (job, method, path, body, type) => {
  const sent = job.received;
  const progress = body && !(body instanceof URLSearchParams) && (({ loaded }) => {
    job.loaded = Math.min(sent + loaded, job.file.size);
    draw(job.kind);
  });
  const started = (now) => { job.request = now; };
  const { status, answer } = await call(method, path, { body, type, progress, started });
  return { status, ...(answer || { problem: BROKEN }) };
};
// A small file goes in one piece, a large one in chunks: after a break it goes on from what has arrived.
const ONE_PIECE = 4e6;
const transmit = async (job) => {
  const { file, kind, sure } = job;
  if (file.size <= ONE_PIECE) {
    const body = new FormData();
    body.append("file", file);
    body.append("kind", sure ? kind : "");
    return exchange(job, "POST", uploads(), body);
  }
  const there = job.place && (await exchange(job, "GET", job.place.url));
  if (there?.received === undefined) {
    job.received = 0;
    job.place = await exchange(job, "POST", `${uploads()}incoming/`, new URLSearchParams({ bytes: file.size }));
    if (job.place.problem) return job.place;
  } else job.received = there.received;
  while (job.received < file.size) {
    const chunk = file.slice(job.received, job.received + job.place.chunk);
    const here = `${job.place.url}?offset=${job.received}`;
    const answer = await exchange(job, "POST", here, chunk, "application/octet-stream");
    if (answer.received === undefined) return answer;
    job.received = answer.received;
  }
  const about = new URLSearchParams({ kind: sure ? kind : "", filename: file.name });
  return exchange(job, "POST", `${job.place.url}done/`, about);
};
const PAUSES = [1000, 2000, 4000]; // after a break, while nothing more arrives
const insist = async (job) => {
  let [breaks, before] = [0, 0];
  for (;;) {
    try {
      return await transmit(job);
    } catch {
      if (job.received > before) breaks = 0;
      if (!job.received || breaks === PAUSES.length) {
        return { problem: `${job.loaded ? LOST : AWAY} Nothing you typed is lost.`, retry: true };
      }
      before = job.received;
      await new Promise((done) => setTimeout(done, PAUSES[breaks]));
      if (jobs.get(job.kind) !== job) return null;
      breaks += 1;
    }
  }
};
const send = (kind, file, sure, place = null) => {
  halt("Another file was chosen, so nothing was generated.");
  quit(kind);
  const job = { kind, file, sure, place, received: 0, loaded: 0, problem: "", retry: false, told: 0 };
  jobs.set(kind, job);
  insist(job).then((answer) => {
    if (jobs.get(kind) !== job) return;
    if (answer.token) {
      jobs.delete(kind);
      return arrive(kind, answer);
    }
    Object.assign(job, { problem: answer.problem || BROKEN, retry: answer.retry ?? answer.status !== 422 });
    if (job.place?.problem) job.place = null;
    halt("The upload failed, so nothing was generated.");
    draw(kind);
  });
  emit(events.composerWanted);
  if (fits(kind)) return draw(kind);
  composer.remember();
  say(`A ${WORDS[kind]} goes to ${$(`mode-${MODES[kind]}`).textContent}.`);
  return composer.show(MODES[kind]);
};
const again = (kind) => {
  const { file, sure, place } = jobs.get(kind);
  jobs.delete(kind); // so that `send` does not delete the chunks that have arrived
  send(kind, file, sure, place);
};
const draw = (kind) => {
  const [job, place] = [jobs.get(kind), field(kind)];
  if (!place) return;
  place.classList.toggle("busy", Boolean(job && !job.problem));
  if (!job) return place.querySelector(".sending")?.remove();
  if (!place.querySelector(".sending")) place.append($("sending").content.cloneNode(true));
  const part = (selector) => place.querySelector(`.sending ${selector}`);
  const [bar, words, error, name] = ["progress", ".faint", ".error", ".name"].map(part);
  const percent = Math.floor((100 * job.loaded) / (job.file.size || 1));
  name.textContent = job.file.name;
  Object.assign(bar, { value: percent, hidden: Boolean(job.problem), ariaLabel: `Uploading ${job.file.name}` });
  const sent = percent < 100 ? `${percent} % · ${size(job.loaded)} of ${size(job.file.size)}` : "Looking at it …";
  words.textContent = job.problem ? size(job.file.size) : sent;
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
// The file is there: the studio draws its field anew, with name and length. ----------------------------------------
const fresh = new Map();
let held = false; // whether the field that is drawn anew has the focus
const busy = () => document.querySelector(":is(#composer, #composer-form, .modes *).htmx-request");
const tell = (input) => input?.dispatchEvent(new Event("input", { bubbles: true }));
const arrive = (kind, answer) => {
  if (busy()) return void setTimeout(arrive, 50, kind, answer);
  if (fits(kind) || answer.kind !== kind) return choose(answer);
  composer.put(kind, answer.token); // another mode is shown by now: the file waits in the draft
  composer.put(`${kind}_duration`, "");
  return announce(`${answer.filename} is in place`);
};
const pick = (answer) => {
  halt(CHANGED);
  choose(answer);
};
const choose = (answer) => {
  const { kind, token } = answer;
  if (!fresh.has(kind) && (!fits(kind) || form().elements[kind].value)) composer.remember();
  quit(kind);
  composer.put(kind, token);
  fresh.set(kind, answer);
  if (busy()) return void setTimeout(choose, 50, answer);
  if (!fits(kind)) return void composer.show(MODES[kind]);
  held = field(kind).contains(document.activeElement);
  const [id, url] = [`#field-${kind}`, $(`mode-${$("composer").dataset.mode}`).getAttribute("hx-post")];
  load(url, { verb: "POST", source: id, target: id, select: id, swap: "outerHTML", values: { [kind]: token } });
};
const settled = () => {
  if (!form()) return;
  say(note, stays);
  for (const button of form().querySelectorAll("[data-earlier]")) button.hidden = false;
  for (const kind of jobs.keys()) draw(kind);
  const { elements } = form();
  for (const input of elements) if (input.files?.length) chosen(input); // chosen before this script had run
  for (const answer of fresh.values()) {
    if (elements[answer.kind]?.value !== answer.token) continue;
    measured(answer);
    if (answer.parent) elements.parent.value = answer.parent;
  }
};
const measured = ({ kind, filename }) => {
  const { seconds } = field(kind).querySelector("[data-seconds]")?.dataset || {}; // to a tenth, as it is sent
  fresh.delete(kind);
  ours = true;
  composer.measure(kind, seconds);
  ours = false;
  announce(`${filename} is in place${seconds ? `: ${seconds} seconds` : ""}`);
  if (held && document.activeElement === document.body) $(`remove-${kind}`)?.focus({ preventScroll: true });
  if (!waiting || underway()) return;
  composer.send(waiting); // where the length makes it another price, the studio says so and sends nothing
  halt("");
};
document.addEventListener("htmx:afterSettle", (event) => {
  const changed = event.detail.target;
  const file = changed.id.startsWith("field-") && changed.dataset.kind;
  ours = fresh.has(file);
  if (file) tell(field(file)?.querySelector(":scope > input"));
  ours = false;
  if (changed.id === "composer") halt(CHANGED);
  if (form()) lookAfter();
  if (changed.id === "composer" || changed.id.startsWith("field-")) settled();
});
// Generate waits for uploads, unless something else in the form is changed after it was pressed.
let waiting = ""; // what the button said when it was pressed
let ours = false; // whether a change of the form comes from the uploaded file
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
  waiting ||= composer.offer();
});
for (const edited of ["input", "change"]) {
  document.addEventListener(edited, ({ target, isTrusted }) => {
    const isTrim = /^trim-/.test(target.id || target.dataset.slides);
    const counts = form()?.contains(target) && target.type !== "file" && !isTrim;
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
document.addEventListener("change", ({ target }) => {
  if (target.matches("#composer-form [type=file]") && target.files.length) chosen(target);
});
document.addEventListener("paste", (event) => {
  const { files, types } = event.clipboardData;
  const words = types.includes("text/plain") && types.includes("text/html"); // office suites add a picture of the text
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
document.addEventListener("drop", (event) => {
  const inside = over(event);
  if (inside && event.dataTransfer.files.length) take(event.dataTransfer.files, kindAt(event.target));
});
// Earlier files, kept videos and their frames ---------------------------------------------------------------------
const GONE = "This is not there any more. Reload the page and choose again.";
const ask = async (path, values) => {
  try {
    const reply = await request(path, values, { headers: { Accept: "application/json" } });
    return await reply.json().catch(() => ({ problem: GONE }));
  } catch {
    return { problem: `${AWAY} Try again.` };
  }
};
const post = async (url, values, place) => {
  const answer = await ask(url, values);
  const around = $("earlier").open ? $("earlier-job") : $("file-job");
  if (answer.job) return watch(answer.job, place?.nextElementSibling || around);
  if (answer.token) { $("earlier").close(); return pick(answer); }
  if (!place && !$("earlier").open) open($("earlier").dataset.kind);
  return complain(answer.problem, place);
};
// A part or a frame is made by a worker meanwhile; the studio draws how far it is.
let [making, asked] = ["", false];
const watch = (job, slot) => {
  [making, asked] = [job, true];
  load(job, { source: slot, target: slot, swap: "innerHTML" });
};
const lookAfter = () => {
  const job = document.querySelector(".file-job");
  if (!job && making && !asked) watch(making, $("file-job")); // it was drawn over
  asked &&= !job;
  if (!job || job.dataset.status === "pending") return;
  making = "";
  if (!job.dataset.made) return;
  job.remove();
  $("earlier").close();
  pick(JSON.parse(job.dataset.made));
};
const complain = (problem, place = $("earlier-error")) => { place.textContent = problem; place.hidden = !problem; };
const forget = async (button) => {
  const { problem } = await ask(button.dataset.forget, {});
  if (problem) complain(problem);
  else button.parentElement.remove();
};
const open = (kind, shot) => {
  $("earlier").dataset.kind = kind;
  complain("");
  look(shot);
  if (!$("earlier").open) $("earlier").showModal();
  if (shot) return;
  $("earlier-list").textContent = "One moment …"; // what was listed before may be of another kind, or gone
  load(`${uploads()}?kind=${kind}`, { source: "#earlier-list", target: "#earlier-list" });
};
const look = (shot) => {
  const video = $("frames-video");
  $("earlier-title").textContent = shot ? "A frame of this video" : `Your ${WORDS[$("earlier").dataset.kind]}s`;
  $("frames").hidden = !shot;
  $("earlier-list").hidden = Boolean(shot);
  $("frames-others").hidden = !$("earlier-list").childElementCount;
  if (shot) {
    video.src = `${takes()}${shot}/video/`;
    video.dataset.take = shot;
  } else {
    video.removeAttribute("src");
    video.load();
  }
};
document.addEventListener("close", (event) => { if (event.target.id === "earlier") look(); }, true);
const use = (what, shot, at) => {
  emit(events.composerWanted);
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
  const values = { start: start.value, seconds: seconds.value };
  return post(field(name).querySelector(".trim").dataset.trim, values, $(`trim-${name}-error`));
};
const player = (name) => $(`preview-${name}`).firstElementChild;
const playPart = (name) => {
  const [start, seconds] = part(name).map((one) => Number(one.value));
  player(name).src = `${player(name).src.split("#")[0]}#t=${start},${start + seconds}`;
  player(name).play();
};
const CLICKS = {
  "[data-again]": (button) => again(kindAt(button)),
  "[data-cancel]": (button) => drop(kindAt(button)),
  "[data-earlier]": (button) => open(button.dataset.earlier),
  "#earlier [data-token]": (button) => { $("earlier").close(); pick({ ...button.dataset }); },
  "[data-cancel-job]": () => { making = ""; },
  "[data-forget]": forget,
  "#frames-others": () => open("image"),
  "#frames [data-step]": (button) => {
    $("frames-video").pause();
    $("frames-video").currentTime += Number(button.dataset.step);
  },
  "#frames [data-at]": (button) => use("frame", $("frames-video").dataset.take, moment(button)),
  "[data-use]": (link) => {
    use(link.dataset.use, link.dataset.take, moment(link));
    link.closest("dialog:not(#earlier)")?.close();
  },
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
// The player shows the start of the part that is chosen.
document.addEventListener("input", (event) => {
  const [, name] = /^trim-(\w+)-start$/.exec(event.target.id || event.target.dataset.slides) || [];
  if (name) player(name).currentTime = Number(event.target.value);
});
// An address may ask for the frame or the video of a take, once.
document.addEventListener("DOMContentLoaded", () => {
  settled();
  const asked = new URLSearchParams(location.search);
  const [video, frame] = [asked.get("video_from"), asked.get("frame_from")];
  if (!form() || !/^\d+$/.test(video || frame)) return;
  history.replaceState(history.state, "", `${location.pathname}?mode=${MODES[video ? "video" : "image"]}`);
  use(video ? "video" : "frame", video || frame, asked.get("at"));
});
