// One take at a time.
"use strict";

document.addEventListener("click", (event) => {
  const take = event.target.closest(".play")?.closest(".take");
  if (take?.querySelector("video") && event.pointerType !== "mouse") Player.toggle(take);
});
