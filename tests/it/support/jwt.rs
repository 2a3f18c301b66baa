//! Reading and making JWTs as a client would.

use std::sync::OnceLock;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use doorward::jose::{Alg, ClientKeys, Signer, Typ, Unverified, Verifier, generate};
use serde_json::{Value, json};

use super::TestApp;

/// Header and claims, unverified.
#[track_caller]
pub(crate) fn decode(token: &str) -> (Value, Value) {
    let part = |n: usize| {
        let text = token.split('.').nth(n).unwrap_or_else(|| panic!("no JWT: {token}"));
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap()
    };
    (part(0), part(1))
}

/// Header and claims, verified with our published keys.
pub(crate) async fn verify(t: &TestApp, token: &str) -> (Value, Value) {
    let path = format!("{}/jwks", t.app.urls.base());
    let keys = ClientKeys::parse(&t.get(&path).await.body).unwrap();
    let verified = Unverified::parse(token).unwrap().verify(|header| keys.pick(header)).unwrap();
    assert_eq!(decode(token).1, Value::Object(verified.claims));
    decode(token)
}

/// Claims of a token that is keyed with a shared secret.
#[track_caller]
pub(crate) fn hs256(secret: &str, token: &str) -> Value {
    let verifier = Verifier::hmac(secret.as_bytes()).unwrap();
    Value::Object(Unverified::parse(token).unwrap().verify(|_| Ok(Some(&verifier))).unwrap().claims)
}

/// A client's own key pair.
pub(crate) struct ClientKey {
    signer: Signer,
    public: Value,
}

impl ClientKey {
    /// An ES256 key; the same for `n` all through this process.
    pub(crate) fn es256(n: usize) -> &'static Self {
        static KEYS: [OnceLock<ClientKey>; 2] = [OnceLock::new(), OnceLock::new()];
        KEYS[n].get_or_init(|| Self::new(Alg::Es256))
    }

    pub(crate) fn new(alg: Alg) -> Self {
        let key = generate(alg).unwrap();
        Self { signer: Signer::from_private_jwk(alg, &key.kid, &key.private_jwk).unwrap(), public: key.public_jwk }
    }

    /// One that signs with a shared secret.
    pub(crate) fn secret(secret: &str) -> Self {
        Self { signer: Signer::hmac(secret.as_bytes()).unwrap(), public: Value::Null }
    }

    pub(crate) fn jwks(&self) -> Value {
        json!({ "keys": [self.public] })
    }

    pub(crate) fn sign(&self, claims: &Value) -> String {
        self.signer.sign(Typ::Jwt, claims).unwrap()
    }
}
