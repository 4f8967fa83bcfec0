// What can be done with a take is in the page once, as a template: each card gets a copy with its own number.
import { $ } from "../page.js";
import { idOf } from "./cards.js";

const template = $("card-actions");

const copyFor = (take) => {
  const { number, mode } = template.dataset;
  const copy = document.createElement("template");
  copy.innerHTML = template.innerHTML.replaceAll(number, idOf(take)).replaceAll(mode, take.dataset.mode);
  const video = take.querySelector(".media > video");
  const has = take.querySelector('[data-keeping="kept"]') ? "kept" : video && "linked";
  for (const one of copy.content.querySelectorAll("[data-video]")) {
    if (one.dataset.video !== has) one.remove();
    else if (has === "linked") one.href = video.getAttribute("src");
  }
  return copy.content.children;
};

const fill = (root) => {
  for (const deeds of root.querySelectorAll(".take .deeds:not(:has(a))")) {
    const take = deeds.closest(".take");
    const [review, actions] = copyFor(take);
    deeds.append(...actions.children);
    if (take.dataset.status !== "succeeded" || !deeds.closest(".actions")) continue;
    deeds.parentElement.prepend(review);
    review.querySelector(".heart").setAttribute("aria-pressed", String("favorite" in take.dataset));
    review.querySelector(`[id$="-star-${take.dataset.rating}"]`)?.setAttribute("aria-pressed", "true");
  }
};

if (template) {
  // Before they are in the page, so that focus finds its way back to them; else as soon as they are.
  document.addEventListener("htmx:oobBeforeSwap", (event) => fill(event.detail.fragment));
  document.addEventListener("htmx:afterSwap", () => fill(document));
  fill(document);
}
