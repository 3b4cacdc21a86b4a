// The headless Chromium that the tests of pages share, with the letters that its package brings.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

// Makes the package bring the few libraries that a machine without a desktop may lack.
process.env.AWS_LAMBDA_JS_RUNTIME ??= "nodejs22.x";
const { default: chromium } = await import("@sparticuz/chromium");
const { default: puppeteer } = await import("puppeteer-core");

/** How pages are looked at: wide and narrow, light and dark. */
export const VIEWS = [
  { width: 1280, scheme: "light" },
  { width: 1280, scheme: "dark" },
  { width: 390, scheme: "light" },
  { width: 390, scheme: "dark" },
];

/** Makes a page as wide as a view, in its colours. */
export async function wear(page, { width, scheme }) {
  await page.setViewport({ width, height: 900 });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
}

/** Starts the browser. */
export async function launch() {
  const executablePath = await chromium.executablePath();
  // The package's own file names /tmp, whatever TMPDIR is; where that has no fonts, pages are
  // drawn without letters and every check of widths passes of nothing.
  const fonts = join(tmpdir(), "touchstone-fonts.conf");
  writeFileSync(fonts, `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>
<dir>${join(tmpdir(), "fonts")}</dir><cachedir>${join(tmpdir(), "fonts-cache")}</cachedir></fontconfig>`);
  process.env.FONTCONFIG_FILE = fonts;
  return puppeteer.launch({
    executablePath,
    args: ["--no-sandbox", "--no-zygote", "--disable-webgl", "--hide-scrollbars"],
    headless: "shell",
  });
}

/** Runs in the page: what is drawn too wide, and whether there are letters at all. */
export function look() {
  const box = (element) => element.getBoundingClientRect();
  const words = (label) => {
    const range = document.createRange();
    range.selectNode(label.firstChild);
    return range.getBoundingClientRect();
  };
  const letters = document.createElement("span"); // of no letters where there is no font
  letters.textContent = "Reward";
  document.body.append(letters);
  const wide = box(letters).width;
  letters.remove();
  return {
    heading: document.querySelector("h1").textContent,
    letters: wide,
    width: document.documentElement.scrollWidth,
    window: document.documentElement.clientWidth,
    background: getComputedStyle(document.body).backgroundColor,
    pwned: window.pwned ?? null,
    // A name beside a field that is too wide for it is broken into letters.
    broken: [...document.querySelectorAll("label")]
      .filter((e) => words(e).height > 60)
      .map((e) => e.textContent.trim().slice(0, 40)),
    // What lies in a part that scrolls by itself may be wider than the window.
    outside: [...document.querySelectorAll("p, h1, h2, h3, pre, li, label, input, select, figure")]
      .filter((e) => !e.closest(".wide, .hidden"))
      .filter((e) => box(e).width > 0 && box(e).right > document.documentElement.clientWidth + 1)
      .map((e) => e.outerHTML.slice(0, 90)),
  };
}

/** What a script does that slips unescaped into a page: nothing, while the page's policy holds. */
export async function slip(page) {
  await page.evaluate(() => {
    document.body.insertAdjacentHTML("beforeend", '<img src="x:" onerror="window.slipped = 1">');
    const script = document.createElement("script");
    script.textContent = "window.slipped = 2";
    document.body.append(script);
  });
  await new Promise((resolve) => setTimeout(resolve, 100));
  return page.evaluate(() => window.slipped ?? null);
}

/** What axe-core calls serious; it is put in by the browser, past the page's own policy. */
export async function serious(page) {
  // Only now: the pages of jobs are looked at without it.
  const axe = createRequire(import.meta.url).resolve("axe-core");
  await page.evaluate(readFileSync(axe, "utf8"));
  const { violations } = await page.evaluate("axe.run(document, { resultTypes: ['violations'] })");
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes[0].html.slice(0, 120)}: ${nodes[0].failureSummary}`);
}
