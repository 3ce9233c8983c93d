// Put the live view of a widget in the place of its static form, wherever in the page that is, while the kernel answers.
const attach = { type: "after-attach", isConflatable: false, conflate: () => false };

async function mount(model, area) {
  const kept = [...area.children].map((child) => [child, child.style.display]);
  const looks = ["jp-RenderedHTMLCommon", "jp-RenderedHTML"].filter((name) => area.classList.contains(name));
  area.dataset.axnLive = "on";
  const shown = await model.widget_manager.get_model(model.get("shown"));
  const view = await model.widget_manager.create_view(shown);
  const host = node("div", { class: "axn-live" });
  kept.forEach(([child]) => { child.style.display = "none"; });
  area.classList.remove(...looks);
  area.append(host);
  const widget = view.luminoWidget ?? view.pWidget;
  widget?.processMessage({ ...attach, type: "before-attach" });
  host.append(view.el);
  widget?.processMessage(attach);
  const talk = channel(model, host);
  return () => {
    talk.close();
    host.remove();
    view.remove?.();
    kept.forEach(([child, display]) => { child.style.display = display; });
    area.classList.add(...looks);
    delete area.dataset.axnLive;
  };
}

function initialize({ model }) {
  const places = document.getElementsByClassName(model.get("mark"));
  const undo = [];
  let asked = false;
  const look = () => {
    asked = false;
    for (const place of places) {
      const area = place.parentElement;
      if (!area || area.dataset.axnLive) continue;
      mount(model, area).then((back) => undo.push(back), (error) => {
        delete area.dataset.axnLive;
        console.error(error);
      });
    }
  };
  const observer = new MutationObserver(() => {
    if (asked || !places.length) return;
    asked = true;
    requestAnimationFrame(look);
  });
  // A model that was restored from a file has no kernel behind it: nothing answers, and the static form stays.
  const hear = (message) => {
    if (message.kind !== "here") return;
    observer.observe(document.body, { childList: true, subtree: true });
    look();
  };
  model.on("msg:custom", hear);
  try {
    model.send({ kind: "hello" });
  } catch {
    return undefined;
  }
  return () => {
    observer.disconnect();
    model.off("msg:custom", hear);
    undo.forEach((back) => back());
  };
}
export default { initialize, render: () => {} };
