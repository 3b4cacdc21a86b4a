// Opens pages in headless Chromium as a reader would, and prints what came of it as JSON.
// usage: node open.mjs FOLDER-FOR-SCREENSHOTS NAME=FILE...
import { mkdirSync } from "node:fs";
import { pathToFileURL } from "node:url";

import { VIEWS, launch, slip, wear } from "./browser.mjs";

// Runs in the page: what was drawn, and whether anything is wider than the window.
function look() {
  const box = (element) => element.getBoundingClientRect();
  return {
    title: document.title,
    width: document.documentElement.scrollWidth,
    window: document.documentElement.clientWidth,
    background: getComputedStyle(document.body).backgroundColor,
    ink: getComputedStyle(document.body).color,
    pwned: window.pwned ?? null,
    letters: [...document.querySelectorAll("h1")].map((h) => {
      const range = document.createRange();
      range.selectNodeContents(h);
      return box(range).width;
    }),
    headings: [...document.querySelectorAll("h2")].map((h) => h.textContent),
    scripts: document.querySelectorAll("script, iframe, object, embed, link").length,
    charts: [...document.querySelectorAll('svg[role="img"]')].map((svg) => ({
      name: svg.closest("figure")?.id || svg.id || svg.getAttribute("class"),
      width: box(svg).width,
      height: box(svg).height,
      lines: [...svg.querySelectorAll("polyline")].filter((l) => box(l).width > 20).length,
      dots: svg.querySelectorAll("circle").length,
      said: (svg.getAttribute("aria-label") ??
        svg.getAttribute("aria-labelledby").split(" ")
          .map((id) => document.getElementById(id)?.textContent).join(" ")).trim(),
      outside: [...svg.querySelectorAll("text")]
        .filter((t) => box(t).left < box(svg).left - 1 || box(t).right > box(svg).right + 1)
        .map((t) => t.textContent),
    })),
    texts: [...document.querySelectorAll("pre")].map((pre) => pre.textContent),
    outside: [...document.querySelectorAll("pre, figure, li, h1, h2, h3, p, dd")]
      .filter((e) => box(e).width > 0 && box(e).right > document.documentElement.clientWidth + 1)
      .map((e) => e.outerHTML.slice(0, 80)),
  };
}

const [folder, ...pages] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
const browser = await launch();
const seen = [];
try {
  for (const argument of pages) {
    const [name, file] = argument.split("=");
    for (const { width, scheme } of VIEWS) {
      const page = await browser.newPage();
      const said = [];
      const asked = [];
      page.on("console", (message) => said.push(message.text()));
      page.on("pageerror", (error) => said.push(String(error)));
      page.on("dialog", async (dialog) => { said.push(dialog.message()); await dialog.dismiss(); });
      page.on("request", (request) => asked.push(request.url().split(":")[0]));
      await wear(page, { width, scheme });
      await page.goto(pathToFileURL(file).href, { waitUntil: "load" });
      const view = { name, scheme, width, ...(await page.evaluate(look)) };
      await page.screenshot({ path: `${folder}/${name}-${width}-${scheme}.png`, fullPage: true });
      await page.click("summary").catch(() => {});
      view.opened = await page.$$eval("details[open] table", (tables) => tables.map((t) => t.rows.length));
      await page.emulateMediaType("print");
      view.printed = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      view.said = [...said];
      view.asked = [...asked];
      // Should a rollout ever slip through unescaped, the page's policy must still hold.
      view.slipped = await slip(page);
      seen.push(view);
      await page.close();
    }
  }
} finally {
  await browser.close();
}
console.log(JSON.stringify(seen));
