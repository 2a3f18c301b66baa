// An app through openid-client: what every test of the code flow begins with.
import * as oidc from "openid-client";
import { ISSUER, Robot, registered } from "./robot.mjs";

/** Discovers the server for a registered client, in the way it authenticates. */
export async function discover(name, auth, metadata = {}) {
  const client = registered(name);
  const { userinfo_signed_response_alg, id_token_signed_response_alg } = client;
  const given = { userinfo_signed_response_alg, id_token_signed_response_alg, ...metadata };
  for (const key of Object.keys(given)) if (given[key] === undefined) delete given[key];
  const config = await oidc.discovery(new URL(ISSUER), client.client_id, given, auth ?? oidc.ClientSecretBasic(client.client_secret), {
    execute: [oidc.allowInsecureRequests],
  });
  // Signatures of ID tokens are checked too, though they come straight from the token endpoint.
  oidc.enableNonRepudiationChecks(config);
  return config;
}

/** An authorization request with PKCE, state and nonce, and the checks that its answer must pass. */
export async function ask(config, parameters) {
  const checks = {
    pkceCodeVerifier: oidc.randomPKCECodeVerifier(),
    expectedState: oidc.randomState(),
    expectedNonce: oidc.randomNonce(),
    idTokenExpected: true,
  };
  const url = oidc.buildAuthorizationUrl(config, {
    scope: "openid",
    code_challenge: await oidc.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
    code_challenge_method: "S256",
    state: checks.expectedState,
    nonce: checks.expectedNonce,
    ...parameters,
  });
  return { url, checks };
}

/** The whole code flow; gives the tokens and which pages were shown. */
export async function signIn(config, parameters, { robot = new Robot(), at = {}, ...walk } = {}) {
  const { url, checks } = await ask(config, parameters);
  const seen = [];
  const answer = await robot.walk(url, { ...walk, seen });
  const tokens = await oidc.authorizationCodeGrant(config, answer, checks, at);
  return { tokens, seen, robot, claims: tokens.claims() };
}

/** The error that a promise ends with. */
export async function failure(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("this should have failed");
}
