// The demo app in a browser: sign in, consent, tokens, userinfo, refresh, introspection, a second app, sign out.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ALICE, BOB, FIRST, ISSUER, SECOND, act, allow, begin, claims, follow, heading, launch, press, reach, signIn, visit } from "./support.mjs";

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

test("the whole journey of the demo", () =>
  visit(browser, {}, async (page) => {
    await begin(page);
    assert.equal(await heading(page), "Sign in");
    assert.match(await page.locator("main").innerText(), new RegExp(`Continue to ${FIRST}`));

    await signIn(page, ALICE, "not the password");
    const alert = page.getByRole("alert");
    assert.equal(await alert.innerText(), "Username or password is wrong.");
    assert.match(await page.title(), /^Error: Sign in/);
    assert.equal(await page.locator("#username").inputValue(), ALICE.username);
    assert.equal(await page.locator("#password").getAttribute("aria-invalid"), "true");
    assert.equal(await page.locator("#password").getAttribute("aria-describedby"), await alert.getAttribute("id"));

    await signIn(page);
    assert.equal(await heading(page), `${FIRST} asks for access`);
    assert.match(await page.locator("main").innerText(), /Read your notes/);
    await press(page, "Allow");

    assert.equal(new URL(page.url()).pathname, "/demo/steps");
    assert.match(await page.locator("main").innerText(), new RegExp(ALICE.name));
    const idToken = await claims(page, "ID token");
    assert.equal(idToken.iss, ISSUER);
    assert.equal(idToken.aud, "demo-app");
    const access = await claims(page, "Access token");
    assert.equal(access.sub, idToken.sub);
    const newest = () => page.locator(".step").first().innerText();

    await act(page, "userinfo");
    assert.match(await newest(), /"name": "Alice Example"/);
    await act(page, "introspect");
    assert.match(await newest(), /"active": true/);
    await act(page, "refresh");
    assert.match(await newest(), /grant_type=refresh_token/);
    assert.notEqual((await claims(page, "Access token")).jti, access.jti);

    // A second app: signed in already.
    const paths = [];
    page.on("framenavigated", (frame) => paths.push(new URL(frame.url()).pathname));
    await begin(page, SECOND);
    assert.equal(new URL(page.url()).pathname, "/demo/second/steps");
    assert.ok(!paths.includes("/login"), String(paths));
    assert.equal((await claims(page, "ID token")).sub, idToken.sub);

    await act(page, "silent");
    await page.waitForURL("**/demo/second/steps");
    assert.match(await page.locator("main").innerText(), /prompt=none/);

    // Signed out by the app: the other app meets the sign-in page again.
    await act(page, "logout");
    assert.equal(await heading(page), "You are signed out");
    await begin(page);
    assert.equal(await heading(page), "Sign in");
  }));

test("consent is remembered, and asked again where it was not given", () =>
  visit(browser, {}, async (page) => {
    await begin(page);
    await signIn(page, BOB);
    await press(page, "Deny");
    assert.match(await page.getByRole("alert").innerText(), /access_denied/);
    await begin(page);
    assert.equal(await heading(page), `${FIRST} asks for access`);
    await press(page, "Allow");
    await page.locator("#action-logout").waitFor();
    await begin(page);
    assert.equal(new URL(page.url()).pathname, "/demo/steps");
  }));

test("prompt=none while nobody is signed in: login_required", () =>
  visit(browser, {}, async (page) => {
    await reach(page, ALICE, SECOND);
    await page.goto(`${ISSUER}/logout`);
    await press(page, "Sign out");
    assert.equal(await heading(page), "You are signed out");
    await page.goto(`${ISSUER}/demo/second/steps`);
    await act(page, "silent");
    assert.match(await page.getByRole("alert").innerText(), /login_required/);
  }));

test("sign in and consent without JavaScript", () =>
  visit(browser, { javaScriptEnabled: false }, async (page) => {
    await begin(page);
    await signIn(page, ALICE, "not the password");
    assert.match(await page.getByRole("alert").innerText(), /wrong/);
    await signIn(page);
    await allow(page);
    await act(page, "refresh");
    assert.match(await page.locator(".step").first().innerText(), /grant_type=refresh_token/);
    await act(page, "logout");
    await begin(page);
    assert.equal(await heading(page), "Sign in");
  }));

test("sign in by keyboard only, and the focus is seen", () =>
  visit(browser, {}, async (page) => {
    await page.goto(`${ISSUER}/demo`);
    const focused = () =>
      page.evaluate(() => {
        const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(document.activeElement);
        const isSeen = (outlineStyle !== "none" && outlineWidth !== "0px") || boxShadow !== "none";
        return { text: document.activeElement.innerText, name: document.activeElement.name, isSeen };
      });
    for (let tabs = 0; !(await focused()).text?.startsWith("Sign in"); tabs++) {
      assert.ok(tabs < 10, "the first app is not reached by Tab");
      await page.keyboard.press("Tab");
    }
    assert.equal((await focused()).isSeen, true);
    await page.keyboard.press("Enter");
    await page.waitForURL("**/login?*");
    assert.equal((await focused()).name, "username");
    await page.keyboard.type(ALICE.username);
    await page.keyboard.press("Tab");
    assert.equal((await focused()).name, "password");
    assert.equal((await focused()).isSeen, true);
    await page.keyboard.type(ALICE.password);
    await page.keyboard.press("Enter");
    await page.waitForURL((url) => url.pathname !== "/login");
    if (new URL(page.url()).pathname === "/consent") {
      for (let tabs = 0; (await focused()).name !== "allow"; tabs++) {
        assert.ok(tabs < 10, "the button is not reached by Tab");
        await page.keyboard.press("Tab");
      }
      assert.equal((await focused()).isSeen, true);
      await page.keyboard.press("Enter");
    }
    await page.waitForURL("**/demo/steps");
  }));

test("the password can be looked at, and is sent as one", () =>
  visit(browser, {}, async (page) => {
    await begin(page);
    await page.locator("#password").fill("open sesame");
    await page.getByRole("button", { name: "Show" }).click();
    assert.equal(await page.locator("#password").getAttribute("type"), "text");
    await page.getByRole("button", { name: "Hide" }).click();
    assert.equal(await page.locator("#password").getAttribute("type"), "password");
  }));

for (const [locale, title, tag] of [
  ["de-DE", "Anmelden", "de"],
  ["fr-CA", "Connexion", "fr"],
  ["pt-BR", "Sign in", "en"],
]) {
  test(`the language that the browser asks for: ${locale}`, () =>
    visit(browser, { locale }, async (page) => {
      await begin(page);
      assert.equal(await heading(page), title);
      assert.equal(await page.locator("html").getAttribute("lang"), tag);
    }));
}

test("another language by the links at the end of the page, kept for the next pages", () =>
  visit(browser, {}, async (page) => {
    await begin(page);
    await follow(page, page.getByRole("link", { name: "Deutsch" }));
    assert.equal(await heading(page), "Anmelden");
    await signIn(page, ALICE, "not the password");
    assert.equal(await page.getByRole("alert").innerText(), "Benutzername oder Passwort ist falsch.");
  }));
