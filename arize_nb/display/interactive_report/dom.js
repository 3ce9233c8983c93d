// Elements of the report. Text goes in as text only: nothing of an example is ever read as markup.
function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

const counted = (n, noun) => `${n.toLocaleString("en")} ${noun}${n === 1 ? "" : "s"}`;

function chip(text, tone) {
  if (text === null) return element("span", { class: "faint", "aria-label": "no value" }, "–");
  return element("span", { class: `chip ${tone}` }, text);
}

// Which words only one of two texts has: their longest common sequence, for texts that a person compares.
const MOST_WORDS = 700;
const words = (text) => text.match(/[\p{L}\p{N}_]+|\s+|[^\p{L}\p{N}_\s]/gu) ?? [];

function differences(before, after) {
  const left = words(before);
  const right = words(after);
  let start = 0;
  while (start < left.length && start < right.length && left[start] === right[start]) start += 1;
  let end = 0;
  while (end < left.length - start && end < right.length - start && left.at(-1 - end) === right.at(-1 - end))
    end += 1;
  const one = left.slice(start, left.length - end);
  const other = right.slice(start, right.length - end);
  if (one.length > MOST_WORDS || other.length > MOST_WORDS) return null;
  const wide = other.length + 1;
  const longest = new Uint16Array((one.length + 1) * wide);
  for (let i = one.length - 1; i >= 0; i -= 1) {
    for (let j = other.length - 1; j >= 0; j -= 1) {
      longest[i * wide + j] =
        one[i] === other[j]
          ? longest[(i + 1) * wide + j + 1] + 1
          : Math.max(longest[(i + 1) * wide + j], longest[i * wide + j + 1]);
    }
  }
  const sides = [[], []];
  const add = (side, word, own) => {
    const parts = sides[side];
    if (parts.length && parts.at(-1).own === own) parts.at(-1).text += word;
    else parts.push({ text: word, own });
  };
  const both = (list) =>
    list.forEach((word) => {
      add(0, word, false);
      add(1, word, false);
    });
  both(left.slice(0, start));
  let i = 0;
  let j = 0;
  while (i < one.length || j < other.length) {
    if (i < one.length && j < other.length && one[i] === other[j]) {
      both([one[i]]);
      i += 1;
      j += 1;
    } else if (
      j >= other.length ||
      (i < one.length && longest[(i + 1) * wide + j] >= longest[i * wide + j + 1])
    ) {
      add(0, one[i], true);
      i += 1;
    } else {
      add(1, other[j], true);
      j += 1;
    }
  }
  both(left.slice(left.length - end));
  return sides;
}

// Both texts as elements; words that one of them alone has are marked by a line as well as a tint.
function besides(before, after) {
  const found = before !== null && after !== null && before !== after ? differences(before, after) : null;
  return [before, after].map((text, side) => {
    if (text === null) return [element("span", { class: "faint" }, "–")];
    if (found === null) return [text];
    return found[side].map((part) => (part.own ? element(side ? "ins" : "del", {}, part.text) : part.text));
  });
}
