// What is filtered, and which examples are left. A filter is a named group of choices: an example must meet
// one choice of every group. A panel's own counts leave its own group out: its other choices stay in sight.
const WORSE = new Set([0, 8]);

function makeFilters(data) {
  const n = data.names.length;
  const groups = new Map(); // name -> { choices: Map(key -> {label, has}), misses: Uint8Array }
  const listeners = [];
  let fails = new Uint8Array(n);
  let texts = null;

  const haystacks = () => {
    if (texts) return texts;
    const decoded = (one, i) => (one && one.at[i] >= 0 ? one.of[one.at[i]] : "");
    texts = Array.from({ length: n }, (_, i) =>
      [
        data.names[i],
        data.ids[i],
        ...data.own.map((column) => column.values[i] ?? ""),
        ...data.sides.flatMap((side) => [side.output?.[i] ?? "", side.error?.[i] ?? ""]),
        ...data.metrics.flatMap((metric) => [...metric.shown, ...metric.why].map((one) => decoded(one, i))),
      ]
        .join("\n")
        .toLowerCase(),
    );
    return texts;
  };

  const count = () => {
    fails = new Uint8Array(n);
    for (const { misses } of groups.values()) for (let i = 0; i < n; i += 1) fails[i] += misses[i];
    listeners.forEach((listener) => listener());
  };

  const set = (name, choices) => {
    if (!choices.size) groups.delete(name);
    else {
      const tests = [...choices.values()].map((choice) => choice.has);
      const misses = new Uint8Array(n);
      for (let i = 0; i < n; i += 1) misses[i] = tests.some((has) => has(i)) ? 0 : 1;
      groups.set(name, { choices, misses });
    }
  };

  return {
    n,
    onChange: (listener) => listeners.push(listener),
    isChosen: (name, key) => groups.get(name)?.choices.has(key) ?? false,
    active: () => groups.size > 0,
    // Choose among the marks of a group: one is switched, or a run of them (a brushed span) stands alone.
    toggle(name, key, label, has) {
      const choices = new Map(groups.get(name)?.choices);
      if (!choices.delete(key)) choices.set(key, { label, has });
      set(name, choices);
      count();
    },
    only(name, entries) {
      set(name, new Map(entries.map(({ key, label, has }) => [key, { label, has }])));
      count();
    },
    search(text) {
      const asked = text.toLowerCase().split(/\s+/).filter(Boolean);
      const all = haystacks();
      const has = (i) => asked.every((word) => all[i].includes(word));
      set("search", asked.length ? new Map([["search", { label: `text: ${text.trim()}`, has }]]) : new Map());
      count();
    },
    prepare: haystacks,
    clear() {
      groups.clear();
      count();
    },
    pills: () =>
      [...groups].flatMap(([name, { choices }]) =>
        [...choices].map(([key, { label }]) => ({
          label,
          drop: () => {
            const rest = new Map(choices);
            rest.delete(key);
            set(name, rest);
            count();
          },
        })),
      ),
    left() {
      const found = [];
      for (let i = 0; i < n; i += 1) if (!fails[i]) found.push(i);
      return found;
    },
    // Count the examples of each of k marks of a group: `place` says to which mark an example belongs.
    tally(name, k, place) {
      const own = groups.get(name)?.misses;
      const all = new Uint32Array(k);
      const shown = new Uint32Array(k);
      for (let i = 0; i < n; i += 1) {
        const at = place(i);
        if (at < 0) continue;
        all[at] += 1;
        if (fails[i] - (own ? own[i] : 0) === 0) shown[at] += 1;
      }
      return { all, shown };
    },
  };
}
