// Every sample of every page, as the tests of the templates render them: what a journey meets and what it seldom meets. In English at both
// widths and in both colours; in the other languages, whose words are longer, at the width of a phone.
import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { after, before, test } from "node:test";
import { inspect, launch, visit } from "./support.mjs";

const PAGES = process.env.DOORWARD_TEST_PAGES;
const STATIC = process.env.DOORWARD_TEST_STATIC;
const TYPES = { ".html": "text/html; charset=utf-8", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml" };

let browser;
let server;
let base;
before(async () => {
  browser = await launch();
  server = createServer(async (request, response) => {
    const path = decodeURIComponent(new URL(request.url, "http://pages").pathname);
    const file = path.startsWith("/static/") ? join(STATIC, path.slice(8)) : join(PAGES, path);
    const body = await readFile(file).catch(() => null);
    response.writeHead(body ? 200 : 404, { "content-type": TYPES[extname(path)] ?? "application/octet-stream" });
    response.end(body);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${server.address().port}`;
});
after(async () => {
  server.close();
  await browser.close();
});

const LANGUAGES = {
  en: {},
  de: { looks: [[375, "light"]] },
  fr: { looks: [[375, "light"]] },
};

/** Opens every sample of a language; `look` adds to a list what is wrong with it. */
async function eachSample(language, look) {
  const files = (await readdir(PAGES)).filter((name) => name.endsWith(`.${language}.html`)).sort();
  assert.ok(files.length > 90, `${files.length} samples`);
  // What the picture of an app would be fetched from is not there.
  await visit(browser, { expected: /Failed to load resource/ }, async (page, context) => {
    await context.route((url) => url.origin !== base, (route) => route.abort());
    // It would send the answer on.
    await context.route("**/form_post.js*", (route) => route.fulfill({ contentType: "text/javascript", body: "" }));
    const wrong = [];
    for (const file of files) {
      await page.goto(`${base}/${encodeURIComponent(file)}`);
      await look(page, file, wrong);
    }
    assert.deepEqual(wrong, []);
  });
}

for (const [language, where] of Object.entries(LANGUAGES)) {
  test(`every sample in ${language}`, () =>
    eachSample(language, (page, file, wrong) =>
      inspect(page, `sample ${file.replace(/\.html$/, "")}`, where).catch((error) => wrong.push(error.message))));
}

test("every sample by keyboard alone", () =>
  eachSample("en", async (page, file, wrong) => {
    // What can be used: of the choices of one question the keyboard reaches one, and the arrows the others.
    const all = await page.evaluate(() => {
      const usable = "a[href], button, input:not([type=hidden]), select, textarea, summary";
      const groups = new Set();
      const is = (element) => {
        if (element.disabled || element.tabIndex < 0 || !element.checkVisibility({ visibilityProperty: true })) return false;
        if (element.type !== "radio") return true;
        const isFirst = !groups.has(element.name);
        groups.add(element.name);
        return isFirst;
      };
      window.usable = [...document.querySelectorAll(usable)].filter(is);
      document.activeElement?.blur();
      // How it looks by itself, and its label, which may show the focus for it.
      window.look = (element) =>
        [element, element.closest("label")].filter(Boolean).map((one) => {
          const { outlineStyle, outlineWidth, boxShadow, borderColor } = getComputedStyle(one);
          return [outlineStyle !== "none" && outlineWidth, boxShadow, borderColor].join();
        }).join();
      window.looks = new Map(window.usable.map((element) => [element, window.look(element)]));
      return window.usable.length;
    });
    const reached = new Set();
    for (let tabs = 0; tabs < all + 5; tabs++) {
      await page.keyboard.press("Tab");
      const at = await page.evaluate(() => {
        const element = document.activeElement;
        const group = (one) => one.type === "radio" && one.name === element.name;
        const index = window.usable.findIndex((one) => one === element || (element.type === "radio" && group(one)));
        const isSeen = window.look(element) !== window.looks.get(element);
        return { index, isSeen, what: element.outerHTML.slice(0, 100), isNothing: element === document.body };
      });
      if (at.isNothing) continue;
      if (at.index >= 0) reached.add(at.index);
      if (!at.isSeen) wrong.push(`${file}: the focus is not seen on ${at.what}`);
    }
    if (reached.size < all) {
      const missed = await page.evaluate((seen) => window.usable.filter((_, i) => !seen.includes(i)).map((e) => e.outerHTML.slice(0, 100)), [...reached]);
      wrong.push(`${file}: not reached: ${missed.join(" | ")}`);
    }
  }));
