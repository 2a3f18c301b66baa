#!/usr/bin/env bash
# Signs in to Doorward with a key that is registered at ISSUER/account/keys, and keeps the session in a cookie jar.
#
#   signature-login.sh ISSUER KEY.pem JAR
#
# Prints where a browser would go next: the start page, or the page of a second factor that is still missing. Needs curl, jq and OpenSSL 3.
set -euo pipefail

issuer=${1%/} key=$2 jar=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

post() { # PATH: JSON in, JSON out; cookies go both ways
  curl --silent --show-error --fail-with-body --cookie "$jar" --cookie-jar "$jar" \
    --header 'Content-Type: application/json' --data-binary @- "$issuer$1"
}

public=$(openssl pkey -in "$key" -pubout)
jq -n --arg key "$public" '{public_key: $key}' | post /login/signature/challenge >"$work/challenge.json"

# One line, to be signed to the byte; read it before you sign.
jq -j .message "$work/challenge.json" >"$work/message.txt"
if openssl pkey -in "$key" -noout -text | grep -q '^ED25519'; then
  openssl pkeyutl -sign -rawin -inkey "$key" -in "$work/message.txt" -out "$work/signature"
else
  openssl dgst -sha256 -sign "$key" -out "$work/signature" "$work/message.txt"
fi

jq -n --slurpfile asked "$work/challenge.json" --arg key "$public" \
  --arg signature "$(openssl base64 -A -in "$work/signature" | tr '+/' '-_' | tr -d '=')" \
  '{challenge: $asked[0].challenge, public_key: $key, signature: $signature}' |
  post /login/signature | jq -r .location
