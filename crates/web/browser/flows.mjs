// Every page at three widths, in light or dark, with and without a script: axe finds nothing, nothing scrolls sideways, no console
// error, no request to another host, within the budget; then a reader's flow and an operator's.
import { chromium } from "playwright-core";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const [base, pictures] = process.argv.slice(2);
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const PAGE_BYTES_MAX = 60 * 1024;
let failures = 0, checks = 0;
const check = (good, words) => { checks++; if (!good) { failures++; console.log("FAILED " + words); } };

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM || "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });

const open = async (options, visit) => {
  // The content policy refuses our own probe as it should; the probe alone goes round it.
  const context = await browser.newContext({ bypassCSP: true, ...options });
  const page = await context.newPage();
  const seen = { console: [], foreign: [], bytes: 0 };
  page.on("console", (m) => { if (m.type() === "error") seen.console.push(m.text()); });
  page.on("pageerror", (e) => seen.console.push(String(e)));
  page.on("request", (r) => { if (!r.url().startsWith(base) && !r.url().startsWith("data:")) seen.foreign.push(r.url()); });
  page.on("response", async (r) => { if (!r.url().includes("/live?") && !r.url().endsWith("/live")) { try { seen.bytes += (await r.request().sizes()).responseBodySize; } catch { /* a redirect has none */ } } });
  try { await visit(page, seen); } finally { await context.close(); }
};

// Addresses are found as a reader finds them.
const paths = new Set(["/", "/?lang=en&since=24", "/?country=FRA&lang=xx", "/day", "/map", "/map?hours=168&back=6", "/search", "/search?q=dead", "/deliveries", "/sources", "/follow", "/follow?sentence=about%20fire", "/settings", "/nowhere"]);
await open({ javaScriptEnabled: false }, async (page) => {
  await page.goto(base + "/");
  const first = await page.locator(".rank h2 a").first().getAttribute("href");
  paths.add(first);
  paths.add(first + "/history");
  paths.add(first + "/edit");
  await page.goto(base + first);
  for (const start of ["/a/", "/who/", "/place/"]) {
    const link = page.locator(`main a[href^="${start}"]`);
    if (await link.count()) paths.add((await link.first().getAttribute("href")).split("#")[0]);
  }
});

for (const [width, colorScheme] of [[1280, "light"], [390, "dark"], [320, "light"]]) {
  await open({ viewport: { width, height: width > 900 ? 1000 : 844 }, colorScheme }, async (page, seen) => {
    for (const path of paths) {
      const name = `${path} ${width} ${colorScheme}`;
      Object.assign(seen, { console: [], foreign: [], bytes: 0 });
      const answer = await page.goto(base + path, { waitUntil: "load" });
      check(answer.status() === (path === "/nowhere" ? 404 : 200), `${name}: status ${answer.status()}`);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      check(wide <= 0, `${name}: ${wide} px too wide`);
      if (width !== 320) {
        await page.evaluate(axe);
        const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
        for (const v of found.violations) check(false, `${name}: axe ${v.id}: ${v.nodes.slice(0, 3).map((n) => n.target.join(" ")).join(" | ")}`);
        checks++;
        if (pictures) await page.screenshot({ path: `${pictures}/${(path.split("/").filter(Boolean).slice(0, 3).join("-") || "now").replace(/[^a-z0-9-]/gi, "_")}-${width}-${colorScheme}.png`, fullPage: width < 900 });
      }
      check(seen.bytes <= PAGE_BYTES_MAX, `${name}: ${seen.bytes} bytes over the wire`);
      const errors = seen.console.filter((t) => !(path === "/nowhere" && t.includes("404")));
      check(errors.length === 0, `${name}: console ${errors.join("; ")}`);
      check(seen.foreign.length === 0, `${name}: asks ${seen.foreign.join(" ")}`);
    }
  });
}

// A reader: from a line to the sentence that says it, without a script, and with the keyboard alone.
for (const javaScriptEnabled of [true, false]) {
  await open({ javaScriptEnabled, viewport: { width: 390, height: 844 } }, async (page) => {
    await page.goto(base + "/");
    await page.keyboard.press("Tab");
    check((await page.locator(":focus").getAttribute("class")) === "skip", `script ${javaScriptEnabled}: the first stop is the way past the menu`);
    const line = page.locator(".rank .what a").first();
    const mark = (await line.getAttribute("href")).split("#")[1];
    await line.click();
    if (mark) check((await page.locator(`#${mark}`).count()) === 1, `script ${javaScriptEnabled}: #${mark} is on the page`);
    await page.locator("header.head a").first().click();
    check((await page.locator("h2#new").count()) === 1, `script ${javaScriptEnabled}: the article leads to its story`);
    await page.goto(base + "/search");
    await page.locator("input[name=q]").fill("dead");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/search?q=dead");
    check((await page.locator(".hits li").count()) > 0, `script ${javaScriptEnabled}: search finds something`);
  });
}

