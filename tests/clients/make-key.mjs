// make-key.mjs CLIENT.json PRIVATE.json: makes a P-256 key pair; the public half joins the client's registration.
import { generateKeyPairSync } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";

const [client, secret] = process.argv.slice(2);
const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const named = { kid: "job-1", alg: "ES256", use: "sig" };
const registration = JSON.parse(readFileSync(client, "utf8"));
registration.jwks = { keys: [{ ...publicKey.export({ format: "jwk" }), ...named }] };
writeFileSync(client, JSON.stringify(registration));
writeFileSync(secret, JSON.stringify({ ...privateKey.export({ format: "jwk" }), ...named }), { mode: 0o600 });
