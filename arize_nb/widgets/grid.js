// A paged table: Python holds the rows, the browser holds one page. Every gesture is a numbered request; stale answers are dropped.
function render({ model, el }) {
  const me = Math.random().toString(36).slice(2);
  let seq = 0;
  let state = null; // {query, sort, filters, page, size} as last asked for
  let shown = null; // the last page message
  let active = { row: -1, column: 0 }; // row -1 is the header
  let typing = null;
  let wantFocus = false;
  let detailOf = null;
  let drawnHeads = null;

  const root = node("div", { class: "axn axn-grid" });
  ownKeyboard(root);
  const search = node("input", { type: "search", class: "axn-search", "aria-label": "Search all text columns", placeholder: "Search text…", autocomplete: "off" });
  const filterToggle = node("button", { type: "button", "aria-expanded": "false" }, "Filter columns");
  const size = node("select", { "aria-label": "Rows per page" });
  const nav = {};
  for (const [key, label, sign] of [["first", "First page", "«"], ["previous", "Previous page", "‹"], ["next", "Next page", "›"], ["last", "Last page", "»"]])
    nav[key] = node("button", { type: "button", "aria-label": label, title: label }, sign);
  const status = node("div", { class: "axn-status", role: "status", "aria-live": "polite" }, "Waiting for the kernel…");
  const problem = node("div", { class: "axn-problem", role: "alert" });
  const bar = node("div", { class: "axn-bar" }, search, filterToggle, node("span", { class: "axn-pages" }, nav.first, nav.previous, nav.next, nav.last, size), status);
  const head = node("thead");
  const body = node("tbody");
  const table = node("table", { role: "grid", "aria-multiselectable": "true", "aria-rowcount": "-1" }, head, body);
  const box = node("div", { class: "axn-box" }, table);
  const detail = node("div", { class: "axn-detail", role: "group", "aria-label": "Row detail", hidden: true });
  root.append(bar, problem, box, detail);
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
  };

  // -- gestures ---------------------------------------------------------------------------------
  search.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(() => askPage({ query: search.value }), 250);
  });
  search.addEventListener("keydown", (event) => {
    if (event.key === "Enter") {
      clearTimeout(typing);
      askPage({ query: search.value });
    }
    if (event.key === "ArrowDown" && shown) focusCell(shown.rows.length ? 0 : -1, active.column);
  });
  size.addEventListener("change", () => askPage({ size: Number(size.value) }));
  const turn = (page, keepFocus) => {
    if (!shown) return;
    const last = Math.max(0, shown.pages - 1);
    const wanted = Math.max(0, Math.min(page, last));
    if (wanted !== state.page) askPage({ page: wanted }, keepFocus);
  };
  nav.first.addEventListener("click", () => turn(0));
  nav.previous.addEventListener("click", () => turn(state.page - 1));
  nav.next.addEventListener("click", () => turn(state.page + 1));
  nav.last.addEventListener("click", () => turn(Infinity));
  filterToggle.addEventListener("click", () => {
    const open = filterToggle.getAttribute("aria-expanded") !== "true";
    filterToggle.setAttribute("aria-expanded", String(open));
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
    detail.hidden = true;
    detailOf = null;
    clear(detail);
    model.send({ kind: "close", view: me });
    body.querySelectorAll("tr[aria-current]").forEach((row) => row.removeAttribute("aria-current"));
    focusCell(Math.max(0, active.row), active.column);
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
    Escape: () => (detail.hidden ? null : close()),
  };
  table.addEventListener("keydown", (event) => {
    if (event.target.tagName === "INPUT" && event.target.type !== "checkbox") return;
    const act = keys[event.key];
    if (!act || event.altKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    act(event);
  });
  detail.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      event.stopPropagation();
      close();
    }
  });
  const isSelected = (row) => body.rows[row]?.getAttribute("aria-selected") === "true";
  const toggleRow = (row) => select([shown.rows[row].key], !isSelected(row));
  const toggleAll = () => select(shown.rows.map((row) => row.key), !shown.rows.every((_, row) => isSelected(row)));

  // -- drawing --------------------------------------------------------------------------------------
  function drawHead() {
    clear(head);
    const allBox = node("input", { type: "checkbox", tabindex: "-1", "aria-label": "Select the rows of this page" });
    allBox.addEventListener("change", toggleAll);
    const cells = [node("th", { class: "axn-pin axn-check", tabindex: "-1", "aria-colindex": 1 }, allBox)];
    shown.columns.forEach((column, place) => {
      const [by, direction] = state.sort ?? [];
      const sorted = by === column.name ? direction : "none";
      const arrow = sorted === "none" ? "" : sorted === "ascending" ? " ▲" : " ▼";
      const th = node("th", {
        scope: "col", tabindex: "-1", "aria-colindex": place + 2, "aria-sort": column.sortable ? sorted : null, title: column.sortable ? `Sort by ${column.name}` : column.name,
        class: [column.pinned ? "axn-pin" : "", column.numeric ? "axn-num" : "", column.sortable ? "axn-sortable" : ""].join(" ").trim() || null,
      }, column.name, arrow ? node("span", { "aria-hidden": "true" }, arrow) : null);
      if (column.sortable) th.addEventListener("click", () => { active = { row: -1, column: place + 1 }; sortBy(column.name, true); });
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
        type: "text", class: "axn-filter", "aria-label": `Filter ${column.name}`, placeholder: column.numeric ? ">0.5  0..1  =" : "text  =exact  !not",
        title: "text: contains; =x: exactly; !x: not; >1 <=2 0..1: numbers; = alone: missing; != alone: present", autocomplete: "off",
      });
      input.value = state.filters[column.name] ?? "";
      let wait = null;
      const apply = () => {
        const filters = { ...state.filters, [column.name]: input.value };
        if (!input.value.trim()) delete filters[column.name];
        askPage({ filters });
      };
      input.addEventListener("input", () => { clearTimeout(wait); wait = setTimeout(apply, 250); });
      input.addEventListener("keydown", (event) => { if (event.key === "Enter") { clearTimeout(wait); apply(); } });
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
      tick.addEventListener("change", () => select([row.key], tick.checked));
      const cells = [node("td", { class: "axn-pin axn-check", tabindex: "-1", "aria-colindex": 1 }, tick)];
      row.cells.forEach((cell, at) => {
        const column = shown.columns[at];
        const kind = [column.pinned ? "axn-pin" : "", column.numeric ? "axn-num" : widths[at], cell === null ? "axn-none" : ""].join(" ").trim();
        cells.push(node("td", { tabindex: "-1", class: kind || null, "aria-colindex": at + 2 }, node("span", { dir: "auto", class: "axn-cell" }, cell ?? "—")));
      });
      const tr = node("tr", { "aria-rowindex": row.index + 2, "aria-selected": String(row.selected), "aria-current": row.key === detailOf ? "true" : null }, ...cells);
      tr.addEventListener("click", (event) => {
        const cell = event.target.closest("td");
        active = { row: place, column: cell ? cell.cellIndex : 0 };
        focusCell(place, active.column);
        if (cell && cell.cellIndex > 0) open(row.key);
      });
      body.append(tr);
    });
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
    nav.first.disabled = nav.previous.disabled = state.page <= 0;
    nav.next.disabled = nav.last.disabled = state.page >= message.pages - 1;
    problem.textContent = "";
    status.textContent = message.status;
    drawSelection(new Set(message.rows.filter((row) => row.selected).map((row) => row.key)));
  }
  function drawSelection(on) {
    shown.rows.forEach((row, place) => {
      row.selected = on.has(row.key);
      body.rows[place]?.setAttribute("aria-selected", String(row.selected));
      const tick = body.rows[place]?.querySelector("input");
      if (tick) tick.checked = row.selected;
    });
    const all = head.querySelector(".axn-check input");
    if (all) all.checked = shown.rows.length > 0 && shown.rows.every((row) => row.selected);
  }
  function drawDetail(message, buffers) {
    const shut = node("button", { type: "button", class: "axn-close" }, "Close (Esc)");
    shut.addEventListener("click", close);
    const heading = node("h3", { tabindex: "-1" }, message.title);
    const content = node("div");
    clear(detail);
    detail.append(node("div", { class: "axn-detail-head" }, heading, shut), content);
    drawSections(content, message.sections, buffers);
    detail.hidden = false;
    shown.rows.forEach((row, place) => body.rows[place]?.toggleAttribute("aria-current", false));
    shown.rows.forEach((row, place) => { if (row.key === detailOf) body.rows[place]?.setAttribute("aria-current", "true"); });
    heading.focus({ preventScroll: true });
    detail.scrollIntoView({ block: "nearest" });
  }
  const hear = {
    page: (message) => {
      if (message.view === me ? message.seq === seq : true) drawPage(message);
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
      problem.textContent = message.text;
    },
    closed: () => { detail.hidden = true; detailOf = null; clear(detail); },
  };
  const onMessage = (message, buffers) => hear[message.kind]?.(message, buffers);
  model.on("msg:custom", onMessage);
  ask("hello");
  return () => {
    clearTimeout(typing);
    model.off("msg:custom", onMessage);
  };
}
export default { render };
