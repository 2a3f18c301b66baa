// Passkeys with the virtual authenticator of Chromium: added in the account area, used by button, by autofill and as second factor, removed.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { BOB, ISSUER, follow, heading, launch, press, send, visit } from "./support.mjs";

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

/** An authenticator inside the browser, which unlocks for whoever is there. */
async function authenticator(page, options = {}) {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("WebAuthn.enable", { enableUI: false });
  const { authenticatorId } = await devtools.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
      ...options,
    },
  });
  const set = (command, value) => devtools.send(`WebAuthn.${command}`, { authenticatorId, ...value });
  return {
    credentials: async () => (await set("getCredentials")).credentials,
    verifies: (isUserVerified) => set("setUserVerified", { isUserVerified }),
    answers: (enabled) => set("setAutomaticPresenceSimulation", { enabled }),
    remove: () => set("removeVirtualAuthenticator"),
    clear: () => set("clearCredentials"),
  };
}

const note = (page) => page.locator("form[data-passkey] [data-note]");
const signedInAs = async (page, person) => assert.match(await page.locator("main").innerText(), new RegExp(person.username));

async function withPassword(page, person) {
  await page.goto(`${ISSUER}/login`);
  await page.locator("input[name=username]").fill(person.username);
  await page.locator("input[name=password]").fill(person.password);
  await follow(page, page.getByRole("button", { name: "Sign in", exact: true }));
}

async function signOut(page) {
  await page.goto(`${ISSUER}/`);
  await press(page, "Sign out");
}

async function add(page, name) {
  await page.goto(`${ISSUER}/account/passkeys`);
  await page.locator("form[data-passkey] input[name=name]").fill(name);
  await press(page, "Add a passkey");
}

test("added, used by button and by autofill, as second factor, renamed, removed", () =>
  visit(browser, {}, async (page) => {
    const keys = await authenticator(page);
    await withPassword(page, BOB);
    await add(page, "This laptop");
    // With the first second factor come recovery codes.
    assert.equal(await page.locator("main code").count(), 10);
    assert.equal((await keys.credentials()).length, 1);
    await page.goto(`${ISSUER}/account/passkeys`);
    assert.match(await page.locator("main").innerText(), /This laptop[^]*Not used yet/);

    // The same authenticator has one already.
    await page.getByRole("button", { name: "Add a passkey" }).click();
    await page.waitForFunction(() => /already/.test(document.querySelector("[data-note]").textContent));
    await signOut(page);

    // By the button, with the keyboard.
    await keys.answers(false);
    await page.goto(`${ISSUER}/login`);
    await keys.answers(true);
    await page.getByRole("button", { name: "Sign in with a passkey" }).focus();
    await Promise.all([page.waitForURL(`${ISSUER}/`), page.keyboard.press("Enter")]);
    await signedInAs(page, BOB);
    await signOut(page);

    // By autofill: the browser offers it while the page waits for a name.
    await page.goto(`${ISSUER}/login`);
    await page.waitForURL(`${ISSUER}/`);
    await signedInAs(page, BOB);
    await signOut(page);

    // As second factor.
    await keys.answers(false);
    await withPassword(page, BOB);
    assert.match(page.url(), /\/login\/second\?/);
    await keys.answers(true);
    await Promise.all([page.waitForURL(`${ISSUER}/`), page.getByRole("button", { name: "Confirm with a passkey" }).click()]);
    await signedInAs(page, BOB);

    await page.goto(`${ISSUER}/account/passkeys`);
    assert.match(await page.locator("main").innerText(), /Last used/);
    await page.locator("summary", { hasText: "Rename" }).click();
    await page.locator("form[action$=rename] input[name=name]").fill("Old laptop");
    await press(page, "Save");
    assert.match(await page.locator("main").innerText(), /The name was changed\.[^]*Old laptop/);
    await page.locator("summary", { hasText: "Remove" }).click();
    await press(page, "Remove passkey");
    assert.match(await page.locator("main").innerText(), /The passkey was removed\.[^]*no passkeys yet/);
    await signOut(page);

    // Gone: told in words, and nobody is signed in. (Where the browser takes the hint, it offers it no more.)
    await keys.answers(false);
    await page.goto(`${ISSUER}/login`);
    await keys.answers(true);
    await page.getByRole("button", { name: "Sign in with a passkey" }).click();
    await page.waitForFunction(() => document.querySelector("form[data-passkey] [data-note]").textContent);
    assert.match(await note(page).innerText(), /not known here|no passkey for this page/);
  }));

test("what goes wrong is said at the button", () =>
  visit(browser, {}, async (page) => {
    const keys = await authenticator(page);
    await withPassword(page, BOB);
    await keys.verifies(false);
    await page.goto(`${ISSUER}/account/passkeys`);
    await page.getByRole("button", { name: "Add a passkey" }).click();
    await page.waitForFunction(() => document.querySelector("[data-note]").textContent);
    assert.match(await note(page).innerText(), /No passkey was added/);
    assert.equal((await keys.credentials()).length, 0);
    await signOut(page);
    await page.goto(`${ISSUER}/login`);
    const button = page.getByRole("button", { name: "Sign in with a passkey" });
    await button.click();
    await page.waitForFunction(() => document.querySelector("form[data-passkey] [data-note]").textContent);
    assert.match(await note(page).innerText(), /cancelled/);
    // The page is usable still, and the button has the focus.
    assert.equal(await button.evaluate((b) => b === document.activeElement && !b.disabled), true);
    await page.locator("input[name=username]").fill(BOB.username);
    await page.locator("input[name=password]").fill(BOB.password);
    await follow(page, page.getByRole("button", { name: "Sign in", exact: true }));
    await signedInAs(page, BOB);
  }));

test("no button where the browser knows no passkeys, or runs no script", async () => {
  await visit(browser, { javaScriptEnabled: false }, async (page) => {
    await page.goto(`${ISSUER}/login`);
    assert.equal(await page.getByRole("button", { name: /passkey/ }).count(), 0);
    assert.equal(await heading(page), "Sign in");
  });
  await visit(browser, {}, async (page) => {
    await page.addInitScript(() => delete window.PublicKeyCredential);
    await page.goto(`${ISSUER}/login`);
    assert.equal(await page.getByRole("button", { name: /passkey/ }).count(), 0);
    await withPassword(page, BOB);
    await page.goto(`${ISSUER}/account/passkeys`);
    assert.equal(await page.getByRole("button", { name: "Add a passkey" }).count(), 0);
    assert.match(await note(page).innerText(), /no passkeys/);
  });
});
