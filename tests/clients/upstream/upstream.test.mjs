// People sign in to Doorward with an account at a provider that other people wrote, and at another Doorward.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Browser } from "./browser.mjs";
import { PERSON, serve } from "./provider.mjs";

const { DOORWARD_TEST_ISSUER: ISSUER, DOORWARD_TEST_IDP: IDP, DOORWARD_TEST_ELSEWHERE: ELSEWHERE } = process.env;
const SECRET = process.env.DOORWARD_TEST_UPSTREAM_SECRET;
const PASSWORD = "a long enough password for erin";

let server;
const callback = (name) => `${ISSUER}/login/upstream/${name}/callback`;

before(async () => {
  server = await serve(IDP, [
    { client_id: "doorward", client_secret: SECRET, redirect_uri: callback("idp") },
    { client_id: "doorward-post", client_secret: SECRET, redirect_uri: callback("idp-post") },
  ]);
});

after(() => {
  server.closeAllConnections();
  server.close();
});

/** From our sign-in page to the page of the provider. */
async function leave(browser, name) {
  await browser.open(`${ISSUER}/login`);
  return browser.open(browser.link(new RegExp(`/login/upstream/${name}\\?`)));
}

/** Through the development pages of oidc-provider: sign in, allow. */
async function throughProvider(browser, login) {
  for (let step = 0; step < 4 && browser.url.startsWith(IDP); step += 1) await browser.submit({ login, password: "any" });
  return browser;
}

test("a first sign-in through oidc-provider makes an account, the next finds it", async () => {
  const browser = new Browser();
  await leave(browser, "idp");
  assert.ok(browser.url.startsWith(`${IDP}/interaction/`), browser.url);
  await throughProvider(browser, PERSON);
  assert.equal(browser.url, `${ISSUER}/`, browser.text);
  assert.match(browser.text, /Dora Dean/);
  const again = new Browser();
  await throughProvider(await leave(again, "idp"), PERSON);
  assert.match(again.text, /Dora Dean/);
  assert.equal(again.url, `${ISSUER}/`);
});

test("oidc-provider posts its answer without cookies, and the browser comes back by itself", async () => {
  const browser = new Browser();
  await leave(browser, "idp-post");
  await throughProvider(browser, "post-person");
  // The provider's page holds a form for us, which its script would submit.
  assert.equal(browser.url, `${ISSUER}/`, browser.text);
  assert.match(browser.text, /Dora Dean/);
});

test("who declines at the provider is told so and can sign in otherwise", async () => {
  const browser = new Browser();
  await leave(browser, "idp");
  await browser.open(browser.link(/abort/));
  assert.equal(browser.status, 403, browser.text);
  assert.match(browser.text, /did not sign you in/);
  await browser.open(browser.link(/\/login\?flow=/));
  assert.equal(browser.status, 200);
  assert.match(browser.text, /name="password"/);
});

test("another Doorward is a provider like any other", async () => {
  const browser = new Browser();
  await leave(browser, "elsewhere");
  assert.ok(browser.url.startsWith(`${ELSEWHERE}/login`), browser.url);
  await browser.submit({ username: "erin", password: PASSWORD });
  if (browser.url.startsWith(`${ELSEWHERE}/consent`)) await browser.submit({}, "allow");
  assert.equal(browser.url, `${ISSUER}/`, browser.text);
  assert.match(browser.text, /Erin Elsewhere/);
});

test("a provider that is down costs nobody the sign-in", async () => {
  const browser = new Browser();
  const began = Date.now();
  await leave(browser, "down");
  assert.equal(browser.status, 503, browser.text);
  assert.match(browser.text, /does not answer/);
  assert.ok(Date.now() - began < 6000);
  await browser.open(browser.link(/\/login\?flow=/));
  assert.match(browser.text, /name="password"/);
});
