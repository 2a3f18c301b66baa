// Authorization code flow of openid-client: the three kinds of clients, userinfo, refresh, revocation, introspection, errors.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as oidc from "openid-client";
import { ask, discover, failure, signIn } from "./app.mjs";
import { ALICE, ISSUER, Robot, registered } from "./robot.mjs";

const WEB = { redirect_uri: "https://web.example/callback" };

test("discovery is complete for the library", async () => {
  const server = (await discover("web")).serverMetadata();
  assert.equal(server.issuer, ISSUER);
  assert.equal(server.supportsPKCE(), true);
  for (const endpoint of ["authorization", "token", "userinfo", "introspection", "revocation", "end_session"]) {
    assert.match(server[`${endpoint}_endpoint`], new RegExp(`^${ISSUER}/`));
  }
});

test("discovery by RFC 8414 says the same", async () => {
  const client = registered("web");
  const config = await oidc.discovery(new URL(ISSUER), client.client_id, client.client_secret, undefined, {
    algorithm: "oauth2",
    execute: [oidc.allowInsecureRequests],
  });
  assert.equal(config.serverMetadata().token_endpoint, `${ISSUER}/token`);
});

test("confidential client by client_secret_basic: sign in, consent, ID token, userinfo", async () => {
  const config = await discover("web");
  const { tokens, seen, claims } = await signIn(config, { ...WEB, scope: "openid profile email" });
  assert.deepEqual(seen, ["login", "consent"]);
  assert.equal(tokens.token_type, "bearer");
  assert.equal(tokens.expires_in > 0, true);
  assert.equal(claims.iss, ISSUER);
  assert.equal(claims.aud, "web");
  assert.equal(typeof claims.auth_time, "number");
  assert.equal(typeof claims.sid, "string");
  assert.deepEqual(claims.amr, ["pwd"]);
  const userinfo = await oidc.fetchUserInfo(config, tokens.access_token, claims.sub);
  assert.equal(userinfo.name, ALICE.name);
  assert.equal(userinfo.preferred_username, ALICE.username);
  assert.equal(userinfo.email, ALICE.email);
  assert.equal(userinfo.email_verified, true);
});

test("confidential client by client_secret_post, signed userinfo, pairwise subject", async () => {
  const { client_secret } = registered("post");
  const config = await discover("post", oidc.ClientSecretPost(client_secret));
  const { tokens, claims } = await signIn(config, { redirect_uri: "https://post.example/callback", scope: "openid email" });
  // The library refuses a plain answer where a signed one is registered, and checks signature, iss and aud.
  const userinfo = await oidc.fetchUserInfo(config, tokens.access_token, claims.sub);
  assert.equal(userinfo.email, ALICE.email);
  assert.equal(userinfo.aud, "post");
  const other = await signIn(await discover("web"), WEB);
  assert.notEqual(other.claims.sub, claims.sub);
});

test("public native client on a loopback port of its own", async () => {
  const config = await discover("native", oidc.None());
  const { tokens, claims } = await signIn(config, { redirect_uri: "http://127.0.0.1:50123/callback" });
  assert.equal(claims.aud, "native");
  const again = await oidc.refreshTokenGrant(config, tokens.refresh_token);
  assert.equal(again.claims().sub, claims.sub);
});

test("response_mode=form_post", async () => {
  const config = await discover("web");
  const { url, checks } = await ask(config, { ...WEB, response_mode: "form_post" });
  const request = await new Robot().walk(url);
  assert.equal(request.method, "POST");
  const tokens = await oidc.authorizationCodeGrant(config, request, checks);
  assert.equal(tokens.claims().aud, "web");
});

test("response_mode=fragment", async () => {
  const config = await discover("web");
  const { url, checks } = await ask(config, { ...WEB, response_mode: "fragment" });
  const answer = await new Robot().walk(url);
  assert.equal(answer.search, "");
  answer.search = answer.hash.slice(1);
  answer.hash = "";
  const tokens = await oidc.authorizationCodeGrant(config, answer, checks);
  assert.equal(tokens.claims().aud, "web");
});

test("one sign-in for several apps, and prompt=none for a signed-in person", async () => {
  const { robot, claims } = await signIn(await discover("web"), WEB);
  const second = await signIn(await discover("trusted"), { redirect_uri: "https://wiki.example/callback" }, { robot });
  assert.deepEqual(second.seen, []);
  assert.equal(second.claims.sub, claims.sub);
  const silent = await signIn(await discover("web"), { ...WEB, prompt: "none" }, { robot });
  assert.deepEqual(silent.seen, []);
  assert.equal(silent.claims.sid, claims.sid);
});

test("prompt=login and max_age ask again and move auth_time", async () => {
  const config = await discover("web");
  const { robot, claims } = await signIn(config, WEB);
  await new Promise((resolve) => setTimeout(resolve, 1100 - (Date.now() % 1000)));
  const again = await signIn(config, { ...WEB, prompt: "login" }, { robot });
  assert.deepEqual(again.seen, ["login"]);
  assert.ok(again.claims.auth_time > claims.auth_time);
  const { url, checks } = await ask(config, { ...WEB, max_age: "3600" });
  const tokens = await oidc.authorizationCodeGrant(config, await robot.walk(url), { ...checks, maxAge: 3600 });
  assert.equal(tokens.claims().auth_time, again.claims.auth_time);
});

