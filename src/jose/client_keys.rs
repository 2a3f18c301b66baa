//! JWK Sets from outside (RFC 7517): a client's inline `jwks` or what its `jwks_uri` answered.
//!
//! What we do not understand is skipped (§5), so that a client may publish keys of tomorrow beside those of today. What must never be
//! in a client's set, a private or symmetric key, refuses the set as a whole: its owner has leaked it and should hear so.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{Alg, Header, JwtError, Limits, Verifier, jwt::parse};

/// Why a JWK Set is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClientKeysError {
    /// Not a JSON object with an array `keys` of objects.
    #[error("the JWK Set is not a JSON object with an array named keys")]
    Malformed,
    /// More than [`ClientKeys::MOST_KEYS`].
    #[error("the JWK Set has more than 100 keys")]
    TooMany,
    /// A key has a private part.
    #[error("the JWK Set holds a private key; register public keys only, and replace this one")]
    PrivateKey,
    /// A key is a shared secret.
    #[error("the JWK Set holds a symmetric key; register public keys only")]
    SymmetricKey,
    /// An RSA key that is too short, too long, or has an unsafe exponent.
    #[error("the JWK Set holds an RSA key that is not accepted; use 2048 to 8192 bits and the exponent 65537")]
    WeakKey,
}

/// The keys that a client signs with; cloning shares them.
#[derive(Clone, Debug, Default)]
pub struct ClientKeys {
    keys: Arc<[ClientKey]>,
}

#[derive(Debug)]
struct ClientKey {
    kid: Option<String>,
    verifier: Verifier,
}

#[derive(Deserialize)]
struct Set {
    keys: Vec<Map<String, Value>>,
}

impl ClientKeys {
    /// The most keys that a set may have.
    pub const MOST_KEYS: usize = 100;

    /// Read a set; keys that we cannot verify with are left out, so the result may be empty.
    pub fn parse(json: &[u8]) -> Result<Self, ClientKeysError> {
        let set: Set = parse(json, JwtError::BadClaims).map_err(|_| ClientKeysError::Malformed)?;
        if set.keys.len() > Self::MOST_KEYS {
            return Err(ClientKeysError::TooMany);
        }
        let mut keys = Vec::with_capacity(set.keys.len());
        for jwk in &set.keys {
            if jwk.get("kty").and_then(Value::as_str) == Some("oct") || jwk.contains_key("k") {
                return Err(ClientKeysError::SymmetricKey);
            }
            if ["d", "p", "q", "dp", "dq", "qi", "oth", "priv"].iter().any(|name| jwk.contains_key(*name)) {
                return Err(ClientKeysError::PrivateKey);
            }
            if !is_for_signatures(jwk) {
                continue;
            }
            for alg in algs(jwk) {
                match Verifier::from_map(alg, jwk) {
                    Ok(verifier) => {
                        let kid = jwk.get("kid").and_then(Value::as_str).map(str::to_owned);
                        keys.push(ClientKey { kid, verifier });
                    }
                    Err(_) if matches!(alg, Alg::Rs256 | Alg::Ps256) => return Err(ClientKeysError::WeakKey),
                    Err(_) => {}
                }
            }
        }
        Ok(Self { keys: keys.into() })
    }

    /// The keys to try on a token: those it names, else all that fit its algorithm; at most [`Limits::CANDIDATES`].
    ///
    /// A named key of another algorithm is among them, so that the error says `AlgMismatch` and not `UnknownKey`, which would be a reason
    /// to fetch the set again.
    pub fn find(&self, header: &Header) -> Vec<&Verifier> {
        let fits = |key: &ClientKey| key.verifier.alg() == header.alg;
        let named: Vec<_> = match &header.kid {
            Some(kid) => self.keys.iter().filter(|key| key.kid.as_ref() == Some(kid)).collect(),
            None => self.keys.iter().filter(|key| fits(key)).collect(),
        };
        let any_fits = named.iter().any(|key| fits(key));
        let chosen = named.into_iter().filter(|key| !any_fits || fits(key));
        chosen.map(|key| &key.verifier).take(Limits::CANDIDATES).collect()
    }

    /// For [`Unverified::verify`](super::Unverified::verify).
    pub fn pick(&self, header: &Header) -> Result<Vec<&Verifier>, JwtError> {
        Ok(self.find(header))
    }

    /// No key of the set can verify anything.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }
}

/// RFC 7517 §4.2, §4.3: `use` and `key_ops`, where given, must allow verifying.
fn is_for_signatures(jwk: &Map<String, Value>) -> bool {
    let usage = jwk.get("use").is_none_or(|usage| usage == "sig");
    let operations = jwk.get("key_ops").is_none_or(|operations| {
        operations.as_array().is_some_and(|operations| operations.iter().any(|operation| operation == "verify"))
    });
    usage && operations
}

/// What a key can verify: its own `alg` if it has one that fits its type, else all that fit its type and curve.
fn algs(jwk: &Map<String, Value>) -> Vec<Alg> {
    let text = |name: &str| jwk.get(name).and_then(Value::as_str);
    let fitting: &[Alg] = match (text("kty"), text("crv")) {
        (Some("EC"), Some("P-256")) => &[Alg::Es256],
        (Some("EC"), Some("P-384")) => &[Alg::Es384],
        (Some("OKP"), Some("Ed25519")) => &[Alg::EdDsa],
        (Some("RSA"), _) => &[Alg::Rs256, Alg::Ps256],
        _ => &[],
    };
    // RFC 9864 names the curve in the algorithm: "Ed25519" is what "EdDSA" means here.
    let own = jwk.get("alg").map(|alg| alg.as_str().map(|alg| if alg == "Ed25519" { "EdDSA" } else { alg }));
    fitting.iter().copied().filter(|alg| own.is_none_or(|own| own == Some(alg.as_str()))).collect()
}
