// Make what the card draws a filter: parts of bars, cells of labels, slices, bars of a histogram. Each mark
// shows all of its examples, and in the accent those that the other filters leave.
const BARS = ["worse", "same", "better"];
const barOf = (code) => (WORSE.has(code) ? 0 : code === 3 ? 1 : code === 1 ? 2 : -1);

function makeMark(made, name, { key, label, has }, filters) {
  made.classList.add("mark");
  made.tabIndex = 0;
  if (made.tagName !== "BUTTON") made.setAttribute("role", "button");
  made.addEventListener("click", (event) => {
    event.preventDefault();
    filters.toggle(name, key, label, has);
  });
  if (made.tagName !== "BUTTON") {
    made.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      made.click();
    });
  }
}

function show(made, name, key, label, all, shown, filters) {
  const part = shown === all ? "" : `${shown.toLocaleString("en")} of `;
  made.setAttribute("aria-pressed", String(filters.isChosen(name, key)));
  made.setAttribute("aria-label", `${label}: ${part}${counted(all, "example")}`);
  made.title = made.getAttribute("aria-label");
  made.style.setProperty("--part", `${all ? (100 * shown) / all : 0}%`);
  made.classList.toggle("parted", filters.active());
}

function markBars(card, data, filters, choose) {
  card.querySelectorAll(".mr").forEach((row, at) => {
    const [metric, candidate] = data.rows[at];
    const { name } = data.metrics[metric];
    const codes = data.metrics[metric].became[candidate];
    const bar = row.querySelector(".bar");
    const about = data.sides.length > 2 ? `${name}, ${data.sides[candidate + 1].name}` : name;
    row.addEventListener("click", () => choose(metric, candidate));
    if (!bar) return;
    bar.setAttribute("role", "group");
    const group = `row ${at}`;
    const parts = [...bar.children];
    const marks = parts.map((_, kind) => ({
      key: kind,
      label: `${about} ${BARS[kind]}`,
      has: (i) => barOf(codes[i]) === kind,
    }));
    parts.forEach((part, kind) => {
      if (part.classList.contains("none")) part.setAttribute("aria-hidden", "true");
      else makeMark(part, group, marks[kind], filters);
    });
    filters.onChange(() => {
      const { all, shown } = filters.tally(group, 3, (i) => barOf(codes[i]));
      parts.forEach((part, kind) => {
        if (part.classList.contains("none")) return;
        show(part, group, kind, marks[kind].label, all[kind], shown[kind], filters);
        if (part.textContent) part.textContent = shown[kind].toLocaleString("en");
      });
    });
  });
}

function markLabels(panel, about, at, data, filters) {
  const k = about.names.length;
  const group = `labels ${at}`;
  const place = (i) =>
    about.before[i] < 0 || about.after[i] < 0 ? -1 : about.before[i] * k + about.after[i];
  const cells = [...panel.querySelectorAll("tbody td")].map((cell, number) => {
    const made = element("button", { type: "button" }, cell.textContent);
    cell.replaceChildren(made);
    const label = `${about.names[Math.floor(number / k)]} → ${about.names[number % k]}`;
    makeMark(made, group, { key: number, label, has: (i) => place(i) === number }, filters);
    return { made, label };
  });
  filters.onChange(() => {
    const { all, shown } = filters.tally(group, k * k, place);
    cells.forEach(({ made, label }, number) => {
      show(made, group, number, label, all[number], shown[number], filters);
      made.textContent = shown[number].toLocaleString("en");
    });
  });
}

function markSlices(panel, about, at, data, filters) {
  const group = `column ${about.column}`;
  const names = [...panel.querySelectorAll(".sl")].map((line, number) => {
    const made = line.firstElementChild;
    const label = `${about.column}: ${about.values[number]}`;
    const has = (i) => about.codes[i] === number;
    makeMark(made, group, { key: about.values[number], label, has }, filters);
    line.classList.add("pressable");
    line.addEventListener("click", (event) => made.contains(event.target) || made.click());
    return { made, line, label };
  });
  filters.onChange(() => {
    const { all, shown } = filters.tally(group, names.length, (i) => about.codes[i]);
    names.forEach(({ made, line, label }, number) => {
      show(made, group, about.values[number], label, all[number], shown[number], filters);
      line.children[1].textContent = shown[number].toLocaleString("en");
    });
  });
}

