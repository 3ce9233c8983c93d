// Put the live view of a widget in the place of its static form, wherever in the page that is, while the kernel answers.
const attach = { type: "after-attach", isConflatable: false, conflate: () => false };

// The static form is taken out of the page (a search in the page would find everything twice), but for its mark. The live view
// stands beside it and not in it: JupyterLab typesets what is in rendered HTML, and would make formulas of a model's dollar signs.
async function mount(model, place) {
  const area = place.parentElement;
  area.dataset.axnLive = "on";
  const shown = await model.widget_manager.get_model(model.get("shown"));
  const view = await model.widget_manager.create_view(shown);
  const host = node("div", { class: "axn-live jp-OutputArea-output" });
  const kept = [...area.childNodes].filter((child) => child !== place);
  kept.forEach((child) => child.remove());
  area.style.display = "none";
  area.classList.remove("jp-OutputArea-output");
  area.after(host);
  const widget = view.luminoWidget ?? view.pWidget;
  widget?.processMessage({ ...attach, type: "before-attach" });
  host.append(view.el);
  widget?.processMessage(attach);
  const talk = channel(model, host);
  return () => {
    talk.close();
    host.remove();
    view.remove?.();
    area.append(...kept);
    area.classList.add("jp-OutputArea-output");
    area.style.display = "";
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
      mount(model, place).then((back) => undo.push(back), (error) => {
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
