"use strict";
(() => {
  const STEP = 200; // rows shown at once: thousands in one table make every filter slow
  const id = (name) => document.getElementById(name);
  const table = id("cells-table"), body = table.tBodies[0], heads = [...table.tHead.rows[0].cells];
  const form = id("filters"), count = id("count"), more = id("more"), command = id("command"), copied = id("copied");
  const rows = [...body.rows], keys = heads.map((head) => head.dataset.key);
  const texts = new Map(rows.map((row) => [row, [...row.cells].map((cell) => cell.textContent.trim())]));
  const fields = () => [...form.elements].filter((field) => field.name);
  let sort = "", limit = STEP; // sort: a column's key, "-" in front for descending, "" for the worst first

  const number = (text) => (text === "∞" ? Infinity : text === "-∞" ? -Infinity : text === "" ? NaN : Number(text));
  const same = (text, wanted) => text === wanted || number(text) === number(wanted);

  const chosen = () => fields().filter((field) => field.value.trim() && keys.includes(field.name))
    .map((field) => [field.name, field.value.trim()]);

  function matching() {
    const wanted = chosen().map(([key, value]) => [keys.indexOf(key), value]);
    return rows.filter((row) => wanted.every(([column, value]) => same(texts.get(row)[column], value)));
  }

  function sorted(found) {
    const column = keys.indexOf(sort.replace("-", ""));
    if (column < 0) return found;
    const sign = sort.startsWith("-") ? -1 : 1, numeric = heads[column].classList.contains("n");
    const value = new Map(found.map((row) => [row, numeric ? number(texts.get(row)[column]) : texts.get(row)[column]]));
    return found.sort((one, other) => {
      const a = value.get(one), b = value.get(other);
      if (numeric && (isNaN(a) || isNaN(b))) return isNaN(a) - isNaN(b); // no number comes last, either way
      return a < b ? -sign : a > b ? sign : 0;
    });
  }

  function addButton(row) {
    const cell = row.cells[0];
    if (cell.firstElementChild) return;
    const button = document.createElement("button");
    button.type = "button";
    button.title = "Copy the command";
    button.append(...cell.childNodes);
    cell.append(button);
  }

  function show() {
    const found = sorted(matching()), shown = found.slice(0, limit);
    shown.forEach(addButton);
    body.replaceChildren(...shown);
    const all = `${found.length.toLocaleString("en")} of ${rows.length.toLocaleString("en")} ${id("packed") ? "listed " : ""}cells`;
    count.textContent = shown.length < found.length ? `${all}, the first ${shown.length} shown.` : `${all}.`;
    more.parentElement.hidden = shown.length === found.length;
    heads.forEach((head, column) => head.setAttribute("aria-sort",
      sort === keys[column] ? "ascending" : sort === `-${keys[column]}` ? "descending" : "none"));
    if (study) showWhole();
  }

  let study = null, seen = ""; // all cells, once they are unpacked; the question that is answered

  function showWhole() {
    const wanted = Object.fromEntries(chosen()), over = id("over"), axis = over.value;
    const question = JSON.stringify([wanted, axis]);
    if (question === seen) return;
    seen = question;
    const {all, cell, by} = counted(study, wanted, axis, same), of = (counts, share) => quantile(study, counts, share);
    const present = study.statuses.map((word, i) => [word, i]).filter(([, i]) => all.statuses[i]);
    const whole = (count) => count.toLocaleString("en");
    const spread = `: median ${of(all, 0.5)}, 5–95 % ${of(all, 0.05)} … ${of(all, 0.95)}, largest ${of(all, 1)}`;
    const box = id("whole"), scroll = box.querySelector(".scroll");
    box.hidden = false;
    box.firstElementChild.textContent = !all.cells ? "No cell of the study matches."
      : all.cells === 1 ? `Cell ${cell}: ${present[0][0]}, measured/bound ${of(all, 1)}, to 1 %.`
      : `Of all cells, ${whole(all.cells)} match: ${present.map(([word, i]) => `${whole(all.statuses[i])} ${word}`).join(", ")}; `
        + `measured/bound${all.judged ? spread : " –"}.`;
    if (all.cells === 1) command.textContent = `${command.dataset.before}${cell}${command.dataset.after}`;
    scroll.hidden = !by.length;
    const line = (scope, texts) => {
      const row = document.createElement("tr");
      row.append(...texts.map((text, i) => {
        const entry = document.createElement(scope === "col" || !i ? "th" : "td");
        if (entry.tagName === "TH") entry.scope = scope;
        if (i) entry.className = "n";
        entry.textContent = text;
        return entry;
      }));
      return row;
    };
    scroll.querySelector("thead").replaceChildren(line("col",
      [over.selectedOptions[0].text, ...present.map(([word]) => word), "5 %", "median", "95 %", "largest"]));
    scroll.querySelector("tbody").replaceChildren(...by.map(([label, counts]) => line("row",
      [label, ...present.map(([, i]) => whole(counts.statuses[i])), ...[0.05, 0.5, 0.95, 1].map((share) => of(counts, share))])));
  }

  function nearest() { // a typed number becomes the nearest value of its axis
    for (const field of fields()) {
      const value = field.value.trim(), values = study && field.type === "text" && study.axes[field.name];
      if (!value || !values || isNaN(number(value)) || values.some((text) => same(text, value))) continue;
      const far = (text) => Math.abs(number(text) - number(value));
      field.value = values.reduce((best, text) => (far(text) < far(best) ? text : best));
    }
  }

  function keep() { // in the address, so that a filtered view can be linked
    const chosen = new URLSearchParams(fields().filter((field) => field.value.trim())
      .map((field) => [field.name, field.value.trim()]));
    if (sort) chosen.set("sort", sort);
    const text = chosen.toString();
    history.replaceState(null, "", text ? `#${text}` : location.pathname + location.search);
  }

  function changed() {
    limit = STEP;
    nearest();
    keep();
    show();
  }

  function recall() {
    const chosen = new URLSearchParams(location.hash.includes("=") ? location.hash.slice(1) : "");
    for (const field of fields()) {
      field.value = chosen.get(field.name) ?? "";
      if (field.selectedIndex === -1) field.value = "";
    }
    sort = chosen.get("sort") ?? "";
    limit = STEP;
    show();
    if (chosen.size) id("cells").scrollIntoView();
  }

  async function copy(text) {
    command.textContent = text;
    try {
      await navigator.clipboard.writeText(text);
      copied.textContent = "Copied.";
    } catch {
      getSelection().selectAllChildren(command);
      copied.textContent = "Selected: copy it with your keyboard.";
    }
  }

  for (const head of heads) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const key = head.dataset.key;
      sort = sort === key ? `-${key}` : sort === `-${key}` ? "" : key;
      changed();
    });
  }
  body.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button) copy(`${command.dataset.before}${button.textContent.trim()}${command.dataset.after}`);
  });
  form.addEventListener("change", changed);
  form.addEventListener("submit", (event) => { event.preventDefault(); changed(); });
  form.addEventListener("reset", () => setTimeout(() => { sort = ""; changed(); }));
  more.addEventListener("click", () => { limit += STEP; show(); });
  addEventListener("hashchange", () => { if (location.hash.includes("=")) recall(); });
  for (const element of document.querySelectorAll(".scripted")) element.hidden = false;
  recall();
  if (id("packed") && "DecompressionStream" in window) {
    unpacked(id("packed").content.textContent).then((found) => { study = found; nearest(); show(); });
  }
})();
