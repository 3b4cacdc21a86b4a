// Opens pages of the documentation in headless Chromium, and prints what came of it as JSON.
// usage: node site.mjs FOLDER-OF-THE-SITE FOLDER-FOR-SCREENSHOTS WORD PAGE...
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { VIEWS, launch, serious, wear } from "./browser.mjs";

// Runs in the page: whether anything but a part that scrolls by itself is wider than the window.
function look() {
  const box = (element) => element.getBoundingClientRect();
  const heading = document.createRange();
  heading.selectNodeContents(document.querySelector("h1"));
  return {
    letters: box(heading).width,
    page: document.documentElement.scrollWidth,
    window: document.documentElement.clientWidth,
    background: getComputedStyle(document.body).backgroundColor,
    outside: [...document.querySelectorAll("p, h1, h2, h3, pre, li, dt, dd, figure")]
      .filter((e) => !e.closest(".table-wrapper, .sidebar-drawer, .toc-drawer"))
      .filter((e) => box(e).width > 0 && box(e).right > document.documentElement.clientWidth + 1)
      .map((e) => e.outerHTML.slice(0, 90)),
  };
}

const [site, folder, word, ...pages] = process.argv.slice(2);
const at = (page) => pathToFileURL(join(site, page)).href;
mkdirSync(folder, { recursive: true });
const browser = await launch();
const seen = { views: [], asked: [], found: [], plain: 0 };
try {
  for (const page of pages) {
    for (const { width, scheme } of VIEWS) {
      const tab = await browser.newPage();
      const said = [];
      tab.on("console", (message) => said.push(message.text()));
      tab.on("pageerror", (error) => said.push(String(error)));
      tab.on("request", (request) => seen.asked.push(request.url().split(":")[0]));
      await wear(tab, { width, scheme });
      await tab.goto(at(page), { waitUntil: "load" });
      const view = { name: page, width, scheme, ...(await tab.evaluate(look)), said: [...said] };
      const file = `${page.replaceAll("/", "-")}-${width}-${scheme}.png`;
      await tab.screenshot({ path: join(folder, file) });
      view.serious = await serious(tab);
      seen.views.push(view);
      await tab.close();
    }
  }
  const tab = await browser.newPage();
  await tab.goto(`${at("search.html")}?q=${encodeURIComponent(word)}`, { waitUntil: "load" });
  await tab.waitForSelector("#search-results li a");
  seen.found = await tab.$$eval("#search-results li > a", (links) => links.map((a) => a.href));
  // Without scripts the front page is reached, and read.
  await tab.setJavaScriptEnabled(false);
  await tab.goto(at("index.html"), { waitUntil: "load" });
  await tab.waitForSelector("h1");
  seen.plain = await tab.$eval("h1", (heading) => heading.textContent);
  await tab.close();
} finally {
  await browser.close();
}
seen.asked = [...new Set(seen.asked)];
console.log(JSON.stringify(seen, null, 1));
