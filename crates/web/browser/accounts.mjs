// The way in, as the first admin meets it: the one-time link, the account, a token, asking somebody in, out and in again.
// node accounts.mjs BASE LINK [FOLDER FOR PICTURES]
import { chromium } from "playwright-core";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const [base, link, pictures] = process.argv.slice(2);
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
let failures = 0, checks = 0;
const check = (good, words) => { checks++; if (!good) { failures++; console.log("FAILED " + words); } };
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM || "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });

const clean = async (page, name) => {
  await page.evaluate(axe);
  const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  for (const v of found.violations) check(false, `${name}: axe ${v.id}: ${v.nodes.slice(0, 3).map((n) => n.target.join(" ")).join(" | ")}`);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  check(wide <= 0, `${name}: ${wide} px too wide`);
  if (pictures) await page.screenshot({ path: `${pictures}/${name}.png`, fullPage: true });
};

const context = await browser.newContext({ bypassCSP: true, viewport: { width: 390, height: 844 }, colorScheme: "dark" });
const page = await context.newPage();
await page.goto(base + "/");
check(page.url() === base + "/login", `closed: ${page.url()}`);
await clean(page, "login-empty");
await page.goto(link);
await clean(page, "setup");
await page.locator("input[name=name]").fill("Ada");
await page.locator("input[name=password]").fill("several good words");
await page.locator("main button").click();
await page.waitForURL(base + "/");
check((await page.locator("main").count()) === 1, "in");
check((await page.goto(link)).status() === 404, "the link works once");
await page.goto(base + "/settings");
await page.locator("form:has(input[value=token]) input[name=name]").fill("phone");
await page.locator("form:has(input[value=token]) input[name=password]").fill("several good words");
await page.locator("form:has(input[value=token]) button").click();
const token = await page.locator("[role=status] code").innerText();
await clean(page, "settings");
const asked = await fetch(base + "/api/stories", { headers: { authorization: "Bearer " + token } });
check(asked.status === 200, `a token reads: ${asked.status}`);
check((await fetch(base + "/api/stories")).status === 401, "nobody does not");
await page.goto(base + "/settings");
await page.locator("form:has(input[value=invite]) input[name=password]").fill("several good words");
await page.locator("form:has(input[value=invite]) button").click();
const second = await page.locator("[role=status] code").innerText();
check(second.includes("/setup/"), `a link for another: ${second}`);
await page.locator("form[action='/logout'] button").click();
await page.waitForURL("**/login");
await clean(page, "login");
await page.goto(base + "/deliveries");
await page.locator("input[name=name]").fill("ada");
await page.locator("input[name=password]").fill("several good words");
await page.locator("main button").click();
await page.waitForURL(base + "/deliveries");
check((await page.locator("h1").innerText()) === "Deliveries", "back where the reader wanted to be");
// At the identity provider: unasked nobody comes in; asked in by address Nora does, and shows once more who she is before she
// makes a token.
const other = await browser.newContext({ bypassCSP: true, viewport: { width: 1280, height: 800 }, colorScheme: "light" });
const nora = await other.newPage();
const errors = [];
nora.on("pageerror", (e) => errors.push(String(e)));
await nora.goto(base + "/login?to=/day");
await clean(nora, "login-provider");
await nora.locator("main a.go").click();
check((await nora.locator("h1").innerText()) === "You have no account here", `unasked: ${await nora.locator("h1").innerText()}`);
await clean(nora, "refused");
await page.goto(base + "/settings");
await page.locator("form:has(input[value=guest]) input[name=email]").fill("nora@paper.example");
await page.locator("form:has(input[value=guest]) input[name=password]").fill("several good words");
await page.locator("form:has(input[value=guest]) button").click();
check((await page.locator("li bdi").allInnerTexts()).includes("nora@paper.example"), "an address is asked in");
await clean(page, "settings-people");
await nora.goto(base + "/login?to=/settings");
await nora.locator("main a.go").click();
await nora.waitForURL(base + "/settings");
await clean(nora, "settings-provider");
await nora.locator("main .note a.go").click();
await nora.waitForURL(base + "/settings");
await nora.locator("form:has(input[value=token]) input[name=name]").fill("reader");
await nora.locator("form:has(input[value=token]) button").click();
check((await nora.locator("[role=status] code").innerText()).length === 43, "a token after a login anew");
check(errors.length === 0, errors.join("; "));
await browser.close();
console.log(failures ? `${failures} of ${checks} checks failed` : `accounts: ${checks} checks, none failed`);
process.exit(failures ? 1 : 0);
