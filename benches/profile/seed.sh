#!/bin/sh
# Wipes and seeds the database that doorward.json measures: one API, three clients, 64 people.
# Needs DOORWARD_TEST_BIN (the release binary) and BENCH_KEYS (a folder with the harness's jwks.json).
set -eu
rm -rf "$DOORWARD_DATA_DIR"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
secret=bench-secret-0123456789abcdef0123456789abcdef

cat >"$dir/api.json" <<JSON
{"audience": "urn:bench:api", "scopes": ["api"], "signing_alg": "ES256", "access_token_ttl": 3600}
JSON
cat >"$dir/basic.json" <<JSON
{"client_id": "bench-basic", "client_secret": "$secret", "grant_types": ["client_credentials"],
 "resources": ["urn:bench:api"], "may_introspect": true}
JSON
cat >"$dir/pkjwt.json" <<JSON
{"client_id": "bench-pkjwt", "token_endpoint_auth_method": "private_key_jwt", "grant_types": ["client_credentials"],
 "resources": ["urn:bench:api"], "jwks": $(cat "$BENCH_KEYS/jwks.json")}
JSON
cat >"$dir/code.json" <<JSON
{"client_id": "bench-code", "client_secret": "$secret", "redirect_uris": ["http://127.0.0.1:9099/cb"],
 "grant_types": ["authorization_code", "refresh_token"], "trusted": true, "id_token_signed_response_alg": "ES256"}
JSON
"$DOORWARD_TEST_BIN" resource add --from "$dir/api.json" >/dev/null
for client in basic pkjwt code; do
  "$DOORWARD_TEST_BIN" client add --from "$dir/$client.json" >/dev/null
done
i=0
while [ $i -lt 64 ]; do
  echo bench-password-1 | "$DOORWARD_TEST_BIN" user add --username "user$i@example.com" --email "user$i@example.com" \
    --email-verified --password-stdin >/dev/null
  i=$((i + 1))
done
