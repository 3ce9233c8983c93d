// Draw what Python describes as sections: everything as text, nothing as markup.
// A long name of a column may go on in a second line after each of its parts.
const breakable = (name) => name.split(/(?<=[._])/).flatMap((part) => [part, node("wbr")]);

function textBox(text, label) {
  if (text === null || text === undefined) return node("p", { class: "axn-none" }, "no value");
  return node("pre", { class: "axn-text", dir: "auto", tabindex: text.length > 600 ? "0" : null, role: "group", "aria-label": label }, text);
}

// Spans are [tag, text] with tag "same", "del" or "ins"; del and ins also carry a sign, so that colour is not needed.
function spans(parts) {
  const box = node("span", { dir: "auto" });
  for (const [tag, text] of parts) box.append(tag === "same" ? document.createTextNode(text) : node(tag, {}, text));
  return box;
}

const DRAW = {
  text: (s) => [textBox(s.text, s.title)],
  note: (s) => [node("p", { class: "axn-note" }, s.text)],
  pair: (s) => [
    node("div", { class: "axn-pair" }, ...s.sides.map((side) => node("div", {}, node("div", { class: "axn-side" }, side.title), textBox(side.text, side.title)))),
  ],
  diff: (s) => {
    const rows = s.rows.map(([sign, left, right]) =>
      node("tr", { class: sign === " " ? null : "axn-changed" },
        node("td", { class: "axn-sign" }, sign === " " ? node("span", { class: "axn-sr" }, "same") : node("span", { title: "changed" }, sign)),
        node("td", {}, spans(left)), node("td", {}, spans(right))));
    const box = node("div", { class: "axn-scroll", tabindex: "0", role: "group", "aria-label": s.title },
      node("table", { class: "axn-diff" },
        node("thead", {}, node("tr", {}, node("th", { scope: "col" }, node("span", { class: "axn-sr" }, "change")), ...s.heads.map((head) => node("th", { scope: "col" }, head)))),
        node("tbody", {}, ...rows)));
    requestAnimationFrame(() => {
      const first = box.querySelector(".axn-changed");
      if (first) box.scrollTop = Math.max(0, first.offsetTop - 60);
    });
    return [box];
  },
  facts: (s) => [node("dl", { class: "axn-facts" }, ...s.rows.flatMap(([name, value]) => [node("dt", {}, ...breakable(name)), node("dd", { dir: "auto" }, value ?? "no value")]))],
  table: (s, _buffers, pick) => {
    const kinds = s.columns.map((_, i) => (s.numeric?.[i] ? "axn-num" : s.rows.every((row) => (row[i]?.length ?? 0) <= 28) ? "axn-line" : "axn-wide-cell"));
    const look = (text, i) => [kinds[i], text === null ? "axn-none" : text.startsWith("▼") ? "axn-down" : text.startsWith("▲") ? "axn-up" : ""].join(" ").trim();
    const name = (text, place) => {
      if (!s.pick || !pick) return text ?? "—";
      const made = node("button", { type: "button", class: "axn-pick", "aria-pressed": String(place === s.current) }, text);
      on(made, "click", () => pick(place));
      return made;
    };
    const cell = (text, i, place) => (i === 0 ? node("th", { scope: "row", dir: "auto", class: kinds[i] }, name(text, place)) : node("td", { class: look(text, i), dir: "auto" }, text ?? "—"));
    return [
      node("div", { class: "axn-scroll", tabindex: "0", role: "group", "aria-label": s.title || s.caption || "table" },
        node("table", { class: "axn-plain" },
          s.caption ? node("caption", {}, s.caption) : null,
          node("thead", {}, node("tr", {}, ...s.columns.map((c, i) => node("th", { scope: "col", class: kinds[i] }, c)))),
          node("tbody", {}, ...s.rows.map((row, place) => node("tr", { class: s.pick && place === s.current ? "axn-now" : null }, ...row.map((text, i) => cell(text, i, place))))))),
    ];
  },
  link: (s) => (/^https?:\/\//i.test(s.url) ? [node("a", { href: s.url, target: "_blank", rel: "noopener noreferrer" }, s.text)] : [node("p", {}, s.text)]),
};

function drawSections(target, sections, buffers = [], pick = null) {
  clear(target);
  for (const section of sections) {
    const box = node("section", { class: "axn-section" });
    if (section.title && section.type !== "link") box.append(node("h4", {}, section.title));
    box.append(...DRAW[section.type](section, buffers, pick));
    target.append(box);
  }
}

// JupyterLab takes arrows and letters for itself unless the focused element itself forbids it: not here, nor in the core controls around.
function ownKeyboard(root, tries = 50) {
  const area = root.closest(".jp-OutputArea-output");
  if (!area && tries) setTimeout(() => ownKeyboard(root, tries - 1), 100);
  on(area ?? root, "focusin", (event) => event.target.setAttribute("data-lm-suppress-shortcuts", "true"));
}
