// What a person says of a take, rating, favourite or the trash: at once on the page, then to the studio, with an undo.
import { post } from "../api.js";
import { emit, events } from "../events.js";
import { $, announce, toast } from "../page.js";
import { card } from "../gallery/cards.js";
import { gap } from "../gallery/steady_grid.js";

// The card shows it before the studio has heard of it.
const path = (id, verb) => `generations/${id}/${verb}/`;
const mark = (id, verb, value) => {
  const take = card(id);
  if (!take) return;
  if (verb === "rating") take.dataset.rating = value;
  else take.toggleAttribute("data-favorite", Boolean(value));
  $(`${take.id}-favorite`)?.setAttribute("aria-pressed", "favorite" in take.dataset);
  for (const star of take.querySelectorAll(".stars button")) {
    star.setAttribute("aria-pressed", star.id.endsWith(`-${take.dataset.rating}`));
  }
};
const review = async (id, verb, value, before, words) => {
  mark(id, verb, value);
  announce(words);
  if (!(await post(path(id, verb), { value }))) mark(id, verb, before);
};
export const favorite = (id, liked = !("favorite" in card(id).dataset)) => (
  review(id, "favorite", Number(liked), Number(!liked), liked ? "Favourite" : "No favourite any more")
);
export const rate = (id, stars) => (
  review(id, "rating", stars, card(id)?.dataset.rating, stars ? `Rated ${stars} of 5` : "No rating")
);

// Deleting: cards leave at once and come back to their places. -----------------------------------------------------
const lift = (ids) => ids.map(card).filter(Boolean).map((take) => {
  const place = document.createComment("");
  gap(take);
  take.replaceWith(place);
  return [take, place];
});
const putBack = (lifted) => {
  for (const [take, place] of lifted) {
    if (!place.isConnected || $(take.id)) continue;
    if (place.previousSibling?.className === "gap") place.previousSibling.remove();
    place.replaceWith(take);
  }
  emit(events.returned);
};
export const remove = async (ids, where = path(ids[0], "delete"), values = {}) => {
  const lifted = lift(ids);
  emit(events.left, ids);
  const done = await post(where, values);
  if (!done) return putBack(lifted);
  const refused = done.querySelector("#selection-said");
  if (refused) { putBack(lifted); return toast(refused.textContent); }
  const deleted = done.querySelector("#undo input[name=deleted]")?.value;
  const words = done.querySelector("#undo span")?.textContent || `Take ${ids[0]} is in the trash.`;
  if (!deleted) return toast(words);
  toast(words, "Undo", async () => {
    if (!(await post("selection/", { action: "restore", deleted }, false))) return;
    putBack(lifted);
    announce("Back again");
  });
};

document.addEventListener("click", (event) => {
  const button = event.target.closest('button[form="card-form"]');
  if (!button || button.matches(".detail [id$=-delete]")) return; // a take's own page stays, and says so
  event.preventDefault();
  const [, digits, verb] = button.getAttribute("formaction").match(/(\d+)\/(\w+)\/$/);
  const [id, isPressed] = [Number(digits), button.getAttribute("aria-pressed") === "true"];
  if (verb === "favorite") favorite(id, !isPressed);
  if (verb === "rating") rate(id, isPressed ? 0 : Number(button.id.slice(-1)));
  if (verb === "delete") remove([id]);
});
