// Client credentials of openid-client, in each way a client authenticates; audiences (RFC 8707) and what an API makes of the tokens.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import { createRemoteJWKSet, exportJWK, generateKeyPair, importJWK, jwtVerify } from "jose";
import * as oidc from "openid-client";
import { discover, failure, signIn } from "./app.mjs";
import { ISSUER, registered, resource, secret } from "./robot.mjs";

const ORDERS = "https://orders.example";
const keys = () => createRemoteJWKSet(new URL(`${ISSUER}/jwks`));
const asOrders = (token) => jwtVerify(token, keys(), { issuer: ISSUER, audience: ORDERS, typ: "at+jwt", algorithms: ["ES256"] });

async function job(name, auth) {
  const config = await discover(name, auth);
  return oidc.clientCredentialsGrant(config, { resource: ORDERS, scope: "orders:read" });
}

test("client_secret_basic: a JWT that the API verifies by RFC 9068", async () => {
  const tokens = await job("job", oidc.ClientSecretBasic(registered("job").client_secret));
  const { payload } = await asOrders(tokens.access_token);
  assert.equal(payload.client_id, "job");
  assert.equal(payload.sub, "job");
  assert.equal(payload.scope, "orders:read");
  assert.equal(payload.exp - payload.iat, resource("orders").access_token_ttl);
  assert.equal(tokens.refresh_token, undefined);
});

test("client_secret_jwt", async () => {
  const tokens = await job("job-secret-jwt", oidc.ClientSecretJwt(registered("job-secret-jwt").client_secret));
  assert.equal((await asOrders(tokens.access_token)).payload.sub, "job-secret-jwt");
});

test("private_key_jwt with a registered key", async () => {
  const jwk = secret("job-key-jwt.private.json");
  const key = await importJWK(jwk, "ES256");
  const tokens = await job("job-key-jwt", oidc.PrivateKeyJwt({ key, kid: jwk.kid }));
  assert.equal((await asOrders(tokens.access_token)).payload.sub, "job-key-jwt");
});

test("private_key_jwt with keys behind jwks_uri, which rotate", async () => {
  let published = [];
  const server = createServer((_, response) => {
    response.setHeader("content-type", "application/jwk-set+json");
    response.end(JSON.stringify({ keys: published }));
  });
  await new Promise((resolve) => server.listen(new URL(registered("job-jwks-uri").jwks_uri).port, "127.0.0.1", resolve));
  const make = async (kid) => {
    const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true });
    return { key: privateKey, kid, jwk: { ...(await exportJWK(publicKey)), kid, use: "sig", alg: "ES256" } };
  };
  const [first, second] = [await make("k-1"), await make("k-2")];
  const ask = ({ key, kid }) => job("job-jwks-uri", oidc.PrivateKeyJwt({ key, kid }));
  try {
    published = [first.jwk];
    assert.equal((await asOrders((await ask(first)).access_token)).payload.sub, "job-jwks-uri");
    assert.equal((await failure(ask(second))).error, "invalid_client");
    published = [second.jwk];
    assert.ok((await ask(second)).access_token);
    assert.equal((await failure(ask(first))).error, "invalid_client");
  } finally {
    server.close();
    server.closeAllConnections();
  }
});

test("private_key_jwt with a key of somebody else: invalid_client", async () => {
  const { privateKey } = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign"]);
  const error = await failure(job("job-key-jwt", oidc.PrivateKeyJwt({ key: privateKey, kid: "job-1" })));
  assert.equal(error.error, "invalid_client");
});

test("a wrong secret: invalid_client with its challenge", async () => {
  const error = await failure(job("job", oidc.ClientSecretBasic("wrong".repeat(10))));
  assert.equal(error.code, "OAUTH_WWW_AUTHENTICATE_CHALLENGE");
  assert.equal(error.status, 401);
});

test("a secret in the body of a client registered for Basic: invalid_client", async () => {
  const error = await failure(job("job", oidc.ClientSecretPost(registered("job").client_secret)));
  assert.equal(error.status, 401);
});

test("a resource that is not registered: invalid_target", async () => {
  const config = await discover("job");
  const error = await failure(oidc.clientCredentialsGrant(config, { resource: "https://nobody.example" }));
  assert.equal(error.error, "invalid_target");
});

test("resource at authorize and at token: one token for each API", async () => {
  const config = await discover("web");
  const { tokens } = await signIn(
    config,
    { redirect_uri: "https://web.example/callback", scope: "openid offline_access orders:read orders:write", resource: ORDERS },
    { at: { resource: ORDERS } },
  );
  const { payload } = await asOrders(tokens.access_token);
  assert.equal(payload.client_id, "web");
  assert.deepEqual(payload.scope.split(" ").sort(), ["orders:read", "orders:write"]);
  const less = await oidc.refreshTokenGrant(config, tokens.refresh_token, { resource: ORDERS, scope: "orders:read" });
  assert.equal((await asOrders(less.access_token)).payload.scope, "orders:read");
});

test("an opaque token is read by introspection", async () => {
  const config = await discover("job");
  const tokens = await oidc.clientCredentialsGrant(config, { resource: "https://vault.example", scope: "vault:open" });
  assert.doesNotMatch(tokens.access_token, /\./);
  const answer = await oidc.tokenIntrospection(config, tokens.access_token);
  assert.equal(answer.active, true);
  assert.equal(answer.aud.toString(), "https://vault.example");
  assert.equal(answer.scope, "vault:open");
  await oidc.tokenRevocation(config, tokens.access_token);
  assert.equal((await oidc.tokenIntrospection(config, tokens.access_token)).active, false);
});

test("who may not introspect is refused", async () => {
  const config = await discover("trusted");
  const error = await failure(oidc.tokenIntrospection(config, "whatever"));
  assert.equal(error.status, 403);
});
