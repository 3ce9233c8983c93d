// Fields of a reviewer: what is typed is sent when it is meant, by Enter, by leaving the field, or (a typed score) after a pause; never by a step.
const PAUSE_MS = 2000;

// A field that knows what of it was sent: `commit` sends what is new, `isOpen` says that something is neither sent nor confirmed.
function sentField(field, send) {
  let known = field.value;
  let open = false;
  return {
    field,
    isOpen: () => open || field.value !== known,
    commit(advance) {
      if (field.value === known) return;
      open = true;
      if (send(field.value, advance)) known = field.value;
    },
    // Python has answered; what is being typed stays.
    take(value) {
      open = false;
      if (field === document.activeElement) return;
      known = field.value = value ?? "";
      field.removeAttribute("aria-invalid");
    },
    forget() {
      field.value = known;
      field.removeAttribute("aria-invalid");
    },
  };
}

function scoreField(question, send) {
  const { low, high } = question;
  const input = node("input", {
    type: "text", inputmode: "decimal", class: "axn-score", role: "spinbutton", autocomplete: "off", "aria-valuemin": low, "aria-valuemax": high,
    title: "Enter writes the score, Escape takes back what was typed",
  });
  input.value = question.answer?.score ?? "";
  const isScore = () => input.value.trim() !== "" && Number.isFinite(Number(input.value)) && (low === null || Number(input.value) >= low) && (high === null || Number(input.value) <= high);
  const held = sentField(input, (value, advance) => {
    input.setAttribute("aria-invalid", String(!isScore()));
    return value.trim() === "" ? false : send(value, advance);
  });
  let pause = null;
  const by = (high ?? 10) - (low ?? 0) <= 2 ? 0.1 : 1;
  const steps = { ArrowUp: by, ArrowDown: -by };
  on(input, "input", () => {
    clearTimeout(pause);
    pause = setTimeout(() => { if (isScore()) held.commit(false); }, PAUSE_MS);
  });
  on(input, "keydown", (event) => {
    const step = steps[event.key];
    if (step === undefined || composing(event)) return;
    event.preventDefault();
    clearTimeout(pause);
    const next = (Number(input.value) || 0) + step;
    input.value = String(Number(Math.max(low ?? next, Math.min(next, high ?? next)).toFixed(6)));
  });
  on(input, "blur", () => {
    clearTimeout(pause);
    held.commit(false);
  });
  return held;
}

function noteField(question, send) {
  const note = node("textarea", { rows: 2, class: "axn-note-box" });
  note.value = question.answer?.text ?? "";
  const held = sentField(note, send);
  on(note, "change", () => held.commit(false));
  on(note, "blur", () => held.commit(false));
  return held;
}
