// What lies over the controls and the texts in `root`, a line each. What is out of sight is scrolled to first, as one would.
root => {
  const seen = (one) => one.checkVisibility({opacityProperty: true, visibilityProperty: true});
  const name = (one) => one && (one.id || `${one.tagName}.${one.className}`);
  const whole = document.documentElement;
  const clip = (rect, one) => {
    let [left, top, right, bottom] = [rect.left, rect.top, rect.right, rect.bottom];
    for (let up = one; up && up !== root.parentElement; up = up.parentElement) {
      if (!["auto", "scroll", "hidden", "clip"].includes(getComputedStyle(up).overflowY)) continue;
      const box = up.getBoundingClientRect();
      [left, top] = [Math.max(left, box.left), Math.max(top, box.top)];
      [right, bottom] = [Math.min(right, box.right), Math.min(bottom, box.bottom)];
    }
    return {left, top, right, bottom};
  };
  const problems = [];
  const controls = [...root.querySelectorAll("button, a[href], input:not([type=hidden]), select, textarea, summary")]
    .filter((one) => seen(one) && one.getBoundingClientRect().width > 0 && one.getBoundingClientRect().height > 0);
  const pointsOf = (one) => {
    const box = one.getClientRects()[0];
    const inset = Math.min(4, box.width / 3, box.height / 3);
    const points = [[(box.left + box.right) / 2, (box.top + box.bottom) / 2]];
    const wide = one.matches(".play") || (getComputedStyle(one).display === "inline" && one.getClientRects().length > 1);
    if (wide) return points;
    for (const x of [box.left + inset, box.right - inset]) {
      for (const y of [box.top + inset, box.bottom - inset]) points.push([x, y]);
    }
    return points;
  };
  const inSight = (one) => {
    const seen = clip(one.getBoundingClientRect(), one.parentElement);
    return pointsOf(one).every(([x, y]) => x >= Math.max(0, seen.left) && x <= Math.min(innerWidth, seen.right) &&
      y >= Math.max(0, seen.top) && y <= Math.min(innerHeight, seen.bottom));
  };
  for (const one of controls) {
    if (!inSight(one)) one.scrollIntoView({block: "nearest", inline: "nearest", behavior: "instant"});
    for (const [x, y] of pointsOf(one)) {
      if (x < 0 || y < 0 || x > innerWidth || y > innerHeight) { problems.push(`${name(one)} is out of the window`); break; }
      const hit = document.elementFromPoint(x, y);
      if (hit === one || one.contains(hit) || hit?.closest("label")?.contains(one)) continue;
      problems.push(`${name(hit)} lies over ${name(one)}`);
      break;
    }
    if (one.scrollWidth > one.clientWidth + 1 && !one.matches("input, textarea, select") && getComputedStyle(one).textOverflow !== "ellipsis" && getComputedStyle(one).display !== "inline") problems.push(`${name(one)} is cut off`);
  }
  const texts = [];
  const walk = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const [node, one] = [walk.currentNode, walk.currentNode.parentElement];
    if (!node.data.trim() || !seen(one) || one.closest(".unseen, option, datalist, template")) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const rect of range.getClientRects()) {
      const box = clip(rect, one);
      if (box.right - box.left > 2 && box.bottom - box.top > 2) texts.push({one, words: node.data.trim().slice(0, 30), ...box});
    }
  }
  for (const box of controls.filter((one) => !one.matches(".play, .turn"))) {
    const rect = box.getBoundingClientRect();
    if (getComputedStyle(box).display !== "inline") texts.push({one: box, words: name(box), left: rect.left, top: rect.top, right: rect.right, bottom: rect.bottom});
  }
  texts.forEach((one, at) => {
    for (const other of texts.slice(at + 1)) {
      if (one.one === other.one || one.one.contains(other.one) || other.one.contains(one.one)) continue;
      const across = Math.min(one.right, other.right) - Math.max(one.left, other.left);
      const down = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
      if (across > 2 && down > 3) problems.push(`“${one.words}” and “${other.words}” lie over each other`);
    }
  });
  return [...new Set(problems)];
}
