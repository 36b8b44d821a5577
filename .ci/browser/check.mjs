// Opens every page of a report folder in Chromium, looks at it at two widths, in light and dark, and demands what its
// readers need: no console error, formulas and pictures with a size, no scrolling of the page to the side, no serious
// finding of axe, and an index and a comparison that work by keyboard and by mouse.
//
//   node check.mjs FOLDER [SCREENSHOTS]
//
// Prints a line for each fault, then how many checks passed and failed; the exit status is 1 if one failed.
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

import { checkComparison, checkIndex } from "./handling.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const WIDTHS = [1280, 390];
const SCHEMES = ["light", "dark"];
const AT_ONCE = availableParallelism();
const LARGEST = 1_500_000;
const FLAGS = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];

const folder = resolve(process.argv[2] ?? "reports");
const screenshots = process.argv[3] && resolve(process.argv[3]);
const tally = { passed: 0, failed: 0 };

/** Counts one check; prints it if it failed. */
function expect(holds, what) {
  tally[holds ? "passed" : "failed"] += 1;
  if (!holds) console.log(`FAILED  ${what}`);
}

function pagesIn(place) {
  return readdirSync(place, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(place, entry.name);
      if (entry.isDirectory()) return pagesIn(path);
      return entry.name.endsWith(".html") ? [path] : [];
    });
}

/** What is wrong with sizes: formulas and pictures that are not drawn, and a page that scrolls to the side. */
function layoutFaults() {
  const faults = [];
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) faults.push(`the page is ${root.scrollWidth} wide, the window ${root.clientWidth}`);
  for (const element of document.querySelectorAll("math, svg")) {
    if (element.closest("details:not([open])")) continue;
    const { width, height } = element.getBoundingClientRect();
    if (width < 3 || height < 3) faults.push(`${element.tagName} of ${width} x ${height}: ${element.textContent.slice(0, 40)}`);
  }
  for (const link of document.querySelectorAll('a[href^="#"]')) {
    if (!document.getElementById(decodeURIComponent(link.hash.slice(1)))) faults.push(`no place ${link.hash}`);
  }
  return faults;
}

/** What axe, which is in the page, finds serious; what does not depend on colours is looked at in light alone. */
async function axeFaults(page, colorScheme) {
  const some = colorScheme === "dark" ? { runOnly: ["color-contrast"] } : {};
  const { violations } = await page.evaluate(
    (options) => window.axe.run(document, { resultTypes: ["violations"], ...options }),
    some,
  );
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `axe ${id}: ${nodes[0].html.slice(0, 120)} (${nodes.length} in all)`);
}

async function openPage(context, path) {
  const page = await context.newPage();
  page.errors = [];
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && page.errors.push(message.text()));
  page.on("pageerror", (error) => page.errors.push(String(error)));
  page.on("request", (request) => /^https?:/.test(request.url()) && page.errors.push(`asked for ${request.url()}`));
  await page.goto(pathToFileURL(path).href);
  return page;
}

async function checkPage(browser, path) {
  const name = relative(folder, path);
  const bytes = readFileSync(path).length;
  expect(bytes < LARGEST, `${name}: ${bytes} bytes`);
  for (const link of readFileSync(path, "utf8").matchAll(/href="(?![a-z]+:|#)([^"#]+)/g)) {
    expect(existsSync(resolve(dirname(path), link[1])), `${name}: links to ${link[1]}, which is not there`);
  }
  const context = await browser.newContext({ bypassCSP: true });
  const page = await openPage(context, path);
  await page.evaluate(AXE);
  for (const colorScheme of SCHEMES) {
    await page.emulateMedia({ colorScheme });
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 900 });
      const where = `${name} at ${width}, ${colorScheme}`;
      for (const fault of await page.evaluate(layoutFaults)) expect(false, `${where}: ${fault}`);
      for (const fault of await axeFaults(page, colorScheme)) expect(false, `${where}: ${fault}`);
      for (const fault of page.errors.splice(0)) expect(false, `${where}: ${fault}`);
      expect(true, where);
      if (screenshots && (width === 1280) === (colorScheme === "light")) {
        const shown = name.replaceAll("/", "-").replace(".html", "");
        await page.screenshot({ path: join(screenshots, `${shown}-${width}.png`) });
      }
    }
  }
  await context.close();
}

/** The pages that do something: in a context of their own, with the policy that they set themselves. */
async function checkHandling(browser, path) {
  const name = relative(folder, path);
  const handling = { "index.html": checkIndex, "comparison/index.html": checkComparison }[name];
  if (!handling) return;
  for (const width of WIDTHS) {
    const context = await browser.newContext({ viewport: { width, height: 900 } });
    const page = await openPage(context, path);
    await handling(page, (holds, what) => expect(holds, `${name} at ${width}: ${what}`));
    for (const fault of page.errors) expect(false, `${name} at ${width}: ${fault}`);
    if (screenshots) await page.screenshot({ path: join(screenshots, `handled-${name.replaceAll("/", "-")}-${width}.png`) });
    await context.close();
  }
}

if (screenshots) mkdirSync(screenshots, { recursive: true });
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: FLAGS });
try {
  const pages = pagesIn(folder);
  expect(pages.length > 0, `no page in ${folder}`);
  const lookAtRest = async () => {
    for (let path = pages.shift(); path; path = pages.shift()) {
      await checkPage(browser, path);
      await checkHandling(browser, path);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lookAtRest));
} finally {
  await browser.close();
}
console.log(`${tally.passed} passed, ${tally.failed} failed`);
process.exitCode = tally.failed ? 1 : 0;
