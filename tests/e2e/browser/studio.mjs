// Drives the studio as a person would, and prints what came of it as JSON.
// usage: node studio.mjs FOLDER-FOR-SCREENSHOTS ADDRESS EXPORTED-FILE FOLDER-OF-A-JOB
import { appendFileSync, mkdirSync } from "node:fs";
import { pathToFileURL } from "node:url";

import { launch, look, serious, slip, wear } from "./browser.mjs";

// Wider than elsewhere: its tables take all the room there is.
const VIEWS = [
  { width: 1600, scheme: "light" },
  { width: 1280, scheme: "dark" },
  { width: 390, scheme: "light" },
  { width: 390, scheme: "dark" },
];

const [folder, address, exported, job] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
const browser = await launch();
const said = [];
const asked = new Set();

async function opened() {
  const page = await browser.newPage();
  page.on("console", (message) => said.push(message.text()));
  page.on("pageerror", (error) => said.push(String(error)));
  page.on("dialog", async (dialog) => { said.push(dialog.message()); await dialog.dismiss(); });
  page.on("request", (request) => asked.add(new URL(request.url()).host));
  return page;
}

const ids = (page) => page.$$eval("#found .line a", (links) => links.map((a) => a.textContent));
const settled = (page) =>
  page.waitForFunction(() => !document.querySelector("#found").hasAttribute("aria-busy"));

const told = { views: [] };

async function seen(page, name, { width, scheme }) {
  await page.screenshot({ path: `${folder}/studio-${name}-${width}-${scheme}.png` });
  const view = { name, width, scheme, ...(await page.evaluate(look)) };
  told.views.push({ ...view, serious: await serious(page) });
}

try {
  const page = await opened();
  await page.goto(address, { waitUntil: "load" });
  told.address = page.url();
  const paths = { runs: "/rollouts", rollouts: "/rollouts/last", rollout: "/rollouts/last/5", diff: "/diff",
                  jobs: "/jobs", job: "/jobs/support-triage", playground: "/jobs/played/compare" };
  for (const [name, path] of [...Object.entries(paths), ["export", pathToFileURL(exported).href]]) {
    for (const view of VIEWS) {
      await wear(page, view);
      await page.goto(new URL(path, address).href, { waitUntil: "load" });
      await seen(page, name, view);
    }
  }

  // Both models are asked a prompt; the page that answers is seen as every other is.
  await page.goto(new URL("/jobs/played/compare", address).href, { waitUntil: "load" });
  await page.type('[name="prompt"]', "Where?");
  await page.type('[name="reference"]', '{"city": "Bern"}');
  await page.type('[name="tuned"]', "my-tuned");
  await Promise.all([page.waitForNavigation(), page.click("button.main")]);
  told.played = await page.evaluate(() => ({
    verdict: document.querySelector(".verdict").textContent,
    sides: [...document.querySelectorAll("section[aria-label]")].map((e) => e.getAttribute("aria-label")),
    prompt: document.querySelector('[name="prompt"]').value,
  }));
  for (const view of VIEWS) {
    await wear(page, view);
    await seen(page, "played", view);
  }

  // A person looks for something, by the keyboard alone, and never presses the button.
  await page.setViewport({ width: 1280, height: 900 });
  await page.goto(new URL("/rollouts/last", address).href, { waitUntil: "load" });
  await page.focus('[name="text"]');
  await page.evaluate(() => document.getElementById("found").setAttribute("aria-busy", "true"));
  await page.keyboard.type("refund");
  await settled(page);
  told.filtered = { ids: await ids(page), address: new URL(page.url()).search };
  await page.evaluate(() => document.getElementById("found").setAttribute("aria-busy", "true"));
  await page.select('[name="sort"]', "lowest");
  await settled(page);
  told.sorted = await ids(page);
  await page.click("#found .line a");
  await page.waitForSelector("#answers");
  told.row = await page.$eval("h1", (h) => h.textContent);
  told.siblings = await page.$$eval(".side h3", (all) => all.length);
  await page.goBack();
  told.back = await ids(page);

  // The same without a script: the form has a button.
  const plain = await opened();
  await plain.setJavaScriptEnabled(false);
  await plain.goto(new URL("/rollouts/last", address).href);
  await plain.type('[name="text"]', "refund");
  await Promise.all([plain.waitForNavigation(), plain.click("#filter button")]);
  told.plain = await ids(plain);
  await plain.goto(pathToFileURL(exported).href);
  told.exportPlain = (await plain.$$("#found article")).length;

  await page.goto(new URL("/diff", address).href);
  told.verdict = await page.$eval(".verdict", (p) => p.textContent);
  await Promise.all([page.waitForNavigation(), page.click(".buttons a")]);
  told.swapped = await page.$eval(".verdict", (p) => p.textContent);

  // A job goes on while somebody reads: what is unfolded and scrolled to stays.
  await page.goto(new URL("/jobs/support-triage", address).href);
  await page.click("#reward summary");
  await page.evaluate(() => scrollTo(0, 700));
  const step = { step: 13, time: "2026-03-02T10:18:00Z", metrics: { "critic/rewards/mean": 0.987 } };
  appendFileSync(`${job}/metrics.jsonl`, JSON.stringify(step) + "\n");
  await page.waitForFunction(() => document.querySelector(".tiles").textContent.includes("0.987"));
  told.live = await page.evaluate(() => ({
    open: document.querySelector("#reward details").open,
    numbers: document.querySelector("#reward details").textContent.includes("0.987"),
    scrolled: scrollY,
  }));

  await page.goto(pathToFileURL(exported).href);
  await page.type('[name="text"]', "refund");
  told.exported = await page.$$eval("#found article", (all) =>
    all.filter((e) => e.offsetParent).map((e) => e.querySelector("h4").textContent));
  told.count = await page.$eval("#count", (e) => e.textContent);

  // Should a rollout ever slip through unescaped, the policy of the page must still hold.
  for (const place of [new URL("/rollouts/last", address).href, pathToFileURL(exported).href]) {
    const before = said.length;
    await page.goto(place);
    told.slipped = [...(told.slipped ?? []), await slip(page)];
    said.splice(before); // the browser says that it refused them
  }
} finally {
  await browser.close();
}
console.log(JSON.stringify({ ...told, said, asked: [...asked] }));
