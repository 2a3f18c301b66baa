//! A public key, or a shared secret, ready to verify; bound to one algorithm.
//!
//! ES256, EdDSA and HS256 verify with ring, which is faster; the others with josekit (`docs/decisions/signing-with-ring.md`).

use std::fmt;

use josekit::{
    jwk::Jwk,
    jws::{ES256, ES384, EdDSA, JwsVerifier, PS256, RS256},
};
use ring::{
    hmac,
    signature::{ECDSA_P256_SHA256_FIXED, ED25519, UnparsedPublicKey, VerificationAlgorithm},
};
use serde_json::{Map, Value};

use super::{
    Alg, JoseError,
    key::{coordinates, hmac_key, public_members},
};

/// A public key (or a shared secret) ready to verify; bound to one algorithm.
pub struct Verifier {
    alg: Alg,
    key: VerifyingKey,
}

enum VerifyingKey {
    Ring(UnparsedPublicKey<Vec<u8>>),
    Josekit(Box<dyn JwsVerifier>),
    Secret(hmac::Key),
}

impl Verifier {
    /// Build from a public JWK. Only the members that `alg` needs are read; `use`, `key_ops` and the JWK's own `alg` are the caller's to judge.
    pub fn from_public_jwk(alg: Alg, jwk: &Value) -> Result<Self, JoseError> {
        Self::from_map(alg, jwk.as_object().ok_or(JoseError::BadKey("it is not an object"))?)
    }

    pub(super) fn from_map(alg: Alg, jwk: &Map<String, Value>) -> Result<Self, JoseError> {
        let public = public_members(alg, jwk)?;
        let bytes = coordinates(&public)?;
        let jwk = Jwk::from_map(public).map_err(|_| MALFORMED)?;
        let josekit = |verifier| VerifyingKey::Josekit(verifier);
        // josekit reads every key, so that a point off the curve is refused here and not at the first signature.
        let key = match alg {
            Alg::Es256 => ES256.verifier_from_jwk(&jwk).map(|_| ring_key(&ECDSA_P256_SHA256_FIXED, bytes)),
            Alg::EdDsa => EdDSA.verifier_from_jwk(&jwk).map(|_| ring_key(&ED25519, bytes)),
            Alg::Es384 => ES384.verifier_from_jwk(&jwk).map(|key| josekit(Box::new(key))),
            Alg::Rs256 => RS256.verifier_from_jwk(&jwk).map(|key| josekit(Box::new(key))),
            Alg::Ps256 => PS256.verifier_from_jwk(&jwk).map(|key| josekit(Box::new(key))),
            Alg::Hs256 => return Err(JoseError::NoKeyPair(alg)),
        };
        Ok(Self { alg, key: key.map_err(|_| MALFORMED)? })
    }

    /// HS256 with a secret of at least 32 bytes.
    pub fn hmac(secret: &[u8]) -> Result<Self, JoseError> {
        Ok(Self { alg: Alg::Hs256, key: VerifyingKey::Secret(hmac_key(secret)?) })
    }

    /// The one algorithm it verifies.
    pub const fn alg(&self) -> Alg {
        self.alg
    }

    /// Is `signature` (raw bytes, JOSE format) this key's over `message`?
    pub(super) fn is_valid(&self, message: &[u8], signature: &[u8]) -> bool {
        match &self.key {
            VerifyingKey::Ring(key) => key.verify(message, signature).is_ok(),
            VerifyingKey::Josekit(key) => key.verify(message, signature).is_ok(),
            VerifyingKey::Secret(key) => hmac::verify(key, message, signature).is_ok(),
        }
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier").field("alg", &self.alg).finish_non_exhaustive()
    }
}

const MALFORMED: JoseError = JoseError::BadKey("the public key is malformed");

fn ring_key(alg: &'static dyn VerificationAlgorithm, bytes: Vec<u8>) -> VerifyingKey {
    VerifyingKey::Ring(UnparsedPublicKey::new(alg, bytes))
}
