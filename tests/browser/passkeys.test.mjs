// Passkeys with the virtual authenticator of Chromium: added in the account area, used by button, by autofill and as second factor, removed.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { BOB, ISSUER, follow, heading, launch, press, visit } from "./support.mjs";

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

/** An authenticator inside the browser, which unlocks for whoever is there. */
async function authenticator(page) {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("WebAuthn.enable", { enableUI: false });
  const options = {
    protocol: "ctap2",
    transport: "internal",
    hasResidentKey: true,
    hasUserVerification: true,
    isUserVerified: true,
    automaticPresenceSimulation: true,
  };
  const { authenticatorId } = await devtools.send("WebAuthn.addVirtualAuthenticator", { options });
  // Its autofill answers at once, so it is held back where a button is to be pressed.
  await page.addInitScript(() => {
    if (sessionStorage.getItem("autofill") !== "yes") PublicKeyCredential.isConditionalMediationAvailable = async () => false;
  });
  return {
    credentials: async () => (await devtools.send("WebAuthn.getCredentials", { authenticatorId })).credentials,
    verifies: (isUserVerified) => devtools.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified }),
    offers: (can) => page.evaluate((answer) => sessionStorage.setItem("autofill", answer), can ? "yes" : "no"),
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

/** Presses a button that sends nothing, and gives what is said at it. */
async function refusal(page, name) {
  await page.getByRole("button", { name }).click();
  await page.waitForFunction(() => document.querySelector("form[data-passkey] [data-note]").textContent);
  return note(page).innerText();
}

test("added, used by button and by autofill, as second factor, renamed, removed", () =>
  visit(browser, {}, async (page) => {
    const keys = await authenticator(page);
    await withPassword(page, BOB);
    await page.goto(`${ISSUER}/account/passkeys`);
    await page.locator("form[data-passkey] input[name=name]").fill("This laptop");
    await press(page, "Add a passkey");
    // With the first second factor come recovery codes.
    assert.equal(await page.locator("main li code").count(), 10);
    assert.equal((await keys.credentials()).length, 1);
    await page.goto(`${ISSUER}/account/passkeys`);
    assert.match(await page.locator("main").innerText(), /This laptop[^]*Not used yet/);
    await signOut(page);

    // By the button, with the keyboard.
    await page.goto(`${ISSUER}/login`);
    await page.getByRole("button", { name: "Sign in with a passkey" }).focus();
    await Promise.all([page.waitForURL(`${ISSUER}/`), page.keyboard.press("Enter")]);
    await signedInAs(page, BOB);

    // The same authenticator has one already.
    await page.goto(`${ISSUER}/account/passkeys`);
    assert.match(await page.locator("main").innerText(), /Last used/);
    assert.match(await refusal(page, "Add a passkey"), /already/);
    await signOut(page);

    // By autofill: the browser offers it while the page waits for a name.
    await keys.offers(true);
    await page.goto(`${ISSUER}/login`);
    await page.waitForURL(`${ISSUER}/`);
    await signedInAs(page, BOB);
    await keys.offers(false);
    await signOut(page);

    // As second factor.
    await withPassword(page, BOB);
    assert.match(page.url(), /\/login\/second\?/);
    await Promise.all([page.waitForURL(`${ISSUER}/`), page.getByRole("button", { name: "Confirm with a passkey" }).click()]);
    await signedInAs(page, BOB);

    await page.goto(`${ISSUER}/account/passkeys`);
    await page.locator("summary", { hasText: "Rename" }).click();
    await page.locator("form[action$=rename] input[name=name]").fill("Old laptop");
    await press(page, "Save");
    assert.match(await page.locator("main").innerText(), /The name was changed\.[^]*Old laptop/);
    await page.locator("summary", { hasText: "Remove" }).click();
    await press(page, "Remove passkey");
    assert.match(await page.locator("main").innerText(), /The passkey was removed\.[^]*no passkeys yet/);
    await signOut(page);

    // Gone: told in words, and nobody is signed in. Where the browser took the hint, it has forgotten the passkey itself.
    await page.goto(`${ISSUER}/login`);
    assert.match(await refusal(page, "Sign in with a passkey"), /not known here|no passkey for this page/);
  }));

test("what goes wrong is said at the button", () =>
  visit(browser, {}, async (page) => {
    const keys = await authenticator(page);
    await withPassword(page, BOB);
    await keys.verifies(false);
    await page.goto(`${ISSUER}/account/passkeys`);
    assert.match(await refusal(page, "Add a passkey"), /No passkey was added/);
    assert.equal((await keys.credentials()).length, 0);
    await signOut(page);
    await page.goto(`${ISSUER}/login`);
    assert.match(await refusal(page, "Sign in with a passkey"), /cancelled/);
    // The page is usable still, and the button has the focus.
    const button = page.getByRole("button", { name: "Sign in with a passkey" });
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
