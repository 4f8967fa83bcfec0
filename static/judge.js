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
    try {
      const headers = { ...JSON.parse(document.body.getAttribute("hx-headers")), "HX-Request": "true", "HX-Current-URL": location.href };
      const body = new URLSearchParams(values);
      const answer = await fetch(url, { method: "POST", headers, body, keepalive: body.toString().length < 60000 });
      const text = await answer.text();
      if (!answer.ok) throw new Error(answer.status);
      if (reloads && answer.headers.get("HX-Refresh")) location.reload();
      const parts = new DOMParser().parseFromString(`<body><template>${text}</template>`, "text/html").querySelector("template").content;
      if (isLast()) show(parts);
      if (answer.headers.get("HX-Trigger")) htmx.trigger(document.body, answer.headers.get("HX-Trigger"));
      return parts;
    } catch {
      toast("That did not reach the studio. Is it still running? Reload the page and try again.");
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
  const url = (id, verb) => `/generations/${id}/${verb}/`;
  const mark = (take) => {
    if (!take) return;
    const [liked, rating, id] = ["favorite" in take.dataset, take.dataset.rating, idOf(take)];
    const heart = document.getElementById(`generation-${id}-favorite`);
    heart?.setAttribute("aria-pressed", String(liked));
    for (const star of take.querySelectorAll(".stars button")) star.setAttribute("aria-pressed", String(star.id.endsWith(`-${rating}`)));
    take.dispatchEvent(new CustomEvent("judged", { bubbles: true }));
  };
  const favorite = (id, liked = !("favorite" in card(id).dataset)) => {
    card(id)?.toggleAttribute("data-favorite", liked);
    mark(card(id));
    announce(liked ? "Favourite" : "No favourite any more");
    return post(url(id, "favorite"), { value: liked ? 1 : 0 });
  };
  const rate = (id, stars) => {
    if (card(id)) card(id).dataset.rating = stars;
    mark(card(id));
    announce(stars ? `Rated ${stars} of 5` : "No rating");
    return post(url(id, "rating"), { value: stars });
  };

  // Deleting: cards leave at once and come back to their places. -----------------------------------------------------
  const lift = (ids) => ids.map(card).filter(Boolean).map((take) => {
    const place = document.createComment("");
    take.replaceWith(place);
    return [take, place];
  });
  const putBack = (lifted) => {
    for (const [take, place] of lifted) if (place.isConnected && !document.getElementById(take.id)) place.replaceWith(take);
    document.dispatchEvent(new CustomEvent("takes-returned"));
  };
  const remove = async (ids, url_ = url(ids[0], "delete"), values = {}) => {
    const lifted = lift(ids);
    document.dispatchEvent(new CustomEvent("takes-left", { detail: ids }));
    const done = await post(url_, values);
    if (!done) return putBack(lifted);
    const undo = Object.fromEntries([...done.querySelectorAll("#undo input[type=hidden]")].map((field) => [field.name, field.value]));
    const words = done.querySelector("#undo span")?.textContent || `Take ${ids[0]} is in the trash.`;
    if (!undo.deleted) return toast(words);
    toast(words, "Undo", async () => {
      if (!(await post("/selection/", { action: "restore", deleted: undo.deleted }, false))) return;
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
    if (verb === "rating") rate(Number(id), button.getAttribute("aria-pressed") === "true" ? 0 : Number(button.textContent || button.id.slice(-1)));
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
