// Text to the clipboard and files to the disk, where the page may (a page that is not from this machine and not https may not do the first).
async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return;
  } catch {
    const held = document.activeElement;
    const box = node("textarea", { class: "axn-sr", readonly: true });
    box.value = text;
    document.body.append(box);
    box.select();
    const done = document.execCommand("copy");
    box.remove();
    held?.focus({ preventScroll: true });
    if (!done) throw new Error("the browser does not let this page copy");
  }
}

function saveFile(name, data, type) {
  const link = node("a", { href: URL.createObjectURL(new Blob([data], { type })), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

// The whole of a clipped cell under the pointer; it stays while the pointer is in it, and Escape takes it away.
function wholeText(root, askFor) {
  const tip = node("div", { class: "axn-tip", role: "tooltip", hidden: true });
  let over = null;
  let wait = null;
  const hide = () => { tip.hidden = true; };
  const isClipped = (span) => span.textContent.endsWith("…") || span.scrollHeight > span.clientHeight + 1 || span.scrollWidth > span.clientWidth + 1;
  const leave = () => {
    clearTimeout(wait);
    over = null;
    wait = setTimeout(hide, 250);
  };
  on(tip, "mouseenter", () => clearTimeout(wait));
  on(tip, "mouseleave", leave);
  root.append(tip);
  return {
    hide,
    enter(cell, key, column) {
      clearTimeout(wait);
      hide();
      const span = cell.querySelector(".axn-cell");
      if (!span || !isClipped(span)) return;
      over = { cell, key, column };
      wait = setTimeout(() => askFor(key, column), 400);
    },
    leave,
    show({ key, column, text }) {
      if (!over || over.key !== key || over.column !== column || text === null) return;
      tip.textContent = text;
      tip.hidden = false;
      const [place, frame] = [over.cell.getBoundingClientRect(), root.getBoundingClientRect()];
      const left = Math.min(place.left - frame.left, frame.width - tip.offsetWidth - 4);
      tip.style.left = `${Math.max(0, left)}px`;
      tip.style.top = `${place.bottom - frame.top - 2}px`;
    },
  };
}
