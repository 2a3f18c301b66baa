// RP-initiated logout of openid-client.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as oidc from "openid-client";
import { ask, discover, failure, signIn } from "./app.mjs";

const WEB = { redirect_uri: "https://web.example/callback" };
const BYE = "https://web.example/bye";

test("with id_token_hint: signed out at once, back at the app with its state", async () => {
  const config = await discover("web");
  const { tokens, robot } = await signIn(config, WEB);
  const url = oidc.buildEndSessionUrl(config, {
    id_token_hint: tokens.id_token,
    post_logout_redirect_uri: BYE,
    state: "a b&c",
  });
  const seen = [];
  const back = await robot.walk(url, { seen });
  assert.deepEqual(seen, []);
  assert.equal(`${back.origin}${back.pathname}`, BYE);
  assert.equal(back.searchParams.get("state"), "a b&c");
  const { url: silent, checks } = await ask(config, { ...WEB, prompt: "none" });
  const error = await failure(oidc.authorizationCodeGrant(config, await robot.walk(silent), checks));
  assert.equal(error.error, "login_required");
});

test("the grant of a session ends with it; one with offline_access outlives it", async () => {
  const config = await discover("web");
  const { tokens: online, robot } = await signIn(config, WEB);
  const { tokens: offline } = await signIn(config, { ...WEB, scope: "openid offline_access" }, { robot });
  await robot.walk(oidc.buildEndSessionUrl(config, { id_token_hint: online.id_token, post_logout_redirect_uri: BYE }));
  assert.equal((await failure(oidc.refreshTokenGrant(config, online.refresh_token))).error, "invalid_grant");
  assert.ok((await oidc.refreshTokenGrant(config, offline.refresh_token)).access_token);
});

test("without a hint the person is asked, and may stay", async () => {
  const config = await discover("web");
  const { robot } = await signIn(config, WEB);
  const url = oidc.buildEndSessionUrl(config, { post_logout_redirect_uri: BYE });
  const seen = [];
  assert.equal(typeof (await robot.walk(url, { press: "cancel", seen })), "string");
  assert.deepEqual(seen, ["/logout"]);
  const silent = await signIn(config, { ...WEB, prompt: "none" }, { robot });
  assert.deepEqual(silent.seen, []);
  const back = await robot.walk(url, { press: "logout" });
  assert.equal(back.href, BYE);
});

test("an address that is not registered is not gone to", async () => {
  const config = await discover("web");
  const { tokens, robot } = await signIn(config, WEB);
  const page = await robot.walk(
    oidc.buildEndSessionUrl(config, { id_token_hint: tokens.id_token, post_logout_redirect_uri: "https://evil.example/" }),
  );
  assert.equal(typeof page, "string");
});
