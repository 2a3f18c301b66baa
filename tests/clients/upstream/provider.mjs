// An upstream through the oidc-provider package: its own defaults, development pages and keys.
import { once } from "node:events";
import Provider from "oidc-provider";

export const PERSON = "dora";

/** Starts it at `issuer` with our registrations; gives the server to close. */
export async function serve(issuer, registrations) {
  const provider = new Provider(issuer, {
    clients: registrations.map(({ client_id, client_secret, redirect_uri }) => ({
      client_id,
      client_secret,
      redirect_uris: [redirect_uri],
      grant_types: ["authorization_code"],
      response_types: ["code"],
    })),
    claims: { email: ["email", "email_verified"], profile: ["name", "preferred_username", "given_name", "locale"] },
    pkce: { required: () => true },
    cookies: { keys: ["not-a-secret-of-anybody"] },
    features: { devInteractions: { enabled: true } },
    findAccount: (_, id) => ({
      accountId: id,
      claims: () => ({
        sub: id,
        email: `${id}@idp.example`,
        email_verified: true,
        name: "Dora Dean",
        preferred_username: id,
        given_name: "Dora",
        locale: "fr",
      }),
    }),
  });
  const server = provider.listen(new URL(issuer).port, "127.0.0.1");
  await once(server, "listening");
  return server;
}