test("refresh twice; the first refresh token again gives the same successor within the grace", async () => {
  const config = await discover("web");
  const { tokens, claims } = await signIn(config, { ...WEB, scope: "openid offline_access" });
  const first = await oidc.refreshTokenGrant(config, tokens.refresh_token);
  assert.notEqual(first.refresh_token, tokens.refresh_token);
  assert.equal(first.claims().sub, claims.sub);
  assert.equal(first.claims().auth_time, claims.auth_time);
  const same = await oidc.refreshTokenGrant(config, tokens.refresh_token);
  assert.equal(same.refresh_token, first.refresh_token);
  const second = await oidc.refreshTokenGrant(config, first.refresh_token);
  // Once a later one has been used, the first is a replay, and ends the grant.
  const replay = await failure(oidc.refreshTokenGrant(config, tokens.refresh_token));
  assert.equal(replay.error, "invalid_grant");
  const dead = await failure(oidc.refreshTokenGrant(config, second.refresh_token));
  assert.equal(dead.error, "invalid_grant");
});

test("revoked, a refresh token refreshes no more, and its access token opens nothing", async () => {
  const config = await discover("web");
  const { tokens, claims } = await signIn(config, { ...WEB, scope: "openid offline_access" });
  await oidc.tokenRevocation(config, tokens.refresh_token, { token_type_hint: "refresh_token" });
  assert.equal((await failure(oidc.refreshTokenGrant(config, tokens.refresh_token))).error, "invalid_grant");
  const refused = await failure(oidc.fetchUserInfo(config, tokens.access_token, claims.sub));
  assert.equal(refused.code, "OAUTH_WWW_AUTHENTICATE_CHALLENGE");
  assert.equal(refused.cause[0].parameters.error, "invalid_token");
  assert.equal((await oidc.tokenIntrospection(config, tokens.access_token)).active, false);
});

test("introspection of access and refresh token", async () => {
  const config = await discover("web");
  const { tokens, claims } = await signIn(config, { ...WEB, scope: "openid email" });
  const access = await oidc.tokenIntrospection(config, tokens.access_token);
  assert.equal(access.active, true);
  assert.equal(access.client_id, "web");
  assert.equal(access.sub, claims.sub);
  assert.deepEqual(access.scope.split(" ").sort(), ["email", "openid"]);
  const refresh = await oidc.tokenIntrospection(config, tokens.refresh_token, { token_type_hint: "refresh_token" });
  assert.equal(refresh.active, true);
  assert.equal(refresh.token_type, "refresh_token");
});

test("a code redeems once; the second try ends what the first gave", async () => {
  const config = await discover("web");
  const { url, checks } = await ask(config, WEB);
  const answer = await new Robot().walk(url);
  const tokens = await oidc.authorizationCodeGrant(config, answer, checks);
  assert.equal((await failure(oidc.authorizationCodeGrant(config, answer, checks))).error, "invalid_grant");
  assert.equal((await failure(oidc.refreshTokenGrant(config, tokens.refresh_token))).error, "invalid_grant");
});

test("a wrong PKCE verifier redeems nothing", async () => {
  const config = await discover("web");
  const { url, checks } = await ask(config, WEB);
  const answer = await new Robot().walk(url);
  const wrong = { ...checks, pkceCodeVerifier: oidc.randomPKCECodeVerifier() };
  assert.equal((await failure(oidc.authorizationCodeGrant(config, answer, wrong))).error, "invalid_grant");
});

test("the person denies: access_denied, with state and iss", async () => {
  const config = await discover("web");
  const { url, checks } = await ask(config, { ...WEB, prompt: "consent" });
  const answer = await new Robot().walk(url, { press: "deny" });
  const error = await failure(oidc.authorizationCodeGrant(config, answer, checks));
  assert.equal(error.code, "OAUTH_AUTHORIZATION_RESPONSE_ERROR");
  assert.equal(error.error, "access_denied");
  assert.equal(answer.searchParams.get("iss"), ISSUER);
});

test("prompt=none without a session: login_required", async () => {
  const config = await discover("web");
  const { url, checks } = await ask(config, { ...WEB, prompt: "none" });
  const error = await failure(oidc.authorizationCodeGrant(config, await new Robot().walk(url), checks));
  assert.equal(error.error, "login_required");
});

test("an unknown scope: invalid_scope", async () => {
  const config = await discover("web");
  const { url, checks } = await ask(config, { ...WEB, scope: "openid no:such" });
  const error = await failure(oidc.authorizationCodeGrant(config, await new Robot().walk(url), checks));
  assert.equal(error.error, "invalid_scope");
});

test("a redirect URI that is not registered gets a page and no redirect", async () => {
  const config = await discover("web");
  const { url } = await ask(config, { redirect_uri: "https://evil.example/callback" });
  const page = await new Robot().walk(url);
  assert.equal(typeof page, "string");
  assert.match(page, /<h1>/);
  assert.doesNotMatch(page, /evil\.example\/callback["']/);
});

test("claims parameter: one by one, in ID token and userinfo", async () => {
  const config = await discover("web");
  const wishes = JSON.stringify({ id_token: { email: { essential: true } }, userinfo: { name: null } });
  const { tokens, claims } = await signIn(config, { ...WEB, claims: wishes });
  assert.equal(claims.email, ALICE.email);
  const userinfo = await oidc.fetchUserInfo(config, tokens.access_token, claims.sub);
  assert.equal(userinfo.name, ALICE.name);
  assert.equal(userinfo.email, undefined);
});
