// Put together: the search, the pills, the facets and the list stand where the worst examples stood.
function start() {
  const data = JSON.parse(document.getElementById("ax-examples").textContent);
  const card = document.querySelector(".axc");
  const filters = makeFilters(data);
  const first = data.rows[0] ?? [0, 0];
  const chosen = { metric: first[0], candidate: first[1] };
  const list = element("div", { class: "found" });
  const status = element("span", { role: "status", class: "faint" });
  const pills = element("span", { class: "pills" });
  const about = element("select", { "aria-label": "Metric shown" });
  const how = element(
    "select",
    { "aria-label": "Order" },
    ...[
      ["worse", "worst first"],
      ["better", "best first"],
      ["place", "in their order"],
    ].map(([value, text]) => element("option", { value }, text)),
  );
  data.rows.forEach(([metric, candidate], at) => {
    const other = data.sides.length > 2 ? `, ${data.sides[candidate + 1].name}` : "";
    about.append(element("option", { value: at }, `${data.metrics[metric].name}${other}`));
  });
  const search = element("input", {
    type: "search",
    placeholder: "Search examples ( / )",
    "aria-label": "Search examples",
  });
  const more = element("button", { type: "button", class: "facet" });
  let found = [];
  let shown = 0;

  const page = () => {
    const next = found.slice(shown, shown + PAGE);
    list.append(...next.map((i) => line(data, chosen, i)));
    shown += next.length;
    more.hidden = shown >= found.length;
    more.textContent = `Show ${Math.min(PAGE, found.length - shown)} more`;
  };
  const draw = () => {
    found = order(data, chosen, filters.left(), how.value);
    status.textContent = filters.active()
      ? `${found.length.toLocaleString("en")} of ${counted(filters.n, "example")}`
      : counted(filters.n, "example");
    const dropped = filters.pills().map(({ label, drop }) =>
      element(
        "button",
        {
          type: "button",
          class: "pill",
          "aria-label": `Remove filter ${label}`,
          onclick: () => {
            drop();
            search.focus();
          },
        },
        element("bdi", {}, label),
        " ×",
      ),
    );
    if (dropped.length > 1)
      dropped.push(
        element(
          "button",
          {
            type: "button",
            class: "pill",
            onclick: () => {
              search.value = "";
              filters.clear();
              search.focus();
            },
          },
          "clear all",
        ),
      );
    pills.replaceChildren(...dropped);
    if (!filters.isChosen("search", "search") && document.activeElement !== search) search.value = "";
    list.replaceChildren(
      ...(found.length ? [] : [element("p", { class: "more" }, "No example meets all filters.")]),
    );
    shown = 0;
    page();
  };
  const choose = (metric, candidate) => {
    if (metric === chosen.metric && candidate === chosen.candidate) return;
    chosen.metric = metric;
    chosen.candidate = candidate;
    about.value = data.rows.findIndex((row) => row[0] === metric && row[1] === candidate);
    draw();
  };

  search.addEventListener("input", () => filters.search(search.value));
  how.addEventListener("change", draw);
  about.addEventListener("change", () => choose(...data.rows[about.value]));
  more.addEventListener("click", () => {
    const before = list.children.length;
    page();
    list.children[before]?.querySelector("summary").focus();
  });
  document.addEventListener("keydown", (event) => {
    if (event.target.matches("input, select, textarea")) return;
    const lines = [...list.querySelectorAll("summary")];
    if (event.key === "/") {
      event.preventDefault();
      search.focus();
    }
    const step = { j: 1, k: -1 }[event.key];
    if (step && !event.ctrlKey && !event.metaKey && lines.length) {
      const at = lines.indexOf(document.activeElement);
      lines[Math.max(0, Math.min(lines.length - 1, at + step))].focus();
    }
  });

  const section = element(
    "section",
    { class: "axr", "aria-label": "Examples" },
    element("div", { class: "tools" }, search, about, how, status, pills),
    ...facets(data, filters),
    list,
    element("div", { class: "more" }, more),
  );
  const stood = [...card.querySelectorAll(":scope > .list, :scope > .ex")];
  if (stood.length) stood[0].before(section);
  else card.append(section);
  stood.forEach((one) => one.remove());
  markBars(card, data, filters, choose);
  markPanels(card, data, filters);
  filters.onChange(draw);
  filters.clear();
  (window.requestIdleCallback ?? ((task) => setTimeout(task, 200)))(() => filters.prepare());
}
start();
