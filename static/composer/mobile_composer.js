// On a phone the composer is a sheet: it comes up for settings that were asked for, and goes when it was sent.
import { events, on } from "../events.js";
import { $ } from "../page.js";

const desk = $("desk");
const narrow = matchMedia("(max-width: 820px)");
const isOpen = () => desk?.showPopover && desk.matches(":popover-open");
const open = () => { if (desk?.showPopover && narrow.matches && !isOpen()) desk.showPopover(); };
const close = () => { if (isOpen()) desk.hidePopover(); };

desk?.addEventListener("toggle", () => {
  const focused = document.activeElement;
  if (isOpen()) $("id_prompt")?.focus({ preventScroll: true });
  else if (desk.contains(focused) || focused === document.body) $("new-take").focus({ preventScroll: true });
});
narrow.addEventListener("change", close);
document.addEventListener("pointerdown", (event) => {
  if (!event.target.closest("#desk, dialog, #new-take")) close();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !document.querySelector("dialog[open]")) close();
});
on(events.askedFor, close);
on(events.composerWanted, open);
// "Use these settings" on a card fills the composer; so does an address that says what to begin with. A draft of
// another mode, which the composer itself asks for, is no reason to come up.
document.addEventListener("htmx:afterSwap", (event) => {
  const asked = event.detail.requestConfig?.elt;
  if (asked && event.detail.target.id === "composer" && asked.id !== "composer" && !desk?.contains(asked)) open();
});
const asked = new URLSearchParams(location.search);
if (["from", "image", "audio", "video", "frame_from", "video_from"].some((name) => asked.has(name))) open();
