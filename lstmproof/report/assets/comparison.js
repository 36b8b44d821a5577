// Sets two cells side by side, and says of every row whether it is the same in both, differs, or is in one alone.
// What it shows are copies of what stands in the page, which says the same without this script.
"use strict";
(() => {
  const cells = [...document.querySelectorAll("main > section")];
  if (cells.length < 2) return;

  const make = (tag, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };

  // The rows of one part of a cell: what each is called, its text, and a copy of what shows it.
  const formulas = (part) =>
    [...part.querySelectorAll("mtr[data-text]")].map((row) => ({
      name: row.dataset.text.split(" = ")[0],
      text: row.dataset.text,
      shown: () => {
        const math = document.createElementNS("http://www.w3.org/1998/Math/MathML", "math");
        const table = document.createElementNS("http://www.w3.org/1998/Math/MathML", "mtable");
        table.setAttribute("class", "aligned");
        table.setAttribute("displaystyle", "true");
        let each = row;
        do {
          table.append(each.cloneNode(true));
          each = each.nextElementSibling;
        } while (each && each.classList.contains("more"));
        math.setAttribute("display", "block");
        math.append(table);
        return make("div", { className: "equations" }, math);
      },
    }));
  const facts = (part) =>
    [...part.querySelectorAll("tbody tr")].map((row) => ({
      name: row.cells[0].textContent,
      text: row.cells[1].textContent,
      shown: () => make("div", {}, ...[...row.cells[1].childNodes].map((node) => node.cloneNode(true))),
    }));
  const rowsOf = (part) => (part.querySelector("mtable") ? formulas(part) : facts(part));

  const MARKS = { same: "same", differs: "differs", left: "left only", right: "right only" };

  // All names of both in order: the left cell's, each of the right's after what it follows there.
  const merged = (left, right) => {
    const names = left.map((row) => row.name);
    right.forEach(({ name }, at) => {
      if (names.includes(name)) return;
      const before = at > 0 ? names.indexOf(right[at - 1].name) : -1;
      names.splice(before + 1, 0, name);
    });
    return names;
  };

  const named = (name) => (/^\S+$/.test(name) ? make("code", {}, name) : name);

  const compared = (title, left, right, only) => {
    const body = make("tbody");
    for (const name of merged(left, right)) {
      const [one, other] = [left, right].map((rows) => rows.find((row) => row.name === name));
      const mark = !one ? "right" : !other ? "left" : one.text === other.text ? "same" : "differs";
      if (only && mark === "same") continue;
      const head = make("th", { scope: "row" }, named(name));
      const badge = make("span", { className: `badge mark-${mark}` }, MARKS[mark]);
      const shown = [one, other].map((row) => make("td", {}, row ? row.shown() : make("span", { className: "none" }, "none")));
      head.append(make("br"), badge);
      body.append(make("tr", { className: mark }, head, ...shown));
    }
    return body;
  };

  const choice = (id, label, chosen) => {
    const select = make("select", { id });
    for (const cell of cells) select.append(make("option", { value: cell.id }, cell.id));
    select.value = chosen;
    return [make("p", {}, make("label", { htmlFor: id }, label), select), select];
  };

  const wanted = new URLSearchParams(location.hash.slice(1));
  const known = (name) => cells.some((cell) => cell.id === name);
  const first = (name, otherwise) => (known(wanted.get(name)) ? wanted.get(name) : otherwise);
  const [leftControl, left] = choice("left", "Left", first("left", known("lstm") ? "lstm" : cells[0].id));
  const [rightControl, right] = choice("right", "Right", first("right", known("janet") ? "janet" : cells[1].id));
  const only = make("input", { type: "checkbox", id: "only" });
  const status = make("p", { className: "status" });
  status.setAttribute("role", "status");
  const result = make("div", { id: "side-by-side" });

  const show = () => {
    const pair = [left, right].map((select) => document.getElementById(select.value));
    const titles = ["equations", "gradients", "numbers"];
    const counts = { same: 0, differs: 0, left: 0, right: 0 };
    result.replaceChildren();
    for (const title of titles) {
      const [one, other] = pair.map((cell) => rowsOf(document.getElementById(`${cell.id}-${title}`)));
      const name = document.getElementById(`${pair[0].id}-${title}`).querySelector("h3").firstChild.textContent.trim();
      for (const row of compared(title, one, other, false).rows) counts[row.className] += 1;
      const body = compared(title, one, other, only.checked);
      const heads = ["", ...pair.map((cell) => cell.id)].map((text) => (text ? make("th", { scope: "col" }, text) : make("td", {})));
      const table = make("table", { className: "compared" }, make("caption", {}, `${name}, compared`));
      table.append(make("thead", {}, make("tr", {}, ...heads)), body);
      const region = make("div", { className: "scroll", tabIndex: 0 }, table);
      region.setAttribute("role", "group");
      region.setAttribute("aria-label", `${name}, compared`);
      result.append(make("h2", {}, name), region);
    }
    status.textContent =
      `${counts.same} rows are the same, ${counts.differs} differ, ` +
      `${counts.left} are in ${pair[0].id} alone, ${counts.right} in ${pair[1].id} alone`;
  };
  const changed = () => {
    show();
    history.replaceState(null, "", `#${new URLSearchParams({ left: left.value, right: right.value })}`);
  };

  const only_label = make("label", { htmlFor: "only" }, "Only what differs");
  const form = make("form", { className: "controls" }, leftControl, rightControl, make("p", { className: "tick" }, only, only_label), status);
  form.dataset.controls = "";
  form.setAttribute("aria-label", "Choose two cells");
  form.addEventListener("submit", (event) => event.preventDefault());
  for (const control of [left, right, only]) control.addEventListener("change", changed);
  const main = document.getElementById("main");
  const contents = document.querySelector(".contents");
  const all = make("details", { id: "all" }, make("summary", {}, "Every cell by itself"), contents, ...cells);
  if (location.hash && document.getElementById(location.hash.slice(1))) all.open = true;
  for (const link of document.querySelectorAll(".contents a")) link.addEventListener("click", () => (all.open = true));
  main.replaceChildren(form, result, all);
  show();
})();
