// Types a row into the studio's form and labels rows by keyboard in headless Chromium, as a person
// would, and prints what was seen as JSON.
// usage: node people.mjs ADDRESS FOLDER-FOR-SCREENSHOTS RUN
import { mkdirSync } from "node:fs";

import { VIEWS, launch, look, serious, wear } from "./browser.mjs";

const [address, folder, run] = process.argv.slice(2);
const base = new URL(address).origin;
mkdirSync(folder, { recursive: true });
const browser = await launch();
const page = await browser.newPage();
const said = [];
const asked = new Set();
page.on("console", (message) => said.push(message.text()));
page.on("pageerror", (error) => said.push(String(error)));
page.on("dialog", async (dialog) => { said.push(dialog.message()); await dialog.dismiss(); });
page.on("request", (request) => asked.add(new URL(request.url()).origin));

const text = (selector) => page.$eval(selector, (element) => element.textContent.trim());
const count = (selector) => page.$$eval(selector, (found) => found.length);
const leaving = (what) => Promise.all([page.waitForNavigation(), what()]);
const type = async (selector, value) => {
  await page.$eval(selector, (box) => { box.value = ""; });
  await page.type(selector, value);
};
// Looks at the page at every width and in both schemes, and leaves a picture of each.
const views = [];
const view = async (name) => {
  for (const { width, scheme } of VIEWS) {
    await wear(page, { width, scheme });
    await page.screenshot({ path: `${folder}/studio-${name}-${width}-${scheme}.png`, fullPage: true });
    views.push({ name, ...(await page.evaluate(look)), serious: await serious(page) });
  }
  await page.setViewport({ width: 1280, height: 900 });
};

const seen = {};
try {
  await page.setViewport({ width: 1280, height: 900 });
  await page.goto(address);

  // Try: a mistake first, which loses nothing; then under two settings; then kept.
  await page.goto(`${base}/try`);
  await page.select("[name=grader-a]", "math_reasoning");
  await page.type("[name=prompt]", "What is 2 + 2?");
  await page.type("[name=completion]", "2 + 2 = 5, so the answer is 4. <img src=x onerror=alert(1)>");
  await page.type("[name=reference]", "4");
  await page.type("[name=settings-a]", "weigths = {}");
  await leaving(() => page.click("button[name=grade]"));
  seen.problem = await text(".problem");
  seen.typed = await page.$eval("[name=completion]", (box) => box.value);
  await type("[name=settings-a]", "");
  await page.select("[name=grader-b]", "math_reasoning");
  await page.type("[name=settings-b]", "weights = {steps_valid = 1}\ngates = {}");
  await leaving(() => page.click("button[name=grade]"));
  seen.verdict = await text("header .verdict");
  await view("try");
  await leaving(() => page.click("button[name=keep][value=a]"));
  seen.kept = await text(".kept");

  // Label, by keys alone.
  const order = [];
  const press = async (key) => { await leaving(() => page.keyboard.press(key)); };
  const begin = async (labeller) => {
    await page.goto(`${base}/label/${run}`);
    await page.type("[name=by]", labeller);
    await leaving(() => page.click("button.main"));
  };
  await begin("ana");
  seen.blind = await count("#grader");
  order.push(await text("#completion + .reading"));
  await page.keyboard.press("n");
  await page.keyboard.type("5 g u are letters here");
  seen.note = await page.$eval("[name=note]", (box) => box.value);
  await page.keyboard.press("Escape");
  await view("label");
  await press("4");
  order.push(await text("#completion + .reading"));
  await press("b");
  await press("u");
  seen.undone = (await text("#completion + .reading")) === order[1];
  await press("ArrowLeft");
  seen.told = await count("#grader");
  seen.pressed = await text("[aria-pressed=true]");
  await press("ArrowRight");
  while (await count("form.marking")) await press("g");
  await view("people");
  await begin("ben");
  seen.same = (await text("#completion + .reading")) === order[0];
  while (await count("form.marking")) {
    const right = (await text("#completion + .reading")).includes("right");
    await press(right ? "5" : "2");
  }
  seen.people = (await text("header .verdict")).replace(/\s+/g, " ");
  await view("people");
} finally {
  await browser.close();
}
console.log(JSON.stringify({ ...seen, views, said, asked: [...asked], base }));
