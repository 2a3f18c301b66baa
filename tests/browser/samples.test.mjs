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

for (const [language, where] of Object.entries(LANGUAGES)) {
  test(`every sample in ${language}`, async () => {
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
        await inspect(page, `sample ${file.replace(/\.html$/, "")}`, where).catch((error) => wrong.push(error.message));
      }
      assert.deepEqual(wrong, []);
    });
  });
}
