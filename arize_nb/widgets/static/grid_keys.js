// Keys of a table: one cell is in the tab order, arrows move it.
function gridKeys({ cell, shown, focusCell, turn, currentPage, toggleRow, toggleAll, extend, selectTo, open, sortBy, close, copy, columns, widthOf, jump }) {
  const column = () => shown().columns[cell().column - 1]?.name;
  const onHead = () => cell().row < 0 && cell().column > 0;
  const sideways = (by) => (event) => {
    if (onHead() && event.ctrlKey) columns.move(column(), by);
    else if (onHead() && event.shiftKey) columns.resize(column(), widthOf(column()) + by * 24);
    else focusCell(cell().row, cell().column + by);
  };
  const upDown = (by) => (event) => (event.shiftKey && cell().row >= 0 ? extend(by) : focusCell(cell().row + by, cell().column));
  const acts = {
    ArrowDown: upDown(1),
    ArrowUp: upDown(-1),
    ArrowRight: sideways(1),
    ArrowLeft: sideways(-1),
    Home: (event) => focusCell(event.ctrlKey ? 0 : cell().row, 0),
    End: (event) => focusCell(event.ctrlKey ? shown().rows.length - 1 : cell().row, shown().columns.length),
    PageDown: () => turn(currentPage() + 1, true),
    PageUp: () => turn(currentPage() - 1, true),
    " ": (event) => (cell().row < 0 ? toggleAll() : event.shiftKey ? selectTo(cell().row) : toggleRow(cell().row)),
    Enter: (event) => (cell().row >= 0 ? open(shown().rows[cell().row].key) : onHead() ? sortBy(column(), true, event.shiftKey) : toggleAll()),
    Escape: () => close(),
    g: () => jump(),
    h: () => onHead() && columns.hide(column()),
    p: () => onHead() && columns.pin(column()),
  };
  return (event) => {
    if (event.target.tagName === "INPUT" && event.target.type !== "checkbox") return;
    if (event.altKey || composing(event)) return;
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "c") {
      if (String(getSelection())) return; // text was marked: the browser copies that
      event.preventDefault();
      event.stopPropagation();
      copy();
      return;
    }
    const act = event.metaKey ? null : acts[event.key];
    if (!act || (event.ctrlKey && event.key.length === 1)) return;
    event.preventDefault();
    event.stopPropagation();
    act(event);
  };
}
