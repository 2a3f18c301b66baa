// Every page: no violation of the axe-core rules at the width of a phone and of a desk, light and dark; nothing is cut off at 320 px.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ALICE, BOB, FIRST, ISSUER, SECOND, SETUP_LINK, act, allow, begin, heading, inspect, launch, openShop, press, reach, send, sendSignIn, signIn, visit } from "./support.mjs";

const checked = new Set();

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

async function check(page, name) {
  checked.add(name);
  await inspect(page, name);
}

test("sign-in, its errors, consent, the demo", () =>
  visit(browser, {}, async (page) => {
    await page.goto(`${ISSUER}/`);
    await check(page, "home signed out");
    await page.goto(`${ISSUER}/demo`);
    await check(page, "demo index");
    await begin(page);
    await check(page, "login");
    await sendSignIn(page);
    await check(page, "login without a name");
    await signIn(page, BOB, "not the password");
    await check(page, "login with a wrong password");
    await page.goto(shop.ask({ prompt: "consent", scope: "openid profile email address phone groups offline_access" }));
    await signIn(page, BOB);
    assert.equal(await heading(page), "Corner shop asks for access");
    await check(page, "consent");
    await press(page, "Deny");
    await begin(page);
    await allow(page);
    await act(page, "refresh");
    await check(page, "demo steps");
    await page.goto(`${ISSUER}/`);
    await check(page, "home signed in");
    await page.goto(shop.ask({ prompt: "select_account" }));
    assert.equal(await heading(page), "Choose an account");
    await check(page, "choose");
    await page.goto(shop.ask({ prompt: "login" }));
    await check(page, "login again");
    const query = new URLSearchParams({ client_id: "shop" });
    await page.goto(`${ISSUER}/logout?${query}`);
    assert.equal(await heading(page), "Sign out?");
    await check(page, "logout");
    await press(page, "Stay signed in");
    await check(page, "logout declined");
    await page.goto(`${ISSUER}/logout?${query}`);
    await press(page, "Sign out");
    assert.equal(await heading(page), "You are signed out");
    await check(page, "logged out");
  }));

test("the demo where something was refused", () =>
  visit(browser, {}, async (page) => {
    await reach(page, ALICE, SECOND);
    await page.goto(`${ISSUER}/logout`);
    await press(page, "Sign out");
    await page.goto(`${ISSUER}/demo/second/steps`);
    await act(page, "silent");
    await page.getByRole("alert").waitFor();
    await check(page, "demo refused");
  }));

const ACCOUNT = ["", "/profile", "/emails", "/password", "/sessions", "/apps", "/activity", "/language", "/data", "/delete"];

test("the account area", () =>
  visit(browser, {}, async (page) => {
    await page.goto(`${ISSUER}/account/emails`);
    await signIn(page, BOB);
    assert.equal(new URL(page.url()).pathname, "/account/emails", "the sign-in leads back");
    await begin(page);
    await allow(page);
    for (const path of ACCOUNT) {
      await page.goto(`${ISSUER}/account${path}`);
      await check(page, `account${path}`.replaceAll("/", " "));
    }
    await page.goto(`${ISSUER}/account/emails`);
    await page.locator("input[name=add]").fill("bob with no at");
    await press(page, "Send the link");
    await check(page, "account emails wrong");
    await page.locator("input[name=add]").fill("bob.with.a.rather.long.name@department.of.something.example");
    await press(page, "Send the link");
    await check(page, "account emails asked");
    await page.goto(`${ISSUER}/account/apps`);
    await page.locator("details.rights summary").first().click();
    await page.locator("details.confirm summary").first().click();
    await check(page, "account apps open");
    await page.goto(`${ISSUER}/account/profile`);
    await page.locator("input[name=zoneinfo]").fill("nowhere!");
    await press(page, "Save");
    await check(page, "account profile wrong");
    await page.goto(`${ISSUER}/account`);
    await page.setViewportSize({ width: 375, height: 800 });
    await page.locator(".account-menu summary").click();
    await check(page, "account menu");
    await page.goto(`${ISSUER}/account/deleted`);
    await check(page, "account deleted");
  }));

test("the account area by keyboard alone", () =>
  visit(browser, { viewport: { width: 375, height: 800 } }, async (page) => {
    await page.goto(`${ISSUER}/account/language`);
    await signIn(page, BOB);
    const reachBy = async (selector) => {
      for (let n = 0; n < 60; n++) {
        await page.keyboard.press("Tab");
        if (await page.evaluate((s) => document.activeElement.matches(s), selector)) return;
      }
      assert.fail(`${selector} is not reached by Tab`);
    };
    await reachBy(".account-menu > summary");
    await page.keyboard.press("Enter");
    await reachBy('.account-menu a[href$="/account/activity"]');
    await page.locator("input[name=language]:checked").focus();
    await page.keyboard.press("ArrowDown");
    const next = page.waitForEvent("domcontentloaded");
    await page.keyboard.press("Enter");
    await next;
    await page.getByRole("status").waitFor();
    await page.locator("input[value=browser]").check();
    await press(page, "Save");
  }));

test("errors", () =>
  visit(browser, {}, async (page) => {
    for (const [name, url] of [
      ["error unknown client", shop.ask({ client_id: "nobody" })],
      ["error redirect", shop.ask({ redirect_uri: "https://evil.example/" })],
      ["error not found", `${ISSUER}/no/such/page`],
      ["error flow", `${ISSUER}/login?flow=nonsense`],
      ["error logout", `${ISSUER}/logout?id_token_hint=nonsense`],
      ["error setup", SETUP_LINK.replace(/token=.*/, "token=nonsense")],
    ]) {
      const response = await page.goto(url);
      assert.ok(response.status() >= 400, name);
      await check(page, name);
    }
  }));

test("the answer by form_post, where no script sends it", () =>
  visit(browser, {}, async (page, context) => {
    await context.route("**/form_post.js*", (route) => route.fulfill({ contentType: "text/javascript", body: "" }));
    await page.goto(shop.ask({ response_mode: "form_post", prompt: "none" }));
    await check(page, "form_post");
  }));

test("the first administrator", () =>
  visit(browser, {}, async (page) => {
    await page.goto(SETUP_LINK);
    await check(page, "setup");
    await send(page);
    assert.equal(await page.evaluate(() => document.activeElement.getAttribute("aria-invalid")), "true");
    await check(page, "setup with errors");
    await page.locator("#email").fill("root@example.com");
    await page.locator("#username").fill("root");
    await page.locator("#password").fill("a password for the first start");
    await send(page);
    await check(page, "setup done");
    const again = await page.goto(SETUP_LINK);
    assert.equal(again.status(), 410);
    await check(page, "setup used");
  }));

test("in German and French too", async () => {
  for (const locale of ["de-DE", "fr-FR"]) {
    await visit(browser, { locale }, async (page) => {
      await begin(page, FIRST);
      await signIn(page, ALICE, "not the password");
      await check(page, `login ${locale}`);
      await page.goto(shop.ask({ prompt: "consent", scope: "openid profile email address phone groups offline_access" }));
      await signIn(page);
      await check(page, `consent ${locale}`);
      for (const path of ACCOUNT) {
        await page.goto(`${ISSUER}/account${path}`);
        await check(page, `account${path} ${locale}`.replaceAll("/", " "));
      }
    });
  }
});

test("no page was left out", () => {
  const kinds = ["login", "consent", "choose", "logout", "logged out", "home", "setup", "demo index", "demo steps", "error", "form_post", "account"];
  for (const kind of kinds) assert.ok([...checked].some((name) => name.startsWith(kind)), kind);
});
