// Hands in the gallery: keys from card to card, and a rectangle drawn with the mouse.
"use strict";

(() => {
  const gallery = document.getElementById("gallery");
  if (!gallery || !document.getElementById("bar")) return;

  // Keys, on the card that has the focus. ----------------------------------------------------------------------------
  const go = (take, key, selects) => {
    const all = Takes.all();
    const at = all.indexOf(take);
    let next = key === "ArrowLeft" ? all[at - 1] : key === "ArrowRight" ? all[at + 1] : null;
    if (key === "ArrowUp" || key === "ArrowDown") {
      const here = take.getBoundingClientRect();
      const middle = here.left + here.width / 2;
      const rows = key === "ArrowDown" ? all.slice(at + 1) : all.slice(0, at).reverse();
      const off = rows.find((one) => Math.abs(one.getBoundingClientRect().top - here.top) > 8);
      const top = off?.getBoundingClientRect().top;
      const row = rows.filter((one) => Math.abs(one.getBoundingClientRect().top - top) < 8);
      const away = (one) => { const box = one.getBoundingClientRect(); return Math.abs(box.left + box.width / 2 - middle); };
      next = row.sort((one, other) => away(one) - away(other))[0];
    }
    if (!next) return;
    next.querySelector(".play").focus();
    next.scrollIntoView({ block: "nearest" });
    if (selects) { if (!Selection.has(Takes.idOf(take))) Selection.toggle(Takes.idOf(take), true); Selection.range(Takes.idOf(next)); }
  };
  const forget = (take, id) => {
    const all = Takes.all();
    const next = all[all.indexOf(take) + 1] || all[all.indexOf(take) - 1];
    Takes.remove([id]);
    next?.querySelector(".play")?.focus();
  };
  document.addEventListener("keydown", (event) => {
    if (document.querySelector("dialog[open]") || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || Takes.isTyping(event.target)) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const take = event.target.closest("#takes > .take");
    const id = take && Takes.idOf(take);
    const acts = {
      "?": () => document.getElementById("keys").showModal(),
      Escape: Selection.size() ? Selection.clear : null,
      c: Selection.size() >= 2 && Selection.size() <= 4 ? () => document.getElementById("bar-compare").click() : null,
    };
    if (take) {
      Object.assign(acts, { f: () => Takes.favorite(id), x: () => Selection.toggle(id), d: () => document.getElementById(`generation-${id}-download`)?.click(), Delete: () => forget(take, id) });
      for (const star of "012345") acts[star] = () => Takes.rate(id, Number(star));
      for (const arrow of ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"]) acts[arrow] = () => go(take, event.key, event.shiftKey);
      if (event.target.matches(".play") && take.querySelector("video")) acts[" "] = () => Player.toggle(take);
    }
    if (!acts[key]) return;
    event.preventDefault();
    acts[key]();
  });
  document.addEventListener("keyup", (event) => { if (event.key === " " && event.target.matches?.(".play") && event.target.closest(".take").querySelector("video")) event.preventDefault(); });

  // A rectangle: from empty ground; with Alt, or once something is selected, from anywhere. -------------------------
  const frame = Object.assign(document.createElement("div"), { className: "lasso" });
  let start = null; // where it began, on the page
  let before = null; // what was selected then, once it is drawn
  const box = (x, y) => {
    const [left, top] = [Math.min(x, start.x), Math.min(y, start.y)];
    return { left, top, right: Math.max(x, start.x), bottom: Math.max(y, start.y) };
  };
  const draw = (x, y) => {
    const now = box(x, y);
    for (const [name, value] of [["--x", now.left], ["--y", now.top], ["--w", now.right - now.left], ["--h", now.bottom - now.top]]) frame.style.setProperty(name, `${value}px`);
    const [on, off] = [[], []];
    for (const take of Takes.all()) {
      const one = take.getBoundingClientRect();
      const touches = one.left < now.right - scrollX && one.right > now.left - scrollX && one.top < now.bottom - scrollY && one.bottom > now.top - scrollY;
      const id = Takes.idOf(take);
      if (touches) on.push(id); else if (!before.has(id)) off.push(id);
    }
    if (on.some((id) => !Selection.has(id))) Selection.set(on, true);
    if (off.some((id) => Selection.has(id))) Selection.set(off, false);
  };
  gallery.addEventListener("pointerdown", (event) => {
    if (event.pointerType !== "mouse" || event.button || event.shiftKey) return;
    if (event.target.closest(event.altKey ? "input, textarea, select" : "a, button:not(.play), input, textarea, select, label, summary, form, dialog, .reason")) return;
    if (event.target.closest(".media") && !event.altKey && !Selection.size()) return;
    start = { x: event.pageX, y: event.pageY };
  });
  document.addEventListener("pointermove", (event) => {
    if (!start) return;
    if (!before) {
      if (Math.hypot(event.pageX - start.x, event.pageY - start.y) < 8) return;
      before = new Set(Selection.list());
      document.body.append(frame);
      document.body.classList.add("drawing");
    }
    if (event.clientY > innerHeight - 40) scrollBy(0, 16); else if (event.clientY < 40) scrollBy(0, -16);
    draw(event.clientX + scrollX, event.clientY + scrollY);
  });
  const drop = (event) => {
    start = null;
    if (!before) return;
    before = null;
    frame.remove();
    document.body.classList.remove("drawing");
    getSelection().removeAllRanges();
    announce(`${Selection.size()} selected`);
    if (event.type === "pointerup") { // the click at its end is none
      const swallow = (click) => { click.stopPropagation(); click.preventDefault(); };
      addEventListener("click", swallow, { capture: true, once: true });
      setTimeout(() => removeEventListener("click", swallow, { capture: true }), 50);
    }
  };
  document.addEventListener("pointerup", drop);
  document.addEventListener("pointercancel", drop);
  gallery.addEventListener("dragstart", (event) => { if (start) event.preventDefault(); });
})();
