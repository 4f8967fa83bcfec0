// Where the composer is a sheet: it comes up for settings that were asked for, and goes when the takes are on their way.
"use strict";

(() => {
  const desk = document.getElementById("desk");
  if (!desk?.showPopover) return;
  const narrow = matchMedia("(max-width: 820px)");
  const isOpen = () => desk.matches(":popover-open");
  const open = () => { if (narrow.matches && !isOpen()) desk.showPopover(); };
  const shut = () => { if (isOpen()) desk.hidePopover(); };

  desk.addEventListener("toggle", () => {
    const button = document.getElementById("new-take");
    if (isOpen()) document.getElementById("id_prompt")?.focus({ preventScroll: true });
    else if (desk.contains(document.activeElement) || document.activeElement === document.body) button.focus({ preventScroll: true });
  });
  narrow.addEventListener("change", shut);
  document.addEventListener("pointerdown", (event) => { if (!event.target.closest("#desk, dialog, #new-take")) shut(); });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape" && !document.querySelector("dialog[open]")) shut(); });
  document.addEventListener("takes-asked-for", shut);
  document.addEventListener("composer-wanted", open);
  // "Use these settings" on a card fills the composer; so does an address that says what to begin with. A draft of
  // another mode, which the composer itself asks for, is no reason to come up.
  document.addEventListener("htmx:afterSwap", (event) => {
    const asked = event.detail.requestConfig?.elt;
    if (asked && event.detail.target.id === "composer" && asked.id !== "composer" && !desk.contains(asked)) open();
  });
  const asked = new URLSearchParams(location.search);
  if (["from", "image", "audio", "video", "frame_from", "video_from"].some((name) => asked.has(name))) open();
})();
