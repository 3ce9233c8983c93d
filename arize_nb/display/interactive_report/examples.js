// The list of examples: a line each, its outputs beside each other when it is opened, a page at a time.
const PAGE = 50;

function shownOf(data, metric, side, i) {
  const { of, at } = data.metrics[metric].shown[side];
  return at[i] < 0 ? null : of[at[i]];
}

function tones(code) {
  if (WORSE.has(code)) return ["b", code === 8 ? "e" : "w"];
  return code === 1 ? ["w", "b"] : ["", ""];
}

function changeOf(data, metric, candidate, i) {
  const [before, after] = tones(data.metrics[metric].became[candidate][i]);
  const value = shownOf(data, metric, candidate + 1, i);
  const failed = value === null && data.sides[candidate + 1].error?.[i];
  const now = failed ? chip("error", "e") : chip(value, after);
  return [chip(shownOf(data, metric, 0, i), before), " → ", now];
}

function sidesOf(data, candidate, i) {
  const both = [data.sides[0], data.sides[candidate + 1]];
  const texts = both.map((side) => side.output?.[i] ?? null);
  const shown = besides(...texts);
  return element(
    "div",
    { class: "ab" },
    ...both.map((side, at) => {
      const error = side.error?.[i];
      return element(
        "div",
        { class: "side" },
        element("header", {}, side.name),
        element(
          "div",
          { dir: "auto" },
          ...(texts[at] === null && error ? [chip("error", "e"), " ", error] : shown[at]),
        ),
      );
    }),
  );
}

function evaluationsOf(data, candidate, i) {
  const rows = data.metrics.map((metric, number) => {
    const why = [0, candidate + 1]
      .map((side) => {
        const found = metric.why[side];
        return found && found.at[i] >= 0 ? `${data.sides[side].name}: ${found.of[found.at[i]]}` : "";
      })
      .filter(Boolean);
    return element(
      "tr",
      {},
      element("th", { scope: "row" }, metric.name),
      element("td", {}, ...changeOf(data, number, candidate, i)),
      element("td", { class: "faint", dir: "auto" }, why.join("\n")),
    );
  });
  return element("table", { class: "evs" }, element("tbody", {}, ...rows));
}

function detail(data, candidate, i) {
  const facts = data.own.filter((column) => column.values[i] !== null);
  const isTold = data.ids[i] === data.names[i] || facts.some((column) => column.values[i] === data.ids[i]);
  const known = isTold ? [] : [element("b", {}, "example_id"), ` ${data.ids[i]}`, element("br")];
  return element(
    "div",
    {},
    element(
      "p",
      { class: "facts" },
      ...known,
      ...facts.flatMap((column) => [
        element("b", {}, column.name),
        " ",
        element("bdi", {}, column.values[i]),
        element("br"),
      ]),
    ),
    sidesOf(data, candidate, i),
    evaluationsOf(data, candidate, i),
  );
}

function line(data, chosen, i) {
  const asked = data.asked < 0 ? "" : (data.own[data.asked].values[i] ?? "");
  const made = element(
    "details",
    { class: "ex" },
    element(
      "summary",
      {},
      // a question that is its own id is read once
      asked && data.names[i].startsWith(asked)
        ? null
        : element("span", { class: "id", title: data.ids[i] }, data.names[i]),
      element("span", { class: "asked" }, element("bdi", {}, asked.slice(0, 300))),
      element("span", { class: "change" }, ...changeOf(data, chosen.metric, chosen.candidate, i)),
    ),
  );
  made.addEventListener("toggle", () => {
    if (made.open && made.children.length === 1) made.append(detail(data, chosen.candidate, i));
  });
  return made;
}

function order(data, chosen, found, how) {
  if (how === "place") return found;
  const metric = data.metrics[chosen.metric];
  const change = metric.change[chosen.candidate];
  const codes = metric.became[chosen.candidate];
  const sign = (how === "better" ? -1 : 1) * (metric.sign || 1);
  const rank = (i) => (codes[i] === 8 ? (how === "better" ? Infinity : -Infinity) : (change?.[i] ?? null));
  const key = new Map(found.map((i) => [i, rank(i) === null ? Infinity : rank(i) * sign]));
  return [...found].sort((one, other) => key.get(one) - key.get(other) || one - other);
}
