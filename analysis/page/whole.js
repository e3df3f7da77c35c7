"use strict";
// All cells of a study, of which the table lists some, as packed.py writes them.

const MOST = 40; // rows of a table over an axis; of more values, ranges

async function unpacked(text) {
  const study = JSON.parse(text);
  const bytes = Uint8Array.from(atob(study.data), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  const planes = new Uint8Array(await new Response(stream).arrayBuffer()), size = planes.length / 2;
  study.words = new Uint16Array(size);
  for (let i = 0, word = 0; i < size; i++) study.words[i] = word = (word + planes[i] + 256 * planes[size + i]) & 65535;
  return study;
}

// use(word, the cell's number, its place on `axis`, -1 without it) for each cell where fits(key, text).
function visit(study, wanted, axis, same, use) {
  let start = 0;
  for (const grid of study.grids) {
    const names = Object.keys(grid.axes), sizes = Object.values(grid.axes), first = start;
    start += sizes.reduce((product, size) => product * size, 1);
    if ("theorem" in wanted && wanted.theorem !== grid.theorem) continue;
    if (Object.keys(wanted).some((key) => key in study.axes && !(key in grid.axes))) continue;
    const allowed = names.map((name) => [...study.axes[name].keys()]
      .filter((i) => !(name in wanted) || same(study.axes[name][i], wanted[name])));
    const at = names.indexOf(axis), last = names.length - 1;
    const descend = (depth, place, cell, found) => {
      if (depth > last) return use(study.words[first + place], cell, found);
      const size = sizes[depth], stride = grid.strides[depth];
      for (const i of allowed[depth]) {
        const next = place * size + i, number = cell + stride * i, here = depth === at ? i : found;
        if (depth < last) descend(depth + 1, next, number, here);
        else use(study.words[first + next], number, here);
      }
    };
    descend(0, 0, grid.first, -1);
  }
}

// The cells that match: how many have each status and each level of measured/bound, over an axis too.
function counted(study, wanted, axis, same) {
  const counts = () => ({cells: 0, judged: 0, statuses: study.statuses.map(() => 0), levels: new Uint32Array(1 << study.bits)});
  const status = "status" in wanted ? study.statuses.indexOf(wanted.status) : -1;
  const width = axis ? Math.ceil(study.axes[axis].length / MOST) : 1, mask = (1 << study.bits) - 1;
  const all = counts(), by = [];
  let cell = -1;
  const add = (some, word) => {
    some.cells++;
    some.statuses[word >> study.bits]++;
    some.levels[word & mask]++;
    if (word & mask) some.judged++;
  };
  visit(study, wanted, axis, same, (word, number, place) => {
    if (status >= 0 && word >> study.bits !== status) return;
    add(all, word);
    cell = number;
    if (place >= 0) add(by[Math.floor(place / width)] ??= counts(), word);
  });
  const label = (i) => [...new Set([study.axes[axis][i * width], study.axes[axis][Math.min((i + 1) * width, study.axes[axis].length) - 1]])].join(" … ");
  return {all, cell, by: by.map((some, i) => [label(i), some]).filter(Boolean)};
}

// The smallest level at or below which at least this share of the judged cells lies.
function quantile(study, counts, share) {
  let rest = Math.max(Math.ceil(share * counts.judged) - 1, 0), level = 1;
  if (!counts.judged) return "–";
  while (rest >= counts.levels[level]) rest -= counts.levels[level++];
  if (level === 1) return "0"; // or below the smallest level
  return level === (1 << study.bits) - 1 ? "∞" : String(Number(Math.exp((level - study.zero) * study.step).toPrecision(3)));
}
