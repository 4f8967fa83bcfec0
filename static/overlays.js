// What is opened over the page is a step in the browser's history: Back closes it, and closing it leaves no step.
const POPOVER = CSS.supports("selector(:popover-open)") ? ", #desk:popover-open" : "";
const OVER = `dialog[open], details.pop[open], #bar details[open]${POPOVER}`;
let open = []; // what lies over the page, in the order in which it came
let going = false; // a step back of our own, of which nobody else has to hear
let leaving = false; // for another page
let mode = null; // the composer's mode, which the step below is to have too
let still = false; // whether the browser is told to leave the page where it is scrolled to
let left = null; // the step that is there for a layer alone, while it is the present one

// Of a step, `over` is how many layers it has; `real`: it has an address or a mode of its own, and is no layer's.
const depth = () => history.state?.over || 0;
const isLayers = () => depth() > 0 && !history.state.real;
const note = () => { left = isLayers() ? { ...history.state, href: location.href } : null; };
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
    history.scrollRestoration = "manual"; // closing shows the place that was come to, not the one that was left
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
const soon = () => setTimeout(sync); // after what is pressed has done what it does
window.addEventListener("popstate", (event) => {
  const [ours, was] = [going, left];
  going = false;
  look();
  if (!ours) while (open.length > depth()) shut(open.pop());
  const dead = isLayers() && depth() > open.length; // Forward, to what is closed
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
  setTimeout(() => { leaving = false; sync(); }, 3000); // a download, or somebody stayed
});
window.addEventListener("pageshow", () => { leaving = false; soon(); });

// Come back, or loaded again, at a step whose layer is gone.
mode = history.state?.mode;
still = depth() > 0;
if (isLayers()) back();
else if (depth()) history.replaceState({ ...history.state, over: 0 }, "");

// A new address or mode while something is open takes the place of the layer's own step.
export const step = (how, state, address) => {
  look();
  history[isLayers() ? "replaceState" : how]({ ...state, over: open.length, real: true }, "", address);
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
