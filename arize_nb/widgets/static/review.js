// One run at a time, labelled by keyboard or mouse; what is said goes to Python at once.
function render({ model, el }) {
  const root = node("div", { class: "axn axn-review", tabindex: "0", role: "group", "aria-label": "Review runs. Keys: digits label, n note, s score, c next question, u undo, arrows or j and k move." });
  ownKeyboard(root);
  const title = node("h3", { "aria-live": "polite" }, "Review");
  const bar = node("progress", { max: 1, value: 0, "aria-label": "Runs answered" });
  const status = node("div", { class: "axn-status", role: "status" }, "Reading the runs…");
  const problem = node("div", { class: "axn-problem", role: "alert" });
  const retry = node("button", { type: "button", hidden: true }, "Send again");
  const content = node("div");
  const form = node("div");
  const button = (label, key, act) => {
    const made = node("button", { type: "button" }, label, " ", node("kbd", { "aria-hidden": "true" }, key));
    on(made, "click", () => { if (!isOff(made)) act(); });
    return made;
  };
  const send = (kind, more = {}) => talk.send({ kind, ...more });
  const back = button("Back", "←", () => send("move", { step: -1 }));
  const forward = button("Next", "→", () => send("move", { step: 1 }));
  const open = button("Next open", "o", () => send("open"));
  const undo = button("Undo", "u", () => send("undo"));
  const finish = button("Agreement", "a", () => send(summing ? "hello" : "finish"));
  const two = node("div", { class: "axn-two", hidden: true }, content, node("div", {}, form, node("div", { class: "axn-bar" }, back, forward, open, undo, finish)));
  bar.hidden = true;
  root.append(node("div", { class: "axn-review-head" }, title, bar, status), problem, retry, two);
  el.append(root);
  const talk = channel(model, root, () => {
    const left = fields.flat().filter((one) => one.isOpen() && one.field.value.trim());
    if (left.length) tell({ refused: "What stands in the marked fields was not sent: copy it from here." });
    left.forEach((one) => one.field.setAttribute("aria-invalid", "true"));
  });
  on(retry, "click", () => talk.send({ kind: "retry" }, false));

  let shown = null;
  let fields = []; // of each question
  let active = 0; // the question that digits answer
  let summing = false; // the agreement is shown in place of the run
  const said = { refused: "", trouble: "" }; // what was refused just now, and what keeps answers from being sent
  const tell = (change) => { problem.textContent = Object.values(Object.assign(said, change)).filter(Boolean).join(" · "); };
  // What is typed into a field is meant for the run it stood under, even when another one is in front by now; a press is not.
  const say = (question, member, value, advance = true, typed = false) => send("say", { run: question.run, name: question.name, member, value, advance, typed });

  function drawQuestion(question, place) {
    const box = node("fieldset", { "data-active": String(place === active) }, node("legend", {}, question.name));
    const answer = question.answer ?? {};
    if (question.type === "CATEGORICAL") {
      const labels = node("div", { class: "axn-labels" });
      question.labels.forEach((label, index) => {
        const made = node("button", { type: "button", "aria-pressed": String(answer.label === label) }, label, " ", index < 9 ? node("kbd", { "aria-hidden": "true" }, index + 1) : null);
        on(made, "click", () => { active = place; say(question, "label", label); });
        labels.append(made);
      });
      box.append(labels);
    }
    const note = noteField(question, (value) => say(question, "text", value, false, true));
    fields[place] = [note];
    if (question.type === "CONTINUOUS") {
      const score = scoreField(question, (value, advance) => say(question, "score", value, advance, true));
      fields[place].unshift(score);
      box.append(node("label", {}, `score, ${question.low} to ${question.high} `, score.field, node("kbd", { "aria-hidden": "true" }, "s")));
    }
    box.append(node("label", { class: "axn-wide" }, question.type === "FREEFORM" ? "text " : "note ", node("kbd", { "aria-hidden": "true" }, "n"), note.field));
    on(box, "focusin", () => { active = place; markActive(); });
    return box;
  }
  function refresh(box, question, place) {
    const answer = question.answer ?? {};
    box.querySelectorAll("button").forEach((made, index) => made.setAttribute("aria-pressed", String(answer.label === question.labels[index])));
    fields[place].forEach((one) => one.take(one.field.tagName === "TEXTAREA" ? answer.text : answer.score));
  }
  const markActive = () => form.querySelectorAll("fieldset").forEach((box, place) => box.setAttribute("data-active", String(place === active)));
  const question = () => form.querySelectorAll("fieldset")[active];
  const focusIn = (selector) => {
    const target = question()?.querySelector(selector);
    if (target) target.focus();
  };

  on(root, "keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || !shown) return;
    const typing = event.target.tagName === "TEXTAREA" || event.target.tagName === "INPUT";
    if (typing) {
      const enter = event.key === "Enter" && !event.shiftKey;
      if (composing(event) || (event.key !== "Escape" && !enter)) return;
      event.preventDefault();
      const field = fields.flat().find((one) => one.field === event.target);
      // Escape leaves a note as it is typed, and gives a score back: a step is soon made, a text is not.
      if (enter) field?.commit(true);
      else if (event.target.tagName === "INPUT") field?.forget();
      root.focus({ preventScroll: true });
      return;
    }
    const questions = summing ? [] : (shown.questions ?? []);
    const acts = {
      ArrowRight: () => forward.click(), j: () => forward.click(), ArrowLeft: () => back.click(), k: () => back.click(),
      o: () => send("open"), u: () => undo.click(), a: () => finish.click(),
      n: () => focusIn("textarea"), s: () => focusIn("input.axn-score"),
      c: () => { active = questions.length ? (active + 1) % questions.length : 0; markActive(); },
    };
    const digit = /^[1-9]$/.test(event.key) ? questions[active]?.labels?.[Number(event.key) - 1] : undefined;
    const act = digit === undefined ? acts[event.key] : () => say(questions[active], "label", digit);
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  });

  const hear = {
    run: (message) => {
      const other = summing || shown?.run !== message.run;
      const held = document.activeElement;
      const had = root.contains(held) ? held : null;
      if (other) fields.flat().forEach((one) => one.commit(false));
      message.questions.forEach((one) => { one.run = message.run; });
      shown = message;
      summing = form.hidden = two.hidden = bar.hidden = false;
      finish.firstChild.textContent = "Agreement";
      if (other) active = 0;
      if (message.next >= 0) active = message.next;
      title.textContent = message.title;
      if (other || message.fresh) drawSections(content, message.sections);
      // The same run is brought up to date in place: a button must not vanish between press and release.
      if (other || message.fresh || form.childElementCount !== message.questions.length) {
        clear(form);
        fields = [];
        message.questions.forEach((one, place) => form.append(drawQuestion(one, place)));
      } else {
        message.questions.forEach((one, place) => refresh(form.children[place], one, place));
      }
      markActive();
      setOff(undo, !message.undo);
      setOff(back, message.place <= 0);
      setOff(forward, message.place >= message.total - 1);
      if (had && !root.contains(document.activeElement)) root.focus({ preventScroll: true });
      tell({ refused: "" });
    },
    reading: (message) => { status.textContent = message.text; },
    state: (message) => {
      bar.max = Math.max(1, message.total);
      bar.value = message.done;
      status.textContent = message.status;
      retry.hidden = !message.trouble;
      tell({ trouble: message.trouble });
    },
    finish: (message) => {
      const held = root.contains(document.activeElement);
      summing = true;
      form.hidden = true;
      title.textContent = "Agreement so far";
      finish.firstChild.textContent = "Back to the run";
      tell({ refused: "" });
      drawSections(content, message.sections);
      if (held && !root.contains(document.activeElement)) root.focus({ preventScroll: true });
      content.scrollIntoView({ block: "nearest" });
    },
    problem: (message) => {
      if (!shown) status.textContent = "";
      tell({ refused: message.text });
    },
  };
  const onMessage = (message) => hear[message.kind]?.(message);
  model.on("msg:custom", onMessage);
  send("hello");
  return () => {
    talk.close();
    model.off("msg:custom", onMessage);
  };
}
export default { render };
