// An app of another origin: hidden frames, a single-page app over CORS, form_post, choosing an account, ways back.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ALICE, BOB, ISSUER, allow, follow, heading, launch, openShop, press, signIn, visit } from "./support.mjs";

let browser;
let shop;
before(async () => {
  browser = await launch();
  shop = await openShop();
});
after(async () => {
  shop.close();
  await browser.close();
});

/** What comes back to a page of the shop from a hidden frame with `prompt=none`. */
async function silently(page, origin, url) {
  await page.goto(origin);
  const search = await page.evaluate((src) => {
    const frame = document.createElement("iframe");
    frame.hidden = true;
    frame.src = src;
    document.body.append(frame);
    return new Promise((resolve, reject) => {
      addEventListener("message", (event) => resolve(event.data), { once: true });
      setTimeout(() => reject(new Error("nothing came back from the frame")), 8000);
    });
  }, url);
  return Object.fromEntries(new URLSearchParams(search));
}

/** Signed in at the shop. */
async function enter(page, person = ALICE) {
  await page.goto(shop.ask());
  await signIn(page, person);
  await allow(page);
  await page.waitForURL(`${shop.origin}/callback?*`);
  return Object.fromEntries(new URL(page.url()).searchParams);
}

test("prompt=none in a hidden frame: a code for who is signed in, login_required else", () =>
  visit(browser, {}, async (page) => {
    const before = await silently(page, shop.origin, shop.ask({ prompt: "none" }));
    assert.equal(before.error, "login_required");
    assert.equal(before.state, "s-1");
    assert.equal(before.iss, ISSUER);
    await enter(page);
    const then = await silently(page, shop.origin, shop.ask({ prompt: "none", state: "s-2" }));
    assert.equal(then.error, undefined);
    assert.equal(then.state, "s-2");
    assert.ok(then.code);
    // A page of another site: browsers hold back the cookies, but the answer comes.
    const foreign = await silently(page, shop.foreign, shop.ask({ prompt: "none" }, "127.0.0.1"));
    assert.equal(foreign.error, "login_required");
  }));

test("a page of ours is not shown in a frame", () =>
  visit(browser, { expected: /frame-ancestors/ }, async (page) => {
    await page.goto(shop.origin);
    const refused = page.waitForEvent("console", (message) => /frame-ancestors/.test(message.text()));
    await page.evaluate((src) => {
      const frame = document.createElement("iframe");
      frame.src = src;
      document.body.append(frame);
    }, `${ISSUER}/login`);
    await refused;
  }));

test("a single-page app: discovery, keys, tokens, userinfo, refresh and revocation over CORS", () =>
  visit(browser, {}, async (page) => {
    const { code } = await enter(page);
    const seen = await page.evaluate(
      async ({ issuer, code, verifier, redirect_uri }) => {
        const json = async (url, options) => (await fetch(url, options)).json();
        const form = (fields) => ({ method: "POST", body: new URLSearchParams({ client_id: "shop", ...fields }) });
        const meta = await json(`${issuer}/.well-known/openid-configuration`);
        const keys = await json(meta.jwks_uri);
        const tokens = await json(
          meta.token_endpoint,
          form({ grant_type: "authorization_code", code, code_verifier: verifier, redirect_uri }),
        );
        // The header makes the browser ask first (preflight).
        const userinfo = await json(meta.userinfo_endpoint, { headers: { authorization: `Bearer ${tokens.access_token}` } });
        const fresh = await json(meta.token_endpoint, form({ grant_type: "refresh_token", refresh_token: tokens.refresh_token }));
        const revoked = await fetch(meta.revocation_endpoint, form({ token: fresh.refresh_token }));
        const dead = await json(meta.token_endpoint, form({ grant_type: "refresh_token", refresh_token: fresh.refresh_token }));
        const challenge = await fetch(meta.userinfo_endpoint, { headers: { authorization: "Bearer nonsense" } });
        return {
          keys: keys.keys.length,
          tokens,
          userinfo,
          fresh,
          revoked: revoked.status,
          dead,
          challenge: challenge.headers.get("www-authenticate"),
        };
      },
      { issuer: ISSUER, code, verifier: shop.verifier, redirect_uri: `${shop.origin}/callback` },
    );
    assert.ok(seen.keys > 0);
    assert.equal(seen.tokens.error, undefined, JSON.stringify(seen.tokens));
    assert.equal(seen.userinfo.name, ALICE.name);
    assert.ok(seen.fresh.access_token);
    assert.equal(seen.revoked, 200);
    assert.equal(seen.dead.error, "invalid_grant");
    assert.match(seen.challenge, /invalid_token/);
  }));

