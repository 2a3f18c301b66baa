// A life in Chromium: sign-up, the mail that proves the address, sign-in, a lost password and a new one.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ISSUER, follow, launch, send, sendSignIn, signIn, visit } from "./support.mjs";

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

const DORA = { username: "dora", password: "violet-anchor-7-tulips" };
const EMAIL = "dora@example.com";
const NEXT = "copper-lantern-9-meadow";

/** The newest mailed link to `path`, as the mailbox of `doorward dev` shows it. */
async function mailed(page, path) {
  const links = page.locator(`a[href*="${path}?"]`);
  // It leaves when the page was answered: look until it is there.
  for (let looks = 0; looks < 100; looks += 1) {
    await page.goto(`${ISSUER}/dev/mail`);
    if (await links.count()) break;
  }
  const link = await links.first().getAttribute("href");
  assert.ok(link.startsWith(ISSUER), link);
  return link;
}

async function signOut(page) {
  await page.goto(`${ISSUER}/logout`);
  await follow(page, page.locator("button[name=logout]"));
}

const isSignedIn = async (page) => {
  await page.goto(`${ISSUER}/account`);
  return new URL(page.url()).pathname === "/account";
};

test("sign-up, proof, sign-in, a lost password", async () => {
  await visit(browser, {}, async (page) => {
    await page.goto(`${ISSUER}/register`);
    for (const [name, value] of Object.entries({ email: EMAIL, name: "Dora Doe", ...DORA })) {
      await page.locator(`input[name=${name}]`).fill(value);
    }
    await send(page);
    assert.equal(await isSignedIn(page), false, "nothing exists before the address is proved");
    await page.goto(await mailed(page, "/verify-email"));
    await send(page);
    if (await isSignedIn(page)) await signOut(page);

    await page.goto(`${ISSUER}/login`);
    await signIn(page, DORA);
    assert.equal(await isSignedIn(page), true);
    await signOut(page);
    assert.equal(await isSignedIn(page), false);

    await page.goto(`${ISSUER}/recover`);
    await page.locator("input[name=username]").fill(EMAIL);
    await send(page);
    const link = await mailed(page, "/recover/reset");
    await page.goto(link);
    await page.locator("input[name=password]").fill("password1");
    await send(page);
    assert.equal(await page.locator("input[name=password][aria-invalid=true]").count(), 1, "a weak one uses nothing up");
    await page.locator("input[name=password]").fill(NEXT);
    await send(page);

    await page.locator("input[name=username]").fill(DORA.username);
    await page.locator("input[name=password]").fill(DORA.password);
    await sendSignIn(page);
    assert.equal(await isSignedIn(page), false, "the old password is refused");
    await page.goto(`${ISSUER}/login`);
    await signIn(page, DORA, NEXT);
    assert.equal(await isSignedIn(page), true);
    await page.goto(link);
    assert.equal(await page.locator("input[name=password]").count(), 0, "the link is used up");
  });
});
