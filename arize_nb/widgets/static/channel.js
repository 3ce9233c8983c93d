// Talk to Python, and say so where nobody answers: a kernel that was restarted knows no widget any more.
const GONE = "The kernel was restarted: run this cell again.";
const DEAD = "The kernel is gone: start it and run this cell again.";
const SLOW = "No answer yet: the kernel is busy. If it was restarted, run this cell again.";

// Take every field out of use, without losing what was typed into it or who has the keyboard.
function switchOff(area) {
  const refuse = (event) => {
    if (event.type === "keydown" && (event.key === "Tab" || event.ctrlKey || event.metaKey)) return;
    event.stopImmediatePropagation();
    if (event.type !== "pointerdown" && event.type !== "mousedown") event.preventDefault();
  };
  for (const type of ["click", "change", "input", "keydown", "dblclick"]) area.addEventListener(type, refuse, true);
  area.querySelectorAll("button").forEach((made) => setOff(made, true));
  area.querySelectorAll("input, textarea").forEach((field) => {
    if (["checkbox", "radio", "range"].includes(field.type)) field.disabled = true;
    else field.readOnly = true;
  });
  area.querySelectorAll("select").forEach((field) => { field.disabled = true; });
  area.dataset.axnGone = "true";
}

function channel(model, root, onGone = () => {}) {
  let gone = false;
  let waiting = null;
  const banner = node("div", { class: "axn axn-gone", role: "alert", hidden: true });
  const say = (text) => {
    banner.hidden = !text;
    banner.textContent = text;
    if (text && !banner.isConnected) (root.closest(".axn-live") ?? root).prepend(banner);
  };
  const lose = (text = GONE) => {
    if (gone) return;
    gone = true;
    clearTimeout(waiting);
    root.setAttribute("aria-busy", "false");
    const told = root.closest(".axn-live")?.querySelector(".axn-gone:not([hidden])");
    say(!told || told === banner ? text : "");
    onGone();
    switchOff(root);
  };
  const send = (message, answered = true) => {
    if (gone) return false;
    try {
      model.send(message);
    } catch {
      lose();
      return false;
    }
    if (answered) {
      clearTimeout(waiting);
      waiting = setTimeout(() => { if (!gone) say(SLOW); }, 10000);
    }
    return true;
  };
  const heard = () => {
    clearTimeout(waiting);
    if (!gone) say("");
  };
  // The comm is gone a moment after the word that it is; one try may still find it.
  const probe = () => [0, 500, 2000].forEach((after) => setTimeout(() => send({ kind: "ping" }), after));
  // A kernel that died and was started again by the server does not say that its comms are gone; its status says it.
  const kernel = model.widget_manager?.kernel;
  const judge = (_kernel, status) => {
    if (status === "restarting" || status === "autorestarting") lose();
    if (status === "dead") lose(DEAD);
  };
  kernel?.statusChanged?.connect(judge);
  model.on("comm_live_update", probe);
  model.on("msg:custom", heard);
  return {
    send,
    isGone: () => gone,
    close: () => {
      clearTimeout(waiting);
      kernel?.statusChanged?.disconnect(judge);
      model.off("comm_live_update", probe);
      model.off("msg:custom", heard);
    },
  };
}

// Enter that confirms a word of an input method is no Enter of ours (WebKit says it by keyCode alone).
const composing = (event) => event.isComposing || event.keyCode === 229;
