// Columns as a person wants them: shown or not, order, pinned, width; by mouse on the heads, and by keyboard in a list.
function columnTools({ getShown, arrange, headRow }) {
  const root = node("div", { class: "axn-columns", role: "group", "aria-label": "Columns", hidden: true });
  const layout = () => {
    const { columns } = getShown();
    return {
      shown: columns.map((column) => column.name),
      pinned: columns.filter((column) => column.pinned).map((column) => column.name),
      widths: Object.fromEntries(columns.filter((column) => column.width).map((column) => [column.name, column.width])),
    };
  };
  const act = {
    move(name, by) {
      const now = layout();
      const from = now.shown.indexOf(name);
      const to = from + by;
      if (to < 0 || to >= now.shown.length) return;
      act.put(name, to);
    },
    // Among the pinned columns and among the others; a move over the border pins or lets go.
    put(name, to) {
      const now = layout();
      const names = now.shown.filter((one) => one !== name);
      const others = now.pinned.filter((one) => one !== name);
      names.splice(to, 0, name);
      const pinned = to < others.length || (to === others.length && now.pinned.includes(name)) ? names.slice(0, others.length + 1) : others;
      arrange({ ...now, shown: names, pinned });
    },
    pin(name) {
      const now = layout();
      const pinned = now.pinned.includes(name) ? now.pinned.filter((one) => one !== name) : [...now.pinned, name];
      arrange({ ...now, shown: [...pinned, ...now.shown.filter((one) => !pinned.includes(one))], pinned });
    },
    hide(name) {
      const now = layout();
      if (now.shown.length < 2) return;
      arrange({ ...now, shown: now.shown.filter((one) => one !== name), pinned: now.pinned.filter((one) => one !== name) });
    },
    show(name) {
      const now = layout();
      arrange({ ...now, shown: [...now.shown, name] });
    },
    resize(name, width) {
      const now = layout();
      const widths = { ...now.widths, [name]: Math.round(width) };
      if (!width) delete widths[name];
      arrange({ ...now, widths });
    },
  };
  const button = (name, what, label, sign, run, pressed = null) => {
    const made = node("button", { type: "button", "aria-label": `${label} ${name}`, title: label, "aria-pressed": pressed, "data-key": `${what} ${name}` }, sign);
    on(made, "click", run);
    return made;
  };
  const tick = (column, checked, run) => {
    const box = node("input", { type: "checkbox", checked, "data-key": `show ${column}`, "aria-label": `Show ${column}` });
    box.checked = checked;
    on(box, "change", run);
    return node("label", {}, box, " ", ...breakable(column));
  };
  const draw = (widthOf) => {
    if (root.hidden) return;
    const held = root.contains(document.activeElement) ? document.activeElement.dataset.key : null;
    const { columns, offered } = getShown();
    clear(root);
    const list = node("ul");
    columns.forEach((column) => {
      const { name } = column;
      const width = () => column.width ?? widthOf(name);
      list.append(node("li", {}, tick(name, true, () => act.hide(name)), node("span", { class: "axn-pages" },
        button(name, "earlier", "Move forward", "↑", () => act.move(name, -1)),
        button(name, "later", "Move back", "↓", () => act.move(name, 1)),
        button(name, "pin", "Keep in sight", "Pin", () => act.pin(name), String(column.pinned)),
        button(name, "narrower", "Narrower", "−", () => act.resize(name, width() - 40)),
        button(name, "wider", "Wider", "+", () => act.resize(name, width() + 40)))));
    });
    offered.forEach((name) => list.append(node("li", {}, tick(name, false, () => act.show(name)))));
    root.append(list);
    if (held) (root.querySelector(`[data-key="${CSS.escape(held)}"]`) ?? root.querySelector("input"))?.focus({ preventScroll: true });
  };
  // A head that is dragged by its right edge is made wider, by its middle it is put elsewhere.
  const handle = (th, column) => {
    const edge = node("span", { class: "axn-edge", "aria-hidden": "true", title: "Drag to resize, double-click for the width of the text" });
    let moved = false;
    on(edge, "click", (event) => event.stopPropagation());
    on(edge, "dblclick", (event) => { event.stopPropagation(); act.resize(column.name, 0); });
    on(edge, "pointerdown", (event) => {
      event.preventDefault();
      event.stopPropagation();
      const [from, width] = [event.clientX, th.offsetWidth];
      edge.setPointerCapture(event.pointerId);
      const to = (now) => Math.max(40, width + now.clientX - from);
      const drag = (now) => { th.style.minWidth = th.style.maxWidth = th.style.width = `${to(now)}px`; };
      on(edge, "pointermove", drag);
      edge.addEventListener("pointerup", (now) => {
        edge.removeEventListener("pointermove", drag);
        if (Math.abs(now.clientX - from) > 2) act.resize(column.name, to(now));
      }, { once: true });
    });
    on(th, "pointerdown", (event) => {
      if (event.button !== 0) return;
      const from = event.clientX;
      moved = false;
      const drag = (now) => {
        moved ||= Math.abs(now.clientX - from) > 6;
        th.classList.toggle("axn-dragged", moved);
      };
      const drop = (now) => {
        document.removeEventListener("pointermove", drag);
        th.classList.remove("axn-dragged");
        if (!moved) return;
        const heads = [...headRow().cells]; // as they stand now: an answer may have drawn them anew meanwhile
        const over = heads.findIndex((cell) => cell.getBoundingClientRect().right > now.clientX);
        act.put(column.name, Math.max(0, (over < 0 ? heads.length : over) - 1));
      };
      document.addEventListener("pointermove", drag);
      document.addEventListener("pointerup", drop, { once: true });
    });
    // The click that ends a drag sorts nothing.
    th.addEventListener("click", (event) => {
      if (moved) event.stopImmediatePropagation();
      moved = false;
    }, true);
    th.append(edge);
  };
  return { root, act, draw, handle };
}
