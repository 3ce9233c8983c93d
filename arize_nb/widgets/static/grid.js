// A paged table: Python holds the rows, the browser holds one page. Every gesture is a numbered request; stale answers are dropped.
function render({ model, el }) {
  const me = Math.random().toString(36).slice(2);
  let seq = 0;
  let pageSeq = 0; // of the newest page asked for; other requests do not make its answer stale
  let state = null; // {query, sort, filters, page, size} as last asked for
  let shown = null; // the last page message
  let active = { row: -1, column: 0 }; // row -1 is the header
  let anchor = null; // key of the row that a range of rows is counted from
  let extending = false; // the last key made the range of rows longer or shorter
  let wantFocus = false;
  let detailOf = null;
  let openOnPage = null; // which row of the page to come is to be opened: 0 or -1
  let drawnHeads = null;
  let follow = null; // column whose head keeps the keyboard, wherever it goes

  const root = node("div", { class: "axn axn-grid", "data-wrap": "true" });
  ownKeyboard(root);
  const button = (label, attributes, run) => {
    const made = node("button", { type: "button", ...attributes }, label);
    on(made, "click", () => { if (!isOff(made)) run(made); });
    return made;
  };
  const search = node("input", { type: "search", class: "axn-search", "aria-label": "Search all text columns", placeholder: "Search text…", autocomplete: "off" });
  const filterToggle = button("Filter columns", { "aria-expanded": "false" }, () => toggleFilters());
  const clearAll = button("Clear", { hidden: true }, () => clearFilters());
  const columnToggle = button("Columns", { "aria-expanded": "false" }, () => toggleColumns());
  const wrap = button("Wrap", { "aria-pressed": "true", title: "Let long text go on in further lines" }, () => toggleWrap());
  const copyTsv = button("Copy rows", { title: "Copy the selected rows, to paste into a spreadsheet" }, () => ask("copy", { form: "tsv" }));
  const copyMarkdown = button("as Markdown", { title: "Copy the selected rows as a Markdown table" }, () => ask("copy", { form: "markdown" }));
  const save = button("Save CSV", { title: "Save every row that matches, with all columns" }, () => ask("save"));
  const jump = node("input", { type: "text", class: "axn-jump", "aria-label": "Go to row", placeholder: "row or id", title: "Go to a row by its number or its id (key g)", autocomplete: "off" });
  const size = node("select", { "aria-label": "Rows per page" });
  const nav = {};
  const pages = [["first", "First page", "«", () => 0], ["previous", "Previous page", "‹", () => state.page - 1], ["next", "Next page", "›", () => state.page + 1], ["last", "Last page", "»", () => Infinity]];
  for (const [key, label, sign, page] of pages) nav[key] = button(sign, { "aria-label": label, title: label }, () => state && turn(page()));
  const status = node("div", { class: "axn-status", role: "status", "aria-live": "polite" }, "Waiting for the kernel…");
  const problem = node("div", { class: "axn-problem", role: "alert" });
  const pills = node("div", { class: "axn-pills" });
  const bar = node("div", { class: "axn-bar" }, search, filterToggle, clearAll, columnToggle, wrap,
    node("span", { class: "axn-pages" }, copyTsv, copyMarkdown, save), node("span", { class: "axn-pages" }, nav.first, nav.previous, nav.next, nav.last, jump, size), status);
  const head = node("thead");
  const body = node("tbody");
  const table = node("table", { role: "grid", "aria-multiselectable": "true", "aria-rowcount": "-1" }, head, body);
  const box = node("div", { class: "axn-box" }, table);
  const keysHint = node("p", { class: "axn-sr", id: `axn-keys-${me}` },
    "Arrows move, Enter opens a row or sorts by a head, with Shift by this head as well; Space selects, with Shift a range; Control and C copies; g goes to a row; Page Up and Page Down turn the page. On a head: Control and arrows move the column, Shift and arrows resize it, h hides and p pins it.");
  table.setAttribute("aria-describedby", keysHint.id);
  const filterHint = node("p", { class: "axn-note", hidden: true },
    'text: contains, as it stands · is:"x" exactly · -has:"x" without · numbers: >1, <=2, 0..1 · times: 2026-11-20, >2026-11-20 14:00 · is:missing · is:present');
  const detail = detailPane({ onClose: () => close(), onStep: (by) => step(by) });
  const tools = columnTools({ getShown: () => shown, arrange: (layout) => askColumns(layout), headRow: () => head.rows[0] });
  root.append(bar, filterHint, pills, problem, tools.root, box, keysHint, detail.root);
  el.append(root);
  const tip = wholeText(root, (key, column) => ask("peek", { key, column }));
  const talk = channel(model, root);

  const ask = (kind, more = {}) => {
    seq += 1;
    return talk.send({ kind, view: me, seq, ...more }, kind !== "close");
  };
  const askPage = (change, keepFocus = false) => {
    if (!state) return;
    const wanted = { ...state, page: 0, ...change };
    if (!ask("page", { state: wanted })) return;
    state = wanted;
    wantFocus = keepFocus;
    pageSeq = seq;
    root.setAttribute("aria-busy", "true");
  };
  const askColumns = (layout) => {
    if (ask("columns", layout)) pageSeq = seq;
  };

  // -- gestures ---------------------------------------------------------------------------------
  // Ask once the typing has come to rest; a word that is still being composed is none yet.
  const whenTyped = (input, apply) => {
    let wait = null;
    const soon = () => { clearTimeout(wait); wait = setTimeout(apply, 250); };
    on(input, "input", (event) => { if (!event.isComposing) soon(); });
    on(input, "compositionend", soon);
    on(input, "keydown", (event) => {
      if (event.key !== "Enter" || composing(event)) return;
      clearTimeout(wait);
      apply();
    });
    return () => clearTimeout(wait);
  };
  const stopTyping = whenTyped(search, () => askPage({ query: search.value }));
  on(search, "keydown", (event) => {
    if (event.key === "ArrowDown" && shown && !composing(event)) focusCell(shown.rows.length ? 0 : -1, active.column);
  });
  on(jump, "keydown", (event) => {
    if (event.key !== "Enter" || composing(event) || !jump.value.trim()) return;
    if (ask("jump", { to: jump.value })) pageSeq = seq;
    wantFocus = true;
  });
  on(size, "change", () => askPage({ size: Number(size.value) }));
  const turn = (page, keepFocus) => {
    if (!shown) return;
    const last = Math.max(0, shown.pages - 1);
    const wanted = Math.max(0, Math.min(page, last));
    if (wanted !== state.page) askPage({ page: wanted }, keepFocus);
  };
  const clearFilters = () => {
    search.value = "";
    head.querySelectorAll("input.axn-filter").forEach((input) => { input.value = ""; });
    search.focus();
    askPage({ query: "", filters: {} });
  };
  const toggleFilters = () => {
    const open = filterToggle.getAttribute("aria-expanded") !== "true";
    filterToggle.setAttribute("aria-expanded", String(open));
    filterHint.hidden = !open;
    drawHead();
    if (open) head.querySelector("input.axn-filter")?.focus();
  };
  const toggleColumns = () => {
    tools.root.hidden = !tools.root.hidden;
    columnToggle.setAttribute("aria-expanded", String(!tools.root.hidden));
    tools.draw(widthOf);
  };
  const toggleWrap = () => {
    const wraps = root.dataset.wrap !== "true";
    root.dataset.wrap = String(wraps);
    wrap.setAttribute("aria-pressed", String(wraps));
    pin();
  };
  const widthOf = (name) => head.rows[0]?.cells[shown.columns.findIndex((column) => column.name === name) + 1]?.offsetWidth ?? 120;
  const sortBy = (name, keepFocus, also = false) => {
    const sort = state.sort.map((key) => [...key]);
    const now = sort.find((key) => key[0] === name);
    const rest = also ? sort : sort.filter((key) => key === now);
    if (!now) rest.push([name, "ascending"]);
    else if (now[1] === "ascending") now[1] = "descending";
    else rest.splice(rest.indexOf(now), 1);
    askPage({ sort: rest }, keepFocus);
  };
  const select = (keys, on) => ask("select", { keys, on });
  const open = (key) => {
    detailOf = key;
    ask("detail", { key });
  };
  const close = () => {
    tip.hide();
    if (detailOf === null) return;
    detail.hide();
    detailOf = null;
    ask("close");
    body.querySelectorAll("tr[aria-current]").forEach((row) => row.removeAttribute("aria-current"));
    focusCell(Math.max(0, active.row), active.column);
  };
  const placeOf = (key) => shown.rows.findIndex((row) => row.key === key);
  const step = (by) => {
    const place = placeOf(detailOf) + by;
    if (shown.rows[place]) open(shown.rows[place].key);
    else {
      openOnPage = by > 0 ? 0 : -1;
      turn(state.page + by);
    }
  };

  // -- selection and copies -----------------------------------------------------------------------
  const isSelected = (row) => body.rows[row]?.getAttribute("aria-selected") === "true";
  const toggleRow = (row, on = !isSelected(row)) => {
    anchor = shown.rows[row].key;
    select([anchor], on);
  };
  const toggleAll = () => select(shown.rows.map((row) => row.key), !shown.rows.every((_, row) => isSelected(row)));
  const selectTo = (row) => {
    if (anchor === null) return toggleRow(row, true);
    return ask("range", { from: anchor, to: shown.rows[row].key });
  };
  const extend = (by) => {
    const from = active.row;
    const to = from + by;
    if (!shown.rows[to]) return;
    if (!extending) toggleRow(from, true);
    const start = placeOf(anchor);
    if (start >= 0 && Math.abs(to - start) < Math.abs(from - start)) select([shown.rows[from].key], false);
    else select([shown.rows[to].key], true);
    focusCell(to, active.column);
    extending = true;
  };
  // The selected rows where the keyboard is in one of them; else the cell.
  const copy = () => {
    const column = shown.columns[active.column - 1]?.name;
    if (active.row < 0) {
      if (column) copyText(column).then(() => { status.textContent = `copied the name ${column}`; });
      return;
    }
    if (isSelected(active.row) || !column) ask("copy", { form: "tsv", keys: isSelected(active.row) ? null : [shown.rows[active.row].key] });
    else ask("copy", { form: "cell", key: shown.rows[active.row].key, column });
  };

  // -- keyboard -----------------------------------------------------------------------------------
  const cellAt = (row, column) => (row < 0 ? head.rows[0] : body.rows[row])?.cells[column] ?? null;
  function focusCell(row, column, really = true) {
    if (!shown) return;
    extending = false;
    const wantedRow = Math.max(-1, Math.min(row, shown.rows.length - 1));
    const wantedColumn = Math.max(0, Math.min(column, shown.columns.length));
    table.querySelectorAll('[tabindex="0"]').forEach((cell) => cell.setAttribute("tabindex", "-1"));
    active = { row: wantedRow, column: wantedColumn };
    const cell = cellAt(wantedRow, wantedColumn);
    if (!cell) return;
    cell.setAttribute("tabindex", "0");
    if (really) {
      cell.focus({ preventScroll: true });
      cell.scrollIntoView({ block: "nearest", inline: "nearest" });
    }
  }
  // However a cell came by the keyboard, it is the one that keys are about.
  on(table, "focusin", (event) => {
    const cell = event.target.closest("th, td");
    const row = cell?.parentElement;
    if (!cell || cell !== event.target) return;
    const place = row === head.rows[0] ? -1 : [...body.rows].indexOf(row);
    if (row.parentElement === body || place < 0) active = { row: place, column: cell.cellIndex };
  });
  on(table, "keydown", gridKeys({
    cell: () => active, shown: () => shown, focusCell, turn, currentPage: () => state.page, toggleRow, toggleAll, extend, selectTo, open, sortBy, close, copy,
    columns: Object.fromEntries(["move", "resize", "hide", "pin"].map((what) => [what, (name, ...more) => {
      follow = name;
      tools.act[what](name, ...more);
    }])),
    widthOf: (name) => widthOf(name),
    jump: () => jump.focus(),
  }));

  // -- drawing --------------------------------------------------------------------------------------
  const sized = (cell, column) => {
    if (column.width) cell.style.width = cell.style.minWidth = cell.style.maxWidth = `${column.width}px`;
    return cell;
  };
  function drawHead() {
    clear(head);
    const allBox = node("input", { type: "checkbox", tabindex: "-1", "aria-label": "Select the rows of this page" });
    on(allBox, "change", toggleAll);
    const cells = [node("th", { class: "axn-pin axn-check", tabindex: "-1", "aria-colindex": 1 }, allBox)];
    shown.columns.forEach((column, place) => {
      const rank = state.sort.findIndex((key) => key[0] === column.name);
      const sorted = rank < 0 ? "none" : state.sort[rank][1];
      const arrow = rank < 0 ? "" : `${sorted === "ascending" ? " ▲" : " ▼"}${state.sort.length > 1 ? rank + 1 : ""}`;
      const th = sized(node("th", {
        scope: "col", tabindex: "-1", "aria-colindex": place + 2, "aria-sort": column.sortable ? sorted : null,
        title: column.sortable ? `Sort by ${column.label}; with Shift by this as well` : column.label,
        class: [column.pinned ? "axn-pin" : "", column.numeric ? "axn-num" : "", column.sortable ? "axn-sortable" : ""].join(" ").trim() || null,
      }, ...breakable(column.label), arrow ? node("span", { "aria-hidden": "true" }, arrow) : null), column);
      tools.handle(th, column);
      on(th, "click", (event) => {
        active = { row: -1, column: place + 1 };
        if (column.sortable) sortBy(column.name, true, event.shiftKey);
      });
      cells.push(th);
    });
    head.append(node("tr", { "aria-rowindex": 1 }, ...cells));
    if (filterToggle.getAttribute("aria-expanded") === "true") drawFilters();
    pin();
  }
  function drawFilters() {
    const cells = [node("td", { class: "axn-pin axn-check" })];
    shown.columns.forEach((column) => {
      const input = node("input", {
        type: "text", class: "axn-filter", "aria-label": `Filter ${column.label}`, placeholder: column.placeholder, title: filterHint.textContent, autocomplete: "off",
      });
      input.value = state.filters[column.name] ?? "";
      whenTyped(input, () => {
        const filters = { ...state.filters, [column.name]: input.value };
        if (!input.value.trim()) delete filters[column.name];
        askPage({ filters });
      });
      cells.push(sized(node("td", { class: column.pinned ? "axn-pin" : null }, input), column));
    });
    head.append(node("tr", { class: "axn-filters" }, ...cells));
  }
  function drawPills() {
    clear(pills);
    for (const { column, text } of shown.readings) {
      const remove = button("✕", { "aria-label": `Remove the filter ${text}` }, () => {
        const filters = { ...state.filters };
        delete filters[column];
        askPage({ filters });
        search.focus();
      });
      pills.append(node("span", { class: "axn-pill", dir: "auto" }, text, " ", remove));
    }
  }
  function drawCell(row, text, at, widths) {
    const column = shown.columns[at];
    const kind = [column.pinned ? "axn-pin" : "", column.numeric ? "axn-num" : widths[at], text === null ? "axn-none" : ""].join(" ").trim();
    const cell = sized(node("td", { tabindex: "-1", class: kind || null, "aria-colindex": at + 2, title: row.exact[at] ?? null }, node("span", { dir: "auto", class: "axn-cell" }, text ?? "—")), column);
    if (!column.numeric) {
      on(cell, "mouseenter", () => tip.enter(cell, row.key, column.name));
      on(cell, "mouseleave", tip.leave);
    }
    return cell;
  }
  function drawBody() {
    clear(body);
    tip.hide();
    // Short values stay on one line, long ones get room to be read.
    const widths = shown.columns.map((_, at) => (Math.max(0, ...shown.rows.map((row) => row.cells[at]?.length ?? 0)) <= 24 ? "axn-short" : "axn-long"));
    shown.rows.forEach((row, place) => {
      const tick = node("input", { type: "checkbox", tabindex: "-1", "aria-label": `Select row ${row.key}` });
      tick.checked = row.selected;
      on(tick, "click", (event) => (event.shiftKey ? selectTo(place) : toggleRow(place, tick.checked)));
      const cells = [node("td", { class: "axn-pin axn-check", tabindex: "-1", "aria-colindex": 1 }, tick), ...row.cells.map((text, at) => drawCell(row, text, at, widths))];
      const tr = node("tr", { "aria-rowindex": row.index + 2, "aria-selected": String(row.selected), "aria-current": row.key === detailOf ? "true" : null }, ...cells);
      on(tr, "mousedown", (event) => { if (event.shiftKey) event.preventDefault(); }); // a range of rows is meant, not of text
      on(tr, "click", (event) => {
        if (String(getSelection()) && !event.shiftKey) return; // text was marked, not a row chosen
        const cell = event.target.closest("td");
        focusCell(place, cell ? cell.cellIndex : 0);
        if (!cell || cell.cellIndex === 0) return;
        if (event.shiftKey) selectTo(place);
        else if (event.ctrlKey || event.metaKey) toggleRow(place);
        else {
          anchor = row.key;
          open(row.key);
        }
      });
      body.append(tr);
    });
    if (!shown.rows.length) body.append(node("tr", {}, node("td", { class: "axn-none", colspan: shown.columns.length + 1 }, shown.empty)));
    pin();
    focusCell(Math.min(active.row, shown.rows.length - 1), active.column, wantFocus);
    wantFocus = false;
  }
  function pin() {
    requestAnimationFrame(() => {
      for (const row of table.rows) {
        let left = 0;
        for (const cell of row.cells) {
          if (!cell.classList.contains("axn-pin")) continue;
          cell.style.left = `${left}px`;
          left += cell.offsetWidth;
        }
      }
    });
  }
  function drawPage(message) {
    const heads = JSON.stringify([message.columns, message.state.sort]);
    const typingInHead = document.activeElement?.classList.contains("axn-filter") && head.contains(document.activeElement);
    shown = message;
    state = message.state;
    root.setAttribute("aria-busy", "false");
    if (document.activeElement !== search) search.value = state.query;
    clear(size);
    for (const choice of message.sizes) size.append(node("option", { value: choice, selected: choice === state.size }, `${choice} rows`));
    table.setAttribute("aria-rowcount", message.matched + 1);
    table.setAttribute("aria-colcount", message.columns.length + 1);
    table.setAttribute("aria-label", message.caption);
    if (heads !== drawnHeads || !typingInHead) drawHead();
    drawnHeads = heads;
    if (message.focus !== undefined) {
      active = { row: message.focus, column: Math.max(1, active.column) };
      wantFocus = true;
    }
    if (follow !== null) {
      const at = shown.columns.findIndex((column) => column.name === follow);
      active = { row: -1, column: at < 0 ? active.column : at + 1 };
      wantFocus = true;
      follow = null;
    }
    drawBody();
    drawPills();
    tools.draw(widthOf);
    for (const name of ["first", "previous"]) setOff(nav[name], state.page <= 0);
    for (const name of ["next", "last"]) setOff(nav[name], state.page >= message.pages - 1);
    clearAll.hidden = !state.query && !Object.keys(state.filters).length;
    problem.textContent = "";
    status.textContent = message.status;
    drawSelection(new Set(message.rows.filter((row) => row.selected).map((row) => row.key)));
    markEnds();
    const wanted = openOnPage === null ? undefined : shown.rows.at(openOnPage);
    openOnPage = null;
    if (wanted) open(wanted.key);
  }
  function markEnds() {
    const place = placeOf(detailOf);
    detail.ends(place < 0 || (place === 0 && state.page <= 0), place < 0 || (place === shown.rows.length - 1 && state.page >= shown.pages - 1));
  }
  function drawSelection(chosen) {
    shown.rows.forEach((row, place) => {
      row.selected = chosen.has(row.key);
      body.rows[place]?.setAttribute("aria-selected", String(row.selected));
      const tick = body.rows[place]?.querySelector("input");
      if (tick) tick.checked = row.selected;
    });
    const all = head.querySelector(".axn-check input");
    if (all) all.checked = shown.rows.length > 0 && shown.rows.every((row) => row.selected);
    const none = !/\d selected/.test(status.textContent);
    [copyTsv, copyMarkdown].forEach((made) => setOff(made, none));
  }
  function drawDetail(message, buffers) {
    shown.rows.forEach((row, place) => {
      const tr = body.rows[place];
      tr.removeAttribute("aria-current");
      if (row.key !== detailOf) return;
      tr.setAttribute("aria-current", "true");
      active = { row: place, column: Math.max(1, active.column) };
      box.scrollTop = Math.min(box.scrollTop, tr.offsetTop - head.offsetHeight);
      box.scrollTop = Math.max(box.scrollTop, tr.offsetTop + tr.offsetHeight - box.clientHeight);
    });
    markEnds();
    detail.show(message.title, message.sections, buffers);
  }
  const refuse = (text) => {
    root.setAttribute("aria-busy", "false");
    if (shown) state = shown.state; // what was asked for was refused: the next request starts from what is there
    openOnPage = null;
    problem.textContent = text;
  };
  const hear = {
    page: (message) => {
      if (message.view !== me || message.seq === pageSeq) drawPage(message);
    },
    selection: (message) => {
      if (!shown) return;
      status.textContent = message.status;
      drawSelection(new Set(message.keys));
    },
    detail: (message, buffers) => {
      if (message.view === me && message.key === detailOf) drawDetail(message, buffers);
    },
    peeked: (message) => { if (message.view === me) tip.show(message); },
    copied: (message) => {
      if (message.view !== me) return;
      copyText(message.text).then(() => { status.textContent = message.said; }, (error) => refuse(error.message));
    },
    file: (message, buffers) => { if (message.view === me) saveFile(message.name, buffers[0], "text/csv"); },
    problem: (message) => refuse(message.text),
    closed: () => { detail.hide(); detailOf = null; },
  };
  const onMessage = (message, buffers) => hear[message.kind]?.(message, buffers);
  model.on("msg:custom", onMessage);
  ask("hello");
  pageSeq = seq;
  return () => {
    stopTyping();
    talk.close();
    model.off("msg:custom", onMessage);
  };
}
export default { render };