function markBins(panel, about, at, data, filters) {
  const group = `change ${at}`;
  const { name } = data.metrics[about.metric];
  const change = data.metrics[about.metric].change[about.candidate];
  const low = about.edges[0];
  const k = about.edges.length - 1;
  const wide = (about.edges[k] - low) / k;
  const place = (i) =>
    change[i] === null ? -1 : Math.max(0, Math.min(k - 1, Math.floor((change[i] - low) / wide)));
  const number = (x) => String(Number(x.toPrecision(3)));
  const bars = [...panel.querySelectorAll(".hist i")];
  const marks = bars.map((_, bin) => ({
    key: bin,
    label: `change of ${name} ${number(about.edges[bin])} to ${number(about.edges[bin + 1])}`,
    has: (i) => place(i) === bin,
  }));
  panel.querySelector(".hist").setAttribute("role", "group");
  const span = (from, to) => filters.only(group, marks.slice(Math.min(from, to), Math.max(from, to) + 1));
  let began = null;
  let last = 0;
  bars.forEach((bar, bin) => {
    makeMark(bar, group, marks[bin], filters);
    bar.tabIndex = bin ? -1 : 0;
    bar.addEventListener("pointerdown", (event) => {
      began = bin;
      event.preventDefault();
    });
    bar.addEventListener("pointerenter", (event) => {
      if (began !== null && event.buttons && began !== bin) span(began, bin);
    });
    bar.addEventListener("click", (event) => {
      if (event.shiftKey) {
        filters.toggle(group, bin, marks[bin].label, marks[bin].has);
        span(last, bin);
      }
      last = bin;
    });
    bar.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1, Home: -k, End: k }[event.key];
      if (!step) return;
      event.preventDefault();
      const to = Math.max(0, Math.min(k - 1, bin + step));
      bar.tabIndex = -1;
      bars[to].tabIndex = 0;
      bars[to].focus();
      if (event.shiftKey) span(last, to);
      else last = to;
    });
  });
  window.addEventListener("pointerup", () => {
    began = null;
  });
  filters.onChange(() => {
    const { all, shown } = filters.tally(group, k, place);
    bars.forEach((bar, bin) => show(bar, group, bin, marks[bin].label, all[bin], shown[bin], filters));
  });
}

function markPanels(card, data, filters) {
  const makers = { labels: markLabels, slices: markSlices, histogram: markBins };
  card.querySelectorAll(".panel").forEach((panel, at) => {
    makers[data.panels[at].kind](panel, data.panels[at], at, data, filters);
  });
}

// Columns of few values, as buttons with their counts; one that stands as a panel already is left out.
function facets(data, filters) {
  const drawn = new Set(data.panels.filter((one) => one.kind === "slices").map((one) => one.column));
  return data.facets
    .filter((facet) => !drawn.has(facet.column))
    .map((facet) => {
      const group = `column ${facet.column}`;
      const buttons = facet.values.map((value, number) => {
        const made = element("button", { type: "button", class: "facet" });
        makeMark(
          made,
          group,
          { key: value, label: `${facet.column}: ${value}`, has: (i) => facet.codes[i] === number },
          filters,
        );
        return made;
      });
      filters.onChange(() => {
        const { all, shown } = filters.tally(group, facet.values.length, (i) => facet.codes[i]);
        buttons.forEach((made, number) => {
          show(
            made,
            group,
            facet.values[number],
            `${facet.column}: ${facet.values[number]}`,
            all[number],
            shown[number],
            filters,
          );
          made.replaceChildren(
            element("bdi", {}, facet.values[number]),
            " ",
            element("small", {}, shown[number].toLocaleString("en")),
          );
        });
      });
      return element(
        "div",
        { class: "facets", role: "group", "aria-label": facet.column },
        element("span", { class: "faint" }, facet.column),
        ...buttons,
      );
    });
}