for (const javaScriptEnabled of [true, false]) {
  test(`response_mode=form_post ${javaScriptEnabled ? "sends itself" : "by a button without JavaScript"}`, () =>
    visit(browser, { javaScriptEnabled }, async (page) => {
      await enter(page);
      shop.posted.length = 0;
      await page.goto(shop.ask({ response_mode: "form_post", state: "post" }));
      if (!javaScriptEnabled) await press(page, "Continue");
      await page.waitForURL(`${shop.origin}/callback`);
      assert.equal(shop.posted.length, 1);
      const [{ code, state, iss }] = shop.posted;
      assert.ok(code);
      assert.equal(state, "post");
      assert.equal(iss, ISSUER);
    }));
}

test("prompt=select_account: go on, or another account", () =>
  visit(browser, {}, async (page) => {
    await enter(page, ALICE);
    await page.goto(shop.ask({ prompt: "select_account" }));
    assert.equal(await heading(page), "Choose an account");
    await follow(page, page.getByRole("button", { name: new RegExp(ALICE.name) }));
    await page.waitForURL(`${shop.origin}/callback?*`);
    await page.goto(shop.ask({ prompt: "select_account" }));
    await press(page, "Use another account");
    await signIn(page, BOB);
    await allow(page);
    await page.waitForURL(`${shop.origin}/callback?*`);
    await page.goto(`${ISSUER}/`);
    assert.match(await page.locator("main").innerText(), new RegExp(BOB.name));
  }));

test("another account from the consent page", () =>
  visit(browser, {}, async (page) => {
    await page.goto(shop.ask({ prompt: "consent" }));
    await signIn(page, BOB);
    assert.equal(await heading(page), "Corner shop asks for access");
    await follow(page, page.locator("button[name=switch]"));
    assert.match(await page.locator("main").innerText(), /account you want to use/);
    await signIn(page, ALICE);
    assert.match(await page.locator(".signed-in").innerText(), new RegExp(ALICE.name));
    await press(page, "Allow");
    await page.waitForURL(`${shop.origin}/callback?*`);
    const { error, code } = Object.fromEntries(new URL(page.url()).searchParams);
    assert.equal(error, undefined);
    assert.ok(code);
  }));

test("prompt=login shows the sign-in page with its reason; ui_locales and login_hint are heeded", () =>
  visit(browser, {}, async (page) => {
    await enter(page);
    await page.goto(shop.ask({ prompt: "login", login_hint: "alice" }));
    assert.match(await page.locator("main").innerText(), /confirm that it is you/);
    assert.equal(await page.locator("#username").inputValue(), "alice");
    assert.equal(await page.evaluate(() => document.activeElement.name), "password");
    await page.goto(shop.ask({ prompt: "login", ui_locales: "de" }));
    assert.equal(await heading(page), "Anmelden");
  }));

test("sign-out with a way back to the app", () =>
  visit(browser, {}, async (page) => {
    await enter(page);
    const query = new URLSearchParams({ client_id: "shop", post_logout_redirect_uri: `${shop.origin}/`, state: "bye" });
    await page.goto(`${ISSUER}/logout?${query}`);
    assert.equal(await heading(page), "Sign out?");
    await press(page, "Stay signed in");
    assert.equal(await heading(page), "You are still signed in");
    await page.goto(`${ISSUER}/logout?${query}`);
    await press(page, "Sign out");
    await page.waitForURL(`${shop.origin}/?state=bye`);
    await page.goto(shop.ask());
    assert.equal(await heading(page), "Sign in");
  }));

test("an address that is not registered: a page with what to do, and no redirect", () =>
  visit(browser, {}, async (page) => {
    const response = await page.goto(shop.ask({ redirect_uri: "https://evil.example/callback" }));
    assert.equal(response.status(), 400);
    assert.equal(new URL(page.url()).origin, ISSUER);
    assert.match(await page.locator(".reference").innerText(), new RegExp(response.headers()["x-request-id"]));
  }));

test("a sign-in begun in another browser is not taken over", () =>
  visit(browser, {}, async (page) => {
    await page.goto(shop.ask());
    const url = page.url();
    await visit(browser, {}, async (other) => {
      const response = await other.goto(url);
      assert.equal(response.status(), 400);
      assert.equal(await other.locator("input[name=password]").count(), 0);
    });
  }));
