// Make elements: everything as text, nothing as markup.
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

const on = (element, type, act) => element.addEventListener(type, act);

function clear(element) {
  while (element.firstChild) element.firstChild.remove();
}

// A button that is not to be pressed now keeps the keyboard: a disabled one would lose it to the notebook's own shortcuts.
const setOff = (button, off) => button.setAttribute("aria-disabled", String(Boolean(off)));
const isOff = (button) => button.getAttribute("aria-disabled") === "true";

