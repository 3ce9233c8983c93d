// The pane under a table that shows one row in full; its head stays, so that stepping from row to row keeps the keyboard.
function detailPane({ onClose, onStep }) {
  const root = node("div", { class: "axn-detail", role: "group", "aria-label": "Row detail", hidden: true });
  const heading = node("h3", { tabindex: "-1", "aria-live": "polite" });
  const content = node("div");
  const button = (label, key, act) => {
    const made = node("button", { type: "button" }, label, " ", node("kbd", { "aria-hidden": "true" }, key));
    on(made, "click", () => { if (!isOff(made)) act(); });
    return made;
  };
  const previous = button("Previous", "k", () => onStep(-1));
  const next = button("Next", "j", () => onStep(+1));
  const shut = button("Close", "Esc", onClose);
  root.append(node("div", { class: "axn-detail-head" }, heading, node("span", { class: "axn-bar" }, previous, next, shut)), content);
  on(root, "keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const act = { Escape: onClose, j: () => next.click(), k: () => previous.click() }[event.key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  });
  return {
    root,
    show(title, sections, buffers) {
      heading.textContent = title;
      drawSections(content, sections, buffers);
      root.hidden = false;
      if (!root.contains(document.activeElement)) heading.focus({ preventScroll: true });
      root.scrollIntoView({ block: "nearest" });
    },
    hide() {
      root.hidden = true;
      heading.textContent = "";
      clear(content);
    },
    ends(first, last) {
      setOff(previous, first);
      setOff(next, last);
    },
  };
}
