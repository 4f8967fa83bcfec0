// Your own files: dropped, pasted, chosen or picked again; sent with progress; and what Generate waits for.
"use strict";

const files = (() => {
  const MODES = { image: "image-to-video", audio: "lipsync", video: "control" };
  const WORDS = { image: "picture", audio: "recording", video: "video" };
  const NAMES = { image: /\.(jpe?g|png|webp|gif|bmp|tiff?|avif|hei[cf]|svg)$/i, audio: /\.(mp3|wav|m4a|aac|flac|og[ga]|opus)$/i, video: /\.(mp4|mov|m4v|mkv|webm|avi)$/i };
  const $ = (id) => document.getElementById(id);
  const form = () => $("composer-form");
  const field = (kind) => $(`field-${kind}`);
  const fits = (kind) => field(kind) && (!field(kind).closest(".experiment") || form().elements.send_image.checked);
  const kindOf = (file) => Object.keys(MODES).find((kind) => file.type.startsWith(`${kind}/`)) || Object.keys(MODES).find((kind) => NAMES[kind].test(file.name));
  const size = (bytes) => (bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(1)} MB`);
  const headers = () => JSON.parse(document.body.getAttribute("hx-headers"));
  const uploads = () => $("earlier").dataset.uploads;
  const AWAY = "The studio does not answer. Is it still running?";

  // On its way: one file for each field; a mode that is left meanwhile loses nothing. ------------------------------
  const jobs = new Map();
  let waiting = false;

  const send = (kind, file, sure) => {
    jobs.get(kind)?.request.abort();
    const request = new XMLHttpRequest();
    const job = { file, request, sure, loaded: 0, total: file.size, problem: "", retry: false, told: 0 };
    const fail = (problem, retry) => { Object.assign(job, { problem, retry }); waiting = false; draw(kind); };
    jobs.set(kind, job);
    request.upload.onprogress = ({ loaded, total }) => { Object.assign(job, { loaded, total }); draw(kind); };
    request.onload = () => {
      const answer = read(request);
      if (answer.token) { jobs.delete(kind); arrive(kind, answer); } else fail(answer.problem, request.status !== 422);
    };
    request.onerror = () => fail(`${AWAY} Nothing you typed is lost.`, true);
    request.open("POST", uploads());
    for (const [name, value] of Object.entries(headers())) request.setRequestHeader(name, value);
    request.setRequestHeader("Accept", "application/json");
    const body = new FormData();
    body.append("file", file);
    if (sure) body.append("kind", kind);
    request.send(body);
    announce(`Uploading ${file.name}`);
    if (fits(kind)) draw(kind); else desk.show(MODES[kind]);
  };
  const read = (request) => {
    try { return JSON.parse(request.responseText); } catch { return { problem: "The studio could not take this file." }; }
  };
  const draw = (kind) => {
    const [job, place] = [jobs.get(kind), field(kind)];
    if (!place) return;
    place.classList.toggle("busy", Boolean(job && !job.problem));
    if (!job) { place.querySelector(".sending")?.remove(); return wait(); }
    if (!place.querySelector(".sending")) place.append($("sending").content.cloneNode(true));
    const [bar, words, error] = [".sending progress", ".sending .faint", ".sending .error"].map((one) => place.querySelector(one));
    const percent = Math.floor((100 * job.loaded) / (job.total || 1));
    place.querySelector(".sending .name").textContent = job.file.name;
    bar.value = percent;
    bar.hidden = error.hidden = Boolean(job.problem);
    error.hidden = !job.problem;
    bar.setAttribute("aria-label", `Uploading ${job.file.name}`);
    words.textContent = job.problem ? size(job.file.size) : percent < 100 ? `${percent} % · ${size(job.loaded)} of ${size(job.total)}` : "Looking at it …";
    if (error.textContent !== job.problem) error.textContent = job.problem;
    place.querySelector("[data-again]").hidden = !job.retry;
    place.querySelector("[data-cancel]").textContent = job.problem ? "Never mind" : "Cancel";
    if (percent >= job.told + 25 && percent < 100) { job.told = percent; announce(`${percent} % of ${job.file.name}`); }
    wait();
  };
  const drop = (kind) => {
    jobs.get(kind).request.abort();
    jobs.delete(kind);
    waiting = false;
    draw(kind);
    announce("Upload canceled");
    field(kind)?.querySelector("input, button")?.focus();
  };

  // Arrived: the studio draws the field anew, with what it knows of the file. --------------------------------------
  const fresh = new Map();
  let held = false; // the focus, which must not be lost with what held it
  const busy = () => document.querySelector("#composer.htmx-request, .modes .htmx-request, #composer-form.htmx-request");
  const tenths = (seconds) => String(Math.round(seconds * 10) / 10);
  const store = ({ kind, token, seconds, filename }) => { // another mode is shown by now: it waits there
    desk.put(kind, token);
    if (seconds) desk.put(`${kind}_duration`, tenths(seconds));
    announce(`${filename} is in place`);
  };
  const arrive = (kind, answer) => {
    if (busy()) return void setTimeout(arrive, 50, kind, answer);
    (fits(kind) || answer.kind !== kind ? choose : store)(answer);
  };
  const choose = (answer) => {
    const { kind, token } = answer;
    desk.put(kind, token);
    fresh.set(kind, answer);
    if (busy()) return void setTimeout(choose, 50, answer);
    if (!fits(kind)) return void desk.show(MODES[kind]);
    held = field(kind).contains(document.activeElement);
    const [id, tab] = [`#field-${kind}`, $(`mode-${$("composer").dataset.mode}`)];
    htmx.ajax("POST", tab.getAttribute("hx-post"), { source: id, target: id, select: id, swap: "outerHTML", values: { [kind]: token } });
  };
  const settled = () => {
    if (!form()) return;
    for (const button of form().querySelectorAll("[data-earlier]")) button.hidden = false;
    for (const kind of jobs.keys()) draw(kind);
    for (const input of form().querySelectorAll("[type=file]")) if (input.files.length) chosen(input); // before the script was there
    for (const answer of fresh.values()) if (form().elements[answer.kind]?.value === answer.token) measured(answer);
  };
  const measured = ({ kind, seconds, filename }) => {
    const length = form().elements[`${kind}_duration`];
    fresh.delete(kind);
    if (length && seconds) {
      length.value = tenths(seconds);
      length.dispatchEvent(new Event("input", { bubbles: true }));
    }
    announce(`${filename} is in place${seconds ? `: ${tenths(seconds)} seconds` : ""}`);
    if (held && document.activeElement === document.body) $(`remove-${kind}`)?.focus({ preventScroll: true });
    if (waiting && ![...jobs.keys()].some(fits)) { waiting = false; form().requestSubmit($("generate")); }
    wait();
  };
  document.addEventListener("htmx:afterSettle", (event) => {
    const changed = event.detail.target;
    if (changed.id.startsWith("field-")) field(changed.dataset.kind)?.querySelector(":scope > input")?.dispatchEvent(new Event("input", { bubbles: true }));
    if (changed.id === "composer") waiting = false;
    if (changed.id === "composer" || changed.id.startsWith("field-")) settled();
  });

  // Generate waits for what is still on its way.
  document.addEventListener("htmx:confirm", (event) => {
    if (event.detail.elt !== form() || ![...jobs].some(([kind, job]) => fits(kind) && !job.problem)) return;
    event.preventDefault();
    waiting = true;
    announce("Waits for the upload, then generates");
    wait();
  });
  const wait = () => { $("waiting").hidden = !waiting; };

  // Ways in ---------------------------------------------------------------------------------------------------------
  const chosen = (input) => {
    send(input.closest("[data-kind]").dataset.kind, input.files[0], true);
    input.value = "";
  };
  const take = (files, onto) => {
    const [file] = files;
    const known = kindOf(file);
    const kind = known === "video" && onto === "audio" ? onto : known || onto; // its sound
    if (!kind) return announce(`${file.name} is no picture, recording or video`);
    if (!fits(kind)) announce(`A ${WORDS[kind]} goes to ${$(`mode-${MODES[kind]}`).textContent}`);
    send(kind, file, kind === onto);
  };
  document.addEventListener("change", (event) => { if (event.target.matches("#composer-form [type=file]") && event.target.files.length) chosen(event.target); });
  document.addEventListener("paste", (event) => {
    const { files, types } = event.clipboardData;
    const office = types.includes("text/plain") && types.includes("text/html"); // words that bring their own picture along
    if (!form() || !files.length || office || $("earlier").open) return;
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
    if (over(event) && event.dataTransfer.files.length) take(event.dataTransfer.files, event.target.closest?.("[data-kind]")?.dataset.kind);
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest(".sending button");
    const kind = button?.closest("[data-kind]").dataset.kind;
    if (button && "again" in button.dataset) send(kind, jobs.get(kind).file, jobs.get(kind).sure);
    else if (button) drop(kind);
  });
  document.addEventListener("DOMContentLoaded", settled);

  return { choose, headers, AWAY, MODES, WORDS };
})();
