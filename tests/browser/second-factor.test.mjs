// The authenticator app in Chromium: set up, asked for, spared by a trusted browser, replaced by a recovery code, removed.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { after, before, test } from "node:test";
import { BOB, ISSUER, follow, heading, inspect, launch, press, send, signIn, visit } from "./support.mjs";

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** What an app shows that was given this secret (RFC 6238), so many steps of half a minute from now. */
function code(secret, steps = 0) {
  let bits = "";
  for (const letter of secret.replaceAll(" ", "")) bits += BASE32.indexOf(letter).toString(2).padStart(5, "0");
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
  const mac = createHmac("sha1", key).update(counter).digest();
  const at = mac[19] & 15;
  return String((mac.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

async function signOut(page) {
  await page.goto(`${ISSUER}/`);
  await press(page, "Sign out");
}

async function withPassword(page) {
  await page.goto(`${ISSUER}/login`);
  await signIn(page, BOB);
}

test("set up, asked for, spared, replaced, removed", () =>
  visit(browser, {}, async (page) => {
    await page.goto(`${ISSUER}/account/second-factor`);
    await signIn(page, BOB);
    await inspect(page, "second factor none");
    await follow(page, page.getByRole("link", { name: "Set up an app" }));
    await inspect(page, "second factor set-up");
    const secret = await page.locator(".secret code").textContent();
    await page.locator("input[name=code]").fill("000000");
    await send(page);
    await inspect(page, "second factor wrong code");
    assert.equal(await page.locator(".secret code").textContent(), secret, "a slip does not change the secret");
    await page.locator("input[name=code]").fill(code(secret));
    await send(page);
    await inspect(page, "second factor recovery codes");
    const kept = await page.locator("ul.codes code").allInnerTexts();
    assert.equal(kept.length, 10);
    await signOut(page);

    await withPassword(page);
    assert.equal(await heading(page), "One more step");
    await inspect(page, "login second");
    await page.locator("input[name=code]").fill("12345");
    await send(page);
    await inspect(page, "login second wrong code");
    await page.locator("input[name=trust]").check();
    // The step of the set-up was used; clocks may differ by one.
    await page.locator("input[name=code]").fill(code(secret, 1));
    await send(page);
    assert.equal(await heading(page), "You are signed in");
    await signOut(page);

    await withPassword(page);
    assert.equal(await heading(page), "You are signed in", "a trusted browser is spared the code");
    await page.goto(`${ISSUER}/account/second-factor`);
    await inspect(page, "second factor with trust");
    await page.locator("summary", { hasText: "Remove the app" }).click();
    await press(page, "Remove the app");
    assert.equal(await heading(page), "One more step", "trust does not take the app away");
    await page.goto(`${ISSUER}/account/second-factor`);
    await press(page, "Forget all");
    await signOut(page);

    await withPassword(page);
    await follow(page, page.getByRole("link", { name: "Use a recovery code" }));
    await inspect(page, "login recovery code");
    await page.locator("input[name=recovery_code]").fill(kept.pop());
    await send(page);
    assert.equal(await heading(page), "You used a recovery code");
    await inspect(page, "login recovery code used");
    await page.goto(`${ISSUER}/account/second-factor`);
    await page.locator("summary", { hasText: "Remove the app" }).click();
    await press(page, "Remove the app");
    await signOut(page);
    await withPassword(page);
    assert.equal(await heading(page), "You are signed in");
  }));
