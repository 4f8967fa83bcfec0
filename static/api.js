// Every request of our scripts to the studio: its address, the CSRF token, and what is said when it fails.
import { $, HOME, announce, toast } from "./page.js";

const headers = () => JSON.parse(document.body.getAttribute("hx-headers"));
const address = (path) => (path.startsWith("/") ? path : HOME + path);

// The answer as it is; `values` are sent as a form, a FormData or a Blob as the body that it is.
export const request = (path, values, { headers: more, ...options } = {}) => fetch(address(path), {
  ...(values && { method: "POST", body: values.constructor === Object ? new URLSearchParams(values) : values }),
  ...options,
  headers: { ...headers(), ...more },
});
// The same with word of how much was sent: `progress` hears it, `started` gets what can be aborted. The answer is JSON.
export const call = (method, path, { body, type, progress, started }) => new Promise((answered, broke) => {
  const sent = Object.assign(new XMLHttpRequest(), { responseType: "json", onerror: broke });
  started(sent);
  if (progress) sent.upload.onprogress = progress;
  sent.onload = () => answered({ status: sent.status, answer: sent.response });
  sent.open(method, address(path));
  const given = { ...headers(), Accept: "application/json", ...(type && { "Content-Type": type }) };
  for (const [name, value] of Object.entries(given)) sent.setRequestHeader(name, value);
  sent.send(body);
});
// The answer as a page, of which nothing is shown yet.
export const page = async (path, values) => {
  const answer = await request(path, values);
  return new DOMParser().parseFromString(await answer.text(), "text/html");
};
// htmx asks, and puts the answer where `target` and the other options say. Whether one came: a newer request may have
// taken the place of this one.
export const load = (path, { verb = "GET", ...options }) => htmx.ajax(verb, address(path), options).then(
  () => true,
  () => false,
);

// Actions go one after the other, so that the last one wins, also where the page is left meanwhile. The answer's parts,
// or nothing where it failed.
let line = Promise.resolve();
const newest = new Map(); // by take: after a newer action the answer to an older one is out of date
export const post = (path, values = {}, reloads = true) => {
  const of = path.replace(/\w+\/$/, "");
  const turn = (newest.get(of) || 0) + 1;
  newest.set(of, turn);
  line = line.then(() => send(path, values, reloads, () => newest.get(of) === turn));
  return line;
};
const send = async (path, values, reloads, isNewest) => {
  let problem;
  try {
    const body = new URLSearchParams(values);
    const answer = await request(path, body, {
      headers: { "HX-Request": "true", "HX-Current-URL": location.href },
      keepalive: body.toString().length < 60000,
    });
    const text = `<body><template>${await answer.text()}</template>`;
    problem = answer.headers.get("X-Problem");
    if (!answer.ok) throw new Error(answer.status);
    if (reloads && answer.headers.get("HX-Refresh")) location.reload();
    const parts = new DOMParser().parseFromString(text, "text/html").querySelector("template").content;
    if (isNewest()) show(parts);
    const changed = answer.headers.get("HX-Trigger");
    if (changed) htmx.trigger(document.body, changed);
    return parts;
  } catch {
    toast(problem || "That did not reach the studio. Is it still running? Reload the page and try again.");
    return null;
  }
};
// What an answer changes on the page, where that still has it. The way back is the toast's.
const show = (parts) => {
  const changes = document.createElement("div");
  for (const one of parts.querySelectorAll("[hx-swap-oob]:not(#undo)")) {
    if ($(one.id)) changes.append(one.cloneNode(true));
  }
  const body = document.body;
  const about = { eventInfo: { elt: body, target: body } };
  if (changes.childElementCount) htmx.swap(body, changes.innerHTML, { swapStyle: "none" }, about);
  const problem = parts.querySelector('.take [role="alert"]');
  if (problem) toast(problem.textContent);
};

// htmx's own requests that fail: said beside what was pressed, and nothing typed is lost.
let missed = 0; // polls in a row that brought nothing: one or two are not worth a word
const fail = (usual) => ({ detail: { elt, xhr } }) => {
  const words = xhr.getResponseHeader("X-Problem") || usual;
  const isPoll = elt.id === "poller";
  if (isPoll && (missed += 1) < 3) return;
  const place = elt.closest("#composer") ? $("estimate") : elt.closest("form, .actions, .resolve") || $("notice");
  const shown = place?.querySelector(".trouble");
  if (!place || (isPoll && shown)) return;
  announce(words);
  shown?.remove();
  place.append(Object.assign(document.createElement("p"), { className: "trouble error", textContent: words }));
};
const NO_ANSWER = "The studio does not answer. Is it still running? Nothing you typed is lost.";
const REFUSED = "The studio could not do that. Reload the page and try again; what you typed is kept.";
document.addEventListener("htmx:sendError", fail(NO_ANSWER));
document.addEventListener("htmx:responseError", fail(REFUSED));
document.addEventListener("htmx:afterRequest", (event) => {
  if (!event.detail.successful) return;
  missed = 0;
  for (const each of document.querySelectorAll(".trouble")) each.remove();
});
// Where there is no composer beside the gallery, its links are links.
document.addEventListener("htmx:targetError", ({ detail: { elt } }) => { if (elt.href) location.href = elt.href; });
