// Chromium, people and a small app of another origin, for the tests beside it.
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

export const ISSUER = process.env.DOORWARD_TEST_ISSUER;
export const SETUP_LINK = process.env.DOORWARD_TEST_SETUP_LINK;
export const ALICE = { username: "alice", password: "demo-password", name: "Alice Example" };
export const BOB = { username: "bob", password: "demo-password", name: "Bob Example" };
export const FIRST = "Meadow Notes";
export const SECOND = "Field Calendar";

export const launch = () =>
  chromium.launch({ executablePath: process.env.DOORWARD_TEST_CHROMIUM, args: ["--no-sandbox", "--disable-dev-shm-usage"] });

/**
 * Runs `journey` with a page of a browser that knows nothing yet. Whatever the pages complain about, a breach of their own
 * Content-Security-Policy for instance, fails the test; only a refused document may say so, and what is `expected`.
 */
export async function visit(browser, { expected, ...options }, journey) {
  const context = await browser.newContext({ locale: "en-GB", reducedMotion: "reduce", ...options });
  context.setDefaultTimeout(10_000);
  const complaints = [];
  context.on("console", (message) => {
    if (!["error", "warning"].includes(message.type())) return;
    if (/^Failed to load resource: the server responded with a status of 4/.test(message.text())) return;
    if (expected?.test(message.text())) return;
    complaints.push(`${message.page()?.url()}: ${message.text()}`);
  });
  context.on("weberror", (error) => complaints.push(String(error.error())));
  try {
    const page = await context.newPage();
    await journey(page, context);
    assert.deepEqual(complaints, []);
  } finally {
    await context.close();
  }
}

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const SCREENSHOTS = process.env.DOORWARD_TEST_SCREENSHOTS;

const LOOKS = [375, 1280].flatMap((width) => ["light", "dark"].map((colorScheme) => [width, colorScheme]));

/** A page as it stands: no violation of the axe-core rules at these widths and in these colours, and nothing is cut off at 320 px. */
export async function inspect(page, name, { looks = LOOKS } = {}) {
  // Not as a <script>, which the page's own policy forbids.
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(AXE);
  for (const [width, colorScheme] of looks) {
    await page.setViewportSize({ width, height: 800 });
    await page.emulateMedia({ colorScheme });
    // Its own fetches for style sheets would break the page's policy.
    const { violations, passes } = await page.evaluate(() => axe.run({ preload: false, resultTypes: ["violations"] }));
    assert.ok(passes.some((rule) => rule.id === "color-contrast"), "axe-core looked at nothing");
    const said = violations.map((v) => `${v.id}: ${v.help}: ${v.nodes.map((n) => n.html).join(" | ")}`);
    assert.deepEqual(said, [], `${name}, ${width} px, ${colorScheme}`);
    if (SCREENSHOTS) await page.screenshot({ path: `${SCREENSHOTS}/${name.replaceAll(" ", "-")}-${width}-${colorScheme}.png`, fullPage: true });
  }
  await page.setViewportSize({ width: 320, height: 640 });
  const wide = await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    const out = [...document.querySelectorAll("main *")].filter((e) => e.getBoundingClientRect().right > clientWidth + 1 && !e.closest("pre"));
    return { over: scrollWidth - clientWidth, out: out.slice(0, 5).map((e) => e.outerHTML.slice(0, 120)) };
  });
  assert.deepEqual(wide, { over: 0, out: [] }, `${name} is wider than 320 px`);
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.emulateMedia({ colorScheme: "light" });
}

export const heading = (page) => page.locator("h1").innerText();

/** Presses what leads to another page, and waits for that page. */
export async function follow(page, locator) {
  const next = page.waitForEvent("domcontentloaded");
  await locator.click();
  await next;
}

export const press = (page, name) => follow(page, page.getByRole("button", { name, exact: true }));
export const act = (page, action) => follow(page, page.locator(`#action-${action}`));

/** Sends a form as it is. */
export const send = (page) => follow(page, page.locator("form button[type=submit]").last());

/** Sends the form of the sign-in page, which has other buttons besides. */
export const sendSignIn = (page) => follow(page, page.locator("form:has(input[name=password]) button[type=submit]").last());

/** Fills in the sign-in page and sends it. */
export async function signIn(page, person = ALICE, password = person.password) {
  await page.locator("input[name=username]").fill(person.username);
  await page.locator("input[name=password]").fill(password);
  await sendSignIn(page);
}

/** Allows, where the page asks. */
export async function allow(page) {
  if (await page.locator("button[name=deny]").count()) await press(page, "Allow");
}

/** From the demo's start page to the sign-in of one of its apps. */
export async function begin(page, app = FIRST) {
  await page.goto(`${ISSUER}/demo`);
  await follow(page, page.getByRole("link", { name: new RegExp(`^${app}`) }));
}

/** Signed in to a demo app, with consent where it is asked. */
export async function reach(page, person = ALICE, app = FIRST) {
  await begin(page, app);
  await signIn(page, person);
  await allow(page);
  await page.locator("#action-logout").waitFor();
}

/** What is shown of a token: its decoded claims. */
export async function claims(page, title) {
  const tile = page.locator("article").filter({ has: page.getByRole("heading", { name: title }) });
  return JSON.parse(await tile.locator("pre").nth(1).innerText());
}

const VERIFIER = randomBytes(32).toString("base64url");
const CHALLENGE = createHash("sha256").update(VERIFIER).digest("base64url");

const html = (body, script = "") => `<!doctype html><html lang="en"><title>Corner shop</title>${body}<script>${script}</script>`;
const PAGES = {
  "/": html("<h1>Corner shop</h1>"),
  "/callback": html("<h1>Answer</h1>", "if (parent !== window) parent.postMessage(location.search, '*')"),
};

/** The app `shop`, on a port of its own, under the names localhost (same site, other origin) and 127.0.0.1 (another site). */
export async function openShop() {
  const posted = [];
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, "http://shop");
    let body = "";
    request.on("data", (part) => (body += part));
    request.on("end", () => {
      if (request.method === "POST") posted.push(Object.fromEntries(new URLSearchParams(body)));
      response.writeHead(PAGES[pathname] ? 200 : 404, { "content-type": "text/html" });
      response.end(PAGES[pathname] ?? "");
    });
  });
  await new Promise((resolve) => server.listen(Number(process.env.DOORWARD_TEST_SHOP_PORT), "127.0.0.1", resolve));
  const { port } = server.address();
  const at = (host) => `http://${host}:${port}`;
  return {
    posted,
    verifier: VERIFIER,
    origin: at("localhost"),
    foreign: at("127.0.0.1"),
    close: () => server.close(),
    /** An authorization request. */
    ask(parameters = {}, host = "localhost") {
      const request = {
        client_id: "shop",
        response_type: "code",
        redirect_uri: `${at(host)}/callback`,
        scope: "openid profile",
        state: "s-1",
        code_challenge: CHALLENGE,
        code_challenge_method: "S256",
        ...parameters,
      };
      return `${ISSUER}/authorize?${new URLSearchParams(request)}`;
    },
  };
}
