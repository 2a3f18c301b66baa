// await-client.mjs CLIENT.json: returns as soon as the running server knows a client that a command registered beside it.
import { readFileSync } from "node:fs";

const client = JSON.parse(readFileSync(process.argv[2], "utf8"));
const url = new URL(process.env.DOORWARD_TEST_ISSUER + "/authorize");
const [redirect_uri] = client.redirect_uris;
url.search = new URLSearchParams({ client_id: client.client_id, redirect_uri, response_type: "code", prompt: "none" });
const began = Date.now();
// An unknown client gets a page; a known one gets its answer, though it be an error.
while ((await fetch(url, { redirect: "manual" })).status !== 303) {
  if (Date.now() - began > 6000) throw new Error("the server did not notice the new client within 5 s");
  await new Promise((resolve) => setTimeout(resolve, 50));
}
