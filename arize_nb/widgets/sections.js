// Draw what Python describes as sections: everything as text, nothing as markup.
function node(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "class") made.className = value;
    else made.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children) {
    if (child === null || child === undefined) continue;
    made.append(typeof child === "object" ? child : document.createTextNode(String(child)));
  }
  return made;
}

function clear(element) {
  while (element.firstChild) element.firstChild.remove();
}

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
    return [
      node("div", { class: "axn-scroll", tabindex: "0", role: "group", "aria-label": s.title },
        node("table", { class: "axn-diff" },
          node("thead", {}, node("tr", {}, node("th", { scope: "col" }, node("span", { class: "axn-sr" }, "change")), ...s.heads.map((head) => node("th", { scope: "col" }, head)))),
          node("tbody", {}, ...rows))),
    ];
  },
  facts: (s) => [node("dl", { class: "axn-facts" }, ...s.rows.flatMap(([name, value]) => [node("dt", {}, name), node("dd", { dir: "auto" }, value ?? "no value")]))],
  table: (s) => {
    const kinds = s.columns.map((_, i) => (s.numeric?.[i] ? "axn-num" : s.rows.every((row) => (row[i]?.length ?? 0) <= 28) ? "axn-line" : null));
    const cell = (text, i) => (i === 0 ? node("th", { scope: "row", dir: "auto", class: kinds[i] }, text ?? "") : node("td", { class: kinds[i], dir: "auto" }, text ?? ""));
    return [
      node("div", { class: "axn-scroll", tabindex: "0", role: "group", "aria-label": s.title || s.caption || "table" },
        node("table", { class: "axn-plain" },
          s.caption ? node("caption", {}, s.caption) : null,
          node("thead", {}, node("tr", {}, ...s.columns.map((c, i) => node("th", { scope: "col", class: kinds[i] }, c)))),
          node("tbody", {}, ...s.rows.map((row) => node("tr", {}, ...row.map(cell)))))),
    ];
  },
  link: (s) => (/^https?:\/\//i.test(s.url) ? [node("a", { href: s.url, target: "_blank", rel: "noopener noreferrer" }, s.text)] : [node("p", {}, s.text)]),
  image: (s, buffers) => {
    const view = buffers[s.buffer];
    const source = URL.createObjectURL(new Blob([view], { type: "image/png" }));
    const picture = node("img", { alt: s.alt, src: source, class: "axn-image" });
    picture.addEventListener("load", () => URL.revokeObjectURL(source));
    return [picture];
  },
};

function drawSections(target, sections, buffers = []) {
  clear(target);
  for (const section of sections) {
    const box = node("section", { class: "axn-section" });
    if (section.title && section.type !== "link") box.append(node("h4", {}, section.title));
    box.append(...DRAW[section.type](section, buffers));
    target.append(box);
  }
}

// JupyterLab takes arrows and letters for itself unless the focused element itself forbids it: not here, nor in the core controls around.
function ownKeyboard(root, tries = 50) {
  const area = root.closest(".jp-OutputArea-output");
  if (!area && tries) setTimeout(() => ownKeyboard(root, tries - 1), 100);
  (area ?? root).addEventListener("focusin", (event) => event.target.setAttribute("data-lm-suppress-shortcuts", "true"));
}
