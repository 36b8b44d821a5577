// Makes every table of cells and of formulas sortable by its heads and filters them by text and by verdict; the data of
// pictures, which is folded away, stays as it is. Rows are only hidden and moved: without this script the page says the
// same.
"use strict";
(() => {
  const VERDICTS = ["proved", "certified", "tested", "refuted", "undecided"];
  const tables = [...document.querySelectorAll("main table")].filter((table) => !table.closest("details"));
  const rowsOf = (table) => [...table.tBodies[0].rows];
  const badges = (row) => [...row.querySelectorAll(".badge")].map((badge) => badge.textContent);

  const make = (tag, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };

  // What a cell is sorted by: a number if it has one to begin or end with, else its text.
  const sortKey = (row, column) => {
    const text = row.cells[column].textContent.trim();
    const number = text.match(/^-?\d+(\.\d+)?$/);
    return number ? Number(number[0]) : text.toLowerCase();
  };

  const compare = (a, b) => {
    if (typeof a === "number" && typeof b === "number") return a - b;
    return String(a).localeCompare(String(b), "en", { numeric: true });
  };

  const status = make("p", { className: "status" });
  status.setAttribute("role", "status");

  const sort = (table, head) => {
    const falling = head.getAttribute("aria-sort") === "ascending";
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", falling ? "descending" : "ascending");
    const rows = rowsOf(table).map((row) => [sortKey(row, head.cellIndex), row]);
    rows.sort(([a], [b]) => (falling ? compare(b, a) : compare(a, b)));
    table.tBodies[0].append(...rows.map(([, row]) => row));
  };

  for (const table of tables) {
    for (const head of table.tHead.rows[0].cells) {
      const button = make("button", { type: "button", className: "sort" }, ...head.childNodes);
      button.addEventListener("click", () => sort(table, head));
      head.replaceChildren(button);
    }
  }

  const text = make("input", { type: "search", id: "filter-text", autocomplete: "off", spellcheck: false });
  const verdict = make("select", { id: "filter-verdict" }, make("option", { value: "" }, "any"));
  const outcomes = [
    ["holds", "all hold", (row) => badges(row)[0] === "all hold"],
    ["not", "something fails or is open", (row) => badges(row)[0] !== "all hold"],
    ...VERDICTS.map((word) => [word, `something ${word}`, (row) => badges(row).some((badge) => badge.startsWith(`${word} `))]),
  ];
  for (const [value, label] of outcomes) verdict.append(make("option", { value }, label));

  const matches = (row) => {
    const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    const said = row.textContent.toLowerCase();
    const chosen = outcomes.find(([value]) => value === verdict.value);
    return words.every((word) => said.includes(word)) && (!chosen || chosen[2](row));
  };

  const filter = () => {
    const rows = tables.flatMap(rowsOf);
    for (const row of rows) row.hidden = !matches(row);
    const shown = rows.filter((row) => !row.hidden).length;
    status.textContent = shown === rows.length ? `${rows.length} rows` : `${shown} of ${rows.length} rows`;
  };

  const controls = make(
    "form",
    { className: "controls" },
    make("p", {}, make("label", { htmlFor: "filter-text" }, "Text"), text),
    make("p", {}, make("label", { htmlFor: "filter-verdict" }, "Verdict"), verdict),
    status,
  );
  controls.dataset.controls = "";
  controls.setAttribute("aria-label", "Filter the tables");
  controls.addEventListener("submit", (event) => event.preventDefault());
  text.addEventListener("input", filter);
  verdict.addEventListener("change", filter);
  document.getElementById("main").prepend(controls);
  filter();
})();
