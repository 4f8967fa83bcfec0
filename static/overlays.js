// What is opened over the page is a step in the browser's history: Back closes it, and closing it leaves no step.
const POPOVER = CSS.supports("selector(:popover-open)") ? ", #desk:popover-open" : "";
const OVER = `dialog[open], details.pop[open], #bar details[open]${POPOVER}`;
let open = []; // the overlays, in the order in which they were opened
let going = false; // a step back of our own, which no other listener should hear
let leaving = false; // for another page
let mode = null; // the composer's mode, which the step below gets too
let still = false; // whether the browser is told not to scroll on Back
let left = null; // the present step, where it is an overlay's

// In a step's state `over` is how many overlays are open, and `real` says that it has an address or a mode of its own.
const depth = () => history.state?.over || 0;
const isOverlay = () => depth() > 0 && !history.state.real;
const note = () => { left = isOverlay() ? { ...history.state, href: location.href } : null; };
const shut = (one) => {
  if (one.id === "desk") one.hidePopover();
  else if (one.close) one.close();
  else one.open = false;
};
const look = () => {
  const now = [...document.querySelectorAll(OVER)];
  open = [...open.filter((one) => now.includes(one)), ...now.filter((one) => !open.includes(one))];
};
const back = () => { going = true; history.back(); };
const sync = () => {
  look();
  if (going || leaving) return;
  while (open.length > depth()) {
    history.scrollRestoration = "manual"; // or Back would scroll to where the overlay was opened
    still = true;
    history.pushState({ ...history.state, over: depth() + 1, real: false, below: history.state?.mode }, "");
  }
  if (open.length < depth()) {
    mode = document.getElementById("composer")?.dataset.mode;
    if (history.state.real) history.replaceState({ ...history.state, over: open.length }, ""); else back();
  }
  if (!depth() && still) { history.scrollRestoration = "auto"; still = false; }
  note();
};
const soon = () => setTimeout(sync); // after the click has done its work
window.addEventListener("popstate", (event) => {
  const [ours, was] = [going, left];
  going = false;
  look();
  if (!ours) while (open.length > depth()) shut(open.pop());
  const dead = isOverlay() && depth() > open.length; // Forward, to an overlay that was closed
  const same = was && history.state?.mode === was.below && location.href === was.href;
  if (ours || dead || same) event.stopImmediatePropagation();
  if (ours || same) {
    const now = ours ? mode : document.getElementById("composer")?.dataset.mode;
    if (now) history.replaceState({ ...history.state, mode: now }, "");
  }
  if (dead) back(); else soon();
  note();
}, true);
new MutationObserver(soon).observe(document, { subtree: true, attributeFilter: ["open"] });
document.addEventListener("htmx:afterSettle", soon);
document.getElementById("desk")?.addEventListener("toggle", soon);
window.addEventListener("beforeunload", () => {
  leaving = true;
  setTimeout(() => { leaving = false; sync(); }, 3000); // it was a download, or somebody stayed
});
window.addEventListener("pageshow", () => { leaving = false; soon(); });

// The page was loaded at a step whose overlay is gone.
mode = history.state?.mode;
still = depth() > 0;
if (isOverlay()) back();
else if (depth()) history.replaceState({ ...history.state, over: 0 }, "");

// A new address or mode while an overlay is open replaces the overlay's own step.
export const step = (how, state, address) => {
  look();
  history[isOverlay() ? "replaceState" : how]({ ...state, over: open.length, real: true }, "", address);
  note();
};

// Of the small panels one is open at a time; a click elsewhere or Escape closes it.
export const closePanels = (besides) => {
  for (const panel of document.querySelectorAll("details.pop[open]")) {
    if (panel !== besides && !panel.contains(besides)) panel.open = false;
  }
};
document.addEventListener("click", (event) => closePanels(event.target));
document.addEventListener("keydown", (event) => {
  const panel = event.key === "Escape" && document.querySelector("details.pop[open]");
  if (!panel) return;
  const inside = panel.contains(document.activeElement);
  panel.open = false;
  if (inside) panel.querySelector("summary").focus();
});
