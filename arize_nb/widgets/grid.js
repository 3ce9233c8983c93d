// A paged table: Python holds the rows, the browser holds one page. Every gesture is a numbered request; stale answers are dropped.
function render({ model, el }) {
  const me = Math.random().toString(36).slice(2);
  let seq = 0;
  let pageSeq = 0; // of the newest page asked for; other requests do not make its answer stale
  let state = null; // {query, sort, filters, page, size} as last asked for
  let shown = null; // the last page message
  let active = { row: -1, column: 0 }; // row -1 is the header
  let typing = null;
  let wantFocus = false;
  let detailOf = null;
  let openOnPage = null; // which row of the page to come is to be opened: 0 or -1
  let drawnHeads = null;

  const root = node("div", { class: "axn axn-grid" });
  ownKeyboard(root);
  const search = node("input", { type: "search", class: "axn-search", "aria-label": "Search all text columns", placeholder: "Search text…", autocomplete: "off" });
  const filterToggle = node("button", { type: "button", "aria-expanded": "false" }, "Filter columns");
  const clearAll = node("button", { type: "button", hidden: true }, "Clear");
  const size = node("select", { "aria-label": "Rows per page" });
  const nav = {};
  for (const [key, label, sign] of [["first", "First page", "«"], ["previous", "Previous page", "‹"], ["next", "Next page", "›"], ["last", "Last page", "»"]])
    nav[key] = node("button", { type: "button", "aria-label": label, title: label }, sign);
  const status = node("div", { class: "axn-status", role: "status", "aria-live": "polite" }, "Waiting for the kernel…");
  const problem = node("div", { class: "axn-problem", role: "alert" });
  const bar = node("div", { class: "axn-bar" }, search, filterToggle, clearAll, node("span", { class: "axn-pages" }, nav.first, nav.previous, nav.next, nav.last, size), status);
  const head = node("thead");
  const body = node("tbody");
  const table = node("table", { role: "grid", "aria-multiselectable": "true", "aria-rowcount": "-1" }, head, body);
  const box = node("div", { class: "axn-box" }, table);
  const keysHint = node("p", { class: "axn-sr", id: `axn-keys-${me}` }, "Arrows move, Enter opens a row or sorts by a head, Space selects, Page Up and Page Down turn the page.");
  table.setAttribute("aria-describedby", keysHint.id);
  const filterHint = node("p", { class: "axn-note", hidden: true }, "text: contains · =x: exactly · !x: not · >1, <=2, 0..1: numbers · = alone: missing · != alone: present");
  const detail = detailPane({ onClose: () => close(), onStep: (by) => step(by) });
  root.append(bar, filterHint, problem, box, keysHint, detail.root);
  el.append(root);

  const ask = (kind, more = {}) => {
    seq += 1;
    model.send({ kind, view: me, seq, ...more });
  };
  const askPage = (change, keepFocus = false) => {
    if (!state) return;
    state = { ...state, page: 0, ...change };
    wantFocus = keepFocus;
    root.setAttribute("aria-busy", "true");
    ask("page", { state });
    pageSeq = seq;
  };

  // -- gestures ---------------------------------------------------------------------------------
  on(search, "input", () => {
    clearTimeout(typing);
    typing = setTimeout(() => askPage({ query: search.value }), 250);
  });
  on(search, "keydown", (event) => {
    if (event.key === "Enter") {
      clearTimeout(typing);
      askPage({ query: search.value });
    }
    if (event.key === "ArrowDown" && shown) focusCell(shown.rows.length ? 0 : -1, active.column);
  });
  on(size, "change", () => askPage({ size: Number(size.value) }));
  const turn = (page, keepFocus) => {
    if (!shown) return;
    const last = Math.max(0, shown.pages - 1);
    const wanted = Math.max(0, Math.min(page, last));
    if (wanted !== state.page) askPage({ page: wanted }, keepFocus);
  };
  on(nav.first, "click", () => turn(0));
  on(nav.previous, "click", () => turn(state.page - 1));
  on(nav.next, "click", () => turn(state.page + 1));
  on(nav.last, "click", () => turn(Infinity));
  on(clearAll, "click", () => {
    search.value = "";
    head.querySelectorAll("input.axn-filter").forEach((input) => { input.value = ""; });
    search.focus();
    askPage({ query: "", filters: {} });
  });
  on(filterToggle, "click", () => {
    const open = filterToggle.getAttribute("aria-expanded") !== "true";
    filterToggle.setAttribute("aria-expanded", String(open));
    filterHint.hidden = !open;
    drawHead();
    if (open) head.querySelector("input.axn-filter")?.focus();
  });
  const sortBy = (name, keepFocus) => {
    const [now, direction] = state.sort ?? [];
    const next = now !== name ? "ascending" : direction === "ascending" ? "descending" : null;
    askPage({ sort: next ? [name, next] : null }, keepFocus);
  };
  const select = (keys, on) => ask("select", { keys, on });
  const open = (key) => {
    detailOf = key;
    ask("detail", { key });
  };
  const close = () => {
    detail.hide();
    detailOf = null;
    model.send({ kind: "close", view: me });
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

  // -- keyboard: one cell is in the tab order, arrows move it ---------------------------------------
  const cellAt = (row, column) => (row < 0 ? head.rows[0] : body.rows[row])?.cells[column] ?? null;
  function focusCell(row, column, really = true) {
    if (!shown) return;
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
  const keys = {
    ArrowDown: () => focusCell(active.row + 1, active.column),
    ArrowUp: () => focusCell(active.row - 1, active.column),
    ArrowRight: () => focusCell(active.row, active.column + 1),
    ArrowLeft: () => focusCell(active.row, active.column - 1),
    Home: (event) => focusCell(event.ctrlKey ? 0 : active.row, 0),
    End: (event) => focusCell(event.ctrlKey ? shown.rows.length - 1 : active.row, shown.columns.length),
    PageDown: () => turn(state.page + 1, true),
    PageUp: () => turn(state.page - 1, true),
    " ": () => (active.row < 0 ? toggleAll() : toggleRow(active.row)),
    Enter: () => (active.row >= 0 ? open(shown.rows[active.row].key) : active.column > 0 ? sortBy(shown.columns[active.column - 1].name, true) : toggleAll()),
    Escape: () => (detailOf === null ? null : close()),
  };
  on(table, "keydown", (event) => {
    if (event.target.tagName === "INPUT" && event.target.type !== "checkbox") return;
    const act = keys[event.key];
    if (!act || event.altKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    act(event);
  });
  const isSelected = (row) => body.rows[row]?.getAttribute("aria-selected") === "true";
  const toggleRow = (row) => select([shown.rows[row].key], !isSelected(row));
  const toggleAll = () => select(shown.rows.map((row) => row.key), !shown.rows.every((_, row) => isSelected(row)));

  // -- drawing --------------------------------------------------------------------------------------
  function drawHead() {
    clear(head);
    const allBox = node("input", { type: "checkbox", tabindex: "-1", "aria-label": "Select the rows of this page" });
    on(allBox, "change", toggleAll);
    const cells = [node("th", { class: "axn-pin axn-check", tabindex: "-1", "aria-colindex": 1 }, allBox)];
    shown.columns.forEach((column, place) => {
      const [by, direction] = state.sort ?? [];
      const sorted = by === column.name ? direction : "none";
      const arrow = sorted === "none" ? "" : sorted === "ascending" ? " ▲" : " ▼";
      const th = node("th", {
        scope: "col", tabindex: "-1", "aria-colindex": place + 2, "aria-sort": column.sortable ? sorted : null, title: column.sortable ? `Sort by ${column.label}` : column.label,
        class: [column.pinned ? "axn-pin" : "", column.numeric ? "axn-num" : "", column.sortable ? "axn-sortable" : ""].join(" ").trim() || null,
      }, ...breakable(column.label), arrow ? node("span", { "aria-hidden": "true" }, arrow) : null);
      if (column.sortable) on(th, "click", () => { active = { row: -1, column: place + 1 }; sortBy(column.name, true); });
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
        type: "text", class: "axn-filter", "aria-label": `Filter ${column.label}`, placeholder: column.numeric ? ">0.5" : "contains", title: filterHint.textContent, autocomplete: "off",
      });
      input.value = state.filters[column.name] ?? "";
      let wait = null;
      const apply = () => {
        const filters = { ...state.filters, [column.name]: input.value };
        if (!input.value.trim()) delete filters[column.name];
        askPage({ filters });
      };
      on(input, "input", () => { clearTimeout(wait); wait = setTimeout(apply, 250); });
      on(input, "keydown", (event) => { if (event.key === "Enter") { clearTimeout(wait); apply(); } });
      cells.push(node("td", { class: column.pinned ? "axn-pin" : null }, input));
    });
    head.append(node("tr", { class: "axn-filters" }, ...cells));
  }
  function drawBody() {
    clear(body);
    // Short values stay on one line, long ones get room to be read.
    const widths = shown.columns.map((_, at) => (Math.max(0, ...shown.rows.map((row) => row.cells[at]?.length ?? 0)) <= 24 ? "axn-short" : "axn-long"));
    shown.rows.forEach((row, place) => {
      const tick = node("input", { type: "checkbox", tabindex: "-1", "aria-label": `Select row ${row.key}` });
      tick.checked = row.selected;
      on(tick, "change", () => select([row.key], tick.checked));
      const cells = [node("td", { class: "axn-pin axn-check", tabindex: "-1", "aria-colindex": 1 }, tick)];
      row.cells.forEach((cell, at) => {
        const column = shown.columns[at];
        const kind = [column.pinned ? "axn-pin" : "", column.numeric ? "axn-num" : widths[at], cell === null ? "axn-none" : ""].join(" ").trim();
        cells.push(node("td", { tabindex: "-1", class: kind || null, "aria-colindex": at + 2 }, node("span", { dir: "auto", class: "axn-cell" }, cell ?? "—")));
      });
      const tr = node("tr", { "aria-rowindex": row.index + 2, "aria-selected": String(row.selected), "aria-current": row.key === detailOf ? "true" : null }, ...cells);
      on(tr, "click", (event) => {
        if (String(getSelection())) return; // text was marked, not a row chosen
        const cell = event.target.closest("td");
        active = { row: place, column: cell ? cell.cellIndex : 0 };
        focusCell(place, active.column);
        if (cell && cell.cellIndex > 0) open(row.key);
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
    drawBody();
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
    problem: (message) => {
      root.setAttribute("aria-busy", "false");
      if (shown) state = shown.state; // what was asked for was refused: the next request starts from what is there
      openOnPage = null;
      problem.textContent = message.text;
    },
    closed: () => { detail.hide(); detailOf = null; },
  };
  const onMessage = (message, buffers) => hear[message.kind]?.(message, buffers);
  model.on("msg:custom", onMessage);
  ask("hello");
  pageSeq = seq;
  return () => {
    clearTimeout(typing);
    model.off("msg:custom", onMessage);
  };
}
export default { render };