// Filters on Now: chosen in the form, kept in the address, taken away by a link; without a script too.
for (const javaScriptEnabled of [true, false]) {
  await open({ javaScriptEnabled, viewport: { width: 1280, height: 900 } }, async (page) => {
    await page.goto(base + "/");
    const all = await page.locator(".rank > li").count();
    await page.locator("select[name=lang]").selectOption("de");
    await page.locator(".filters button").click();
    await page.waitForURL((url) => url.search.includes("lang=de"));
    const some = await page.locator(".rank > li").count();
    check(some > 0 && some <= all, `script ${javaScriptEnabled}: ${some} of ${all} stories in German`);
    check((await page.locator("select[name=lang]").inputValue()) === "de", `script ${javaScriptEnabled}: what is chosen stands in the form`);
    await page.locator(".only .chip").click();
    await page.waitForURL(base + "/");
    check((await page.locator(".rank > li").count()) === all, `script ${javaScriptEnabled}: all again`);
  });
}

// Keys: j and k walk, o opens, g n leads home, ? tells them; in a field they are letters.
await open({ viewport: { width: 1280, height: 900 } }, async (page) => {
  await page.goto(base + "/");
  await page.keyboard.press("?");
  check(await page.locator("dialog#keys").isVisible(), "? shows the keys");
  await page.evaluate(axe);
  const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  for (const v of found.violations) check(false, `keys: axe ${v.id}`);
  await page.keyboard.press("Escape");
  check(!(await page.locator("dialog#keys").isVisible()), "Escape closes them");
  for (const key of ["j", "j", "k"]) await page.keyboard.press(key);
  const first = await page.locator(".rank h2 a").first().getAttribute("href");
  check((await page.evaluate(() => document.activeElement.getAttribute("href"))) === first, "j and k walk from story to story");
  await page.keyboard.press("o");
  await page.waitForURL("**" + first);
  await page.keyboard.press("u");
  check((await page.evaluate(() => document.activeElement.id)) === "new", "u goes to what is new");
  await page.keyboard.press("[");
  await page.waitForURL("**" + first + "/edit#me");
  await page.keyboard.press("g");
  await page.keyboard.press("n");
  await page.waitForURL(base + "/");
  await page.keyboard.press("/");
  await page.waitForURL("**/search");
  await page.keyboard.press("/");
  await page.keyboard.type("j?");
  check((await page.locator("input[name=q]").inputValue()) === "j?", "in a field keys are letters");
});

// The map's slider: with a script it shows at once, without one its button does.
for (const javaScriptEnabled of [true, false]) {
  await open({ javaScriptEnabled }, async (page) => {
    await page.goto(base + "/map");
    await page.locator("select[name=hours]").selectOption("168");
    if (!javaScriptEnabled) await page.locator("form.span button").click();
    await page.waitForURL("**/map?hours=168&back=0");
    check((await page.locator("h2#places").count()) === 1, `script ${javaScriptEnabled}: the map shows another span`);
  });
}

// An operator: what was sent, and from there to the story's history.
await open({}, async (page) => {
  await page.goto(base + "/deliveries");
  check((await page.locator("table").count()) > 0, "deliveries has its tables");
  await page.goto(base + "/sources");
  check((await page.locator("tbody tr").count()) > 0, "sources has its outlets");
});

// An editor: a headline by hand, and back; a follow, previewed, switched on and removed. Without a script, as with one.
for (const javaScriptEnabled of [true, false]) {
  await open({ javaScriptEnabled }, async (page) => {
    await page.goto(base + "/");
    const story = await page.locator(".rank h2 a").first().getAttribute("href");
    const before = await page.locator(".rank h2 a").first().innerText();
    const done = async (words) => {
      for (let tries = 0; tries < 40; tries++) {
        await page.goto(base + story + "/edit");
        const row = await page.locator("tbody tr").first().innerText();
        if (row.includes(words) && !row.includes("in a moment")) return true;
        await page.waitForTimeout(250);
      }
      return false;
    };
    await page.goto(base + story + "/edit");
    await page.locator("input[name=title]").fill(`By hand ${javaScriptEnabled}`);
    await page.locator("button[value=rename]").click();
    check(await done("By hand"), `script ${javaScriptEnabled}: a headline is written by hand`);
    await page.goto(base + story);
    check((await page.locator("h1").innerText()) === `By hand ${javaScriptEnabled}`, `script ${javaScriptEnabled}: the story has it`);
    await page.goto(base + story + "/edit");
    await page.locator("button[value=undo]").first().click();
    check(await done("took back"), `script ${javaScriptEnabled}: it is taken back`);
    await page.goto(base + story);
    check((await page.locator("h1").innerText()) === before, `script ${javaScriptEnabled}: the old headline is back`);
    await page.goto(base + "/follow");
    await page.locator("input[name=sentence]").fill("about fire, to feed:desk");
    if (javaScriptEnabled) await page.locator("#preview h2").waitFor();
    else await page.locator("form.seek button").click();
    check((await page.locator("#preview h2").innerText()).startsWith("In the past 7 days"), `script ${javaScriptEnabled}: a follow is previewed`);
    await page.locator("button[value=add]").click();
    await page.waitForURL(base + "/follow");
    check((await page.locator("tbody tr").filter({ hasText: "fire" }).count()) === 1, `script ${javaScriptEnabled}: it is switched on`);
    await page.locator("tbody tr").filter({ hasText: "fire" }).locator("button[value=remove]").click();
    await page.waitForURL(base + "/follow");
    check((await page.locator("tbody tr").filter({ hasText: "fire" }).count()) === 0, `script ${javaScriptEnabled}: it is removed`);
  });
}

await browser.close();
console.log(failures ? `${failures} of ${checks} checks failed` : `browser: ${checks} checks on ${paths.size} pages, none failed`);
process.exit(failures ? 1 : 0);
