// A pane of sections that Python fills; nothing is kept in the browser.
function render({ model, el }) {
  const root = node("div", { class: "axn axn-panel" });
  ownKeyboard(root);
  const problem = node("div", { class: "axn-problem", role: "alert" });
  const content = node("div");
  root.append(problem, content);
  el.append(root);
  const hear = {
    show: (message, buffers) => {
      problem.textContent = "";
      root.setAttribute("aria-busy", "false");
      drawSections(content, message.sections, buffers);
    },
    problem: (message) => { problem.textContent = message.text; },
  };
  const onMessage = (message, buffers) => hear[message.kind]?.(message, buffers);
  model.on("msg:custom", onMessage);
  model.send({ kind: "hello" });
  return () => model.off("msg:custom", onMessage);
}
export default { render };
