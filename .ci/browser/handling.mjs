// What a person does with the index and the comparison, by mouse and by keyboard.

const names = (page) => page.locator("#table-of-cells tbody tr:not([hidden]) th").allTextContents();
const status = (page) => page.locator(".status").textContent();

/** Presses Tab until the focus is on what `selector` names; says whether it got there. */
async function tabTo(page, selector, most = 400) {
  for (let press = 0; press < most; press += 1) {
    await page.keyboard.press("Tab");
    if (await page.evaluate((wanted) => document.activeElement?.matches(wanted), selector)) return true;
  }
  return false;
}

/** Whether a person sees where the focus is. */
function focusIsVisible(page) {
  return page.evaluate(() => {
    const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
    return outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
  });
}

/** Filters and sorts the table of cells. */
export async function checkIndex(page, expect) {
  const all = await names(page);
  expect(all.length >= 2, `the table has ${all.length} cells`);
  const rows = await page.locator("main > section table tbody tr").count() - await page.locator("details tbody tr").count();
  expect((await status(page)) === `${rows} rows`, `the filter is of ${await status(page)}, the tables of ${rows}`);
  expect((await page.locator("details th button").count()) === 0, "the data of pictures stays in its order");

  await page.keyboard.press("Tab");
  expect(await page.evaluate(() => document.activeElement.matches(".skip")), "the first stop skips to the text");
  await page.keyboard.press("Enter");
  expect(await tabTo(page, "#filter-text"), "the text filter is reached by keyboard");
  expect(await focusIsVisible(page), "the focus is seen on the text filter");
  await page.keyboard.type(all[1]);
  const found = await names(page);
  expect(found.includes(all[1]) && found.length < all.length, `typing ${all[1]} leaves ${found}`);
  expect(/^\d+ of \d+ rows$/.test(await status(page)), "the number of rows is announced");
  await page.fill("#filter-text", "");
  expect((await names(page)).length === all.length, "without a text all cells are back");

  expect(await tabTo(page, "#filter-verdict"), "the verdict filter is reached by keyboard");
  await page.keyboard.type("something fails");
  const failing = await names(page);
  await page.selectOption("#filter-verdict", "holds");
  const holding = await names(page);
  expect(failing.length + holding.length === all.length, "what holds and what does not are all cells");
  await page.selectOption("#filter-verdict", "refuted");
  const refuted = await page.locator("#table-of-cells tbody tr:not([hidden])").allTextContents();
  expect(refuted.every((row) => row.includes("refuted")), "only rows with something refuted are shown");
  await page.selectOption("#filter-verdict", "");

  const sorted = [...all].sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
  const head = page.locator("#table-of-cells thead th").first();
  await head.locator("button").click();
  expect((await names(page)).join() === sorted.join(), "a click on a head sorts");
  expect((await head.getAttribute("aria-sort")) === "ascending", "the head says so");
  await head.locator("button").focus();
  await page.keyboard.press("Enter");
  expect((await names(page)).join() === sorted.reverse().join(), "Enter on it sorts the other way");
  expect((await head.getAttribute("aria-sort")) === "descending", "the head says so");
  const last = page.locator("#table-of-cells thead th").nth(8);
  await last.locator("button").focus();
  await page.keyboard.press("Space");
  const numbers = (await page.locator("#table-of-cells tbody td:nth-child(9)").allTextContents()).map(Number);
  expect(numbers.every((number, at) => at === 0 || numbers[at - 1] <= number), `numbers sort as numbers: ${numbers}`);
  expect((await head.getAttribute("aria-sort")) === null, "one head alone says how rows are sorted");
  await head.locator("button").click();
  await page.evaluate(() => scrollTo(0, 0));
}

/** Chooses two cells and looks at what differs. */
export async function checkComparison(page, expect) {
  const cells = await page.locator("#left option").allTextContents();
  expect(cells.length >= 2, `${cells.length} cells to choose from`);
  const [one, other] = cells;
  expect(await tabTo(page, "#left"), "the choice of the left cell is reached by keyboard");
  expect(await focusIsVisible(page), "the focus is seen on it");
  await page.keyboard.type(one);
  await page.selectOption("#right", other);
  const heads = await page.locator("#side-by-side thead th").allTextContents();
  expect(heads.slice(0, 2).join() === `${one},${other}`, `the table has ${heads}`);
  const marks = await page.locator("#side-by-side tbody .badge").allTextContents();
  expect(marks.some((mark) => mark !== "same"), "what differs is marked in words");
  const drawn = await page.locator("#side-by-side math").first().boundingBox();
  expect(drawn !== null && drawn.width > 10, "formulas are drawn");
  expect(page.url().includes(`left=${one}`), "the address keeps the choice");

  await page.selectOption("#right", one);
  const same = await page.locator("#side-by-side tbody .badge").allTextContents();
  expect(same.length > 0 && same.every((mark) => mark === "same"), "a cell is the same as itself");
  expect(await tabTo(page, "#only"), "the box for differences is reached by keyboard");
  await page.keyboard.press("Space");
  expect((await page.locator("#side-by-side tbody tr").count()) === 0, "nothing of it differs");
  await page.keyboard.press("Space");
  await page.selectOption("#right", other);
  await page.evaluate(() => scrollTo(0, 0));
}
