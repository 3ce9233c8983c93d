// A pane of sections that Python fills; nothing is kept in the browser.
DRAW.image = (s, buffers) => {
  const view = buffers[s.buffer];
  const source = URL.createObjectURL(new Blob([view], { type: "image/png" }));
  const picture = node("img", { alt: s.alt, src: source, class: "axn-image" });
  on(picture, "load", () => URL.revokeObjectURL(source));
  return [picture];
};

function render({ model, el }) {
  const root = node("div", { class: "axn axn-panel" });
  ownKeyboard(root);
  const problem = node("div", { class: "axn-problem", role: "alert" });
  const content = node("div");
  root.append(problem, content);
  el.append(root);
  const talk = channel(model, root);
  const hear = {
    show: (message, buffers) => {
      problem.textContent = "";
      root.setAttribute("aria-busy", "false");
      const held = [...content.querySelectorAll(".axn-pick")].indexOf(document.activeElement);
      drawSections(content, message.sections, buffers, (row) => talk.send({ kind: "pick", row }, false));
      if (held >= 0) content.querySelectorAll(".axn-pick")[held]?.focus({ preventScroll: true });
    },
    busy: (message) => {
      problem.textContent = "";
      root.setAttribute("aria-busy", "true");
      drawSections(content, [{ type: "note", text: message.text }]);
    },
    problem: (message) => {
      root.setAttribute("aria-busy", "false");
      problem.textContent = message.text;
    },
  };
  const onMessage = (message, buffers) => hear[message.kind]?.(message, buffers);
  model.on("msg:custom", onMessage);
  talk.send({ kind: "hello" });
  return () => {
    talk.close();
    model.off("msg:custom", onMessage);
  };
}
export default { render };
