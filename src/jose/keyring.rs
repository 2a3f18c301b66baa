//! Our own keys at one moment: which one signs, which ones are published.
//!
//! ```text
//! published, not yet signing --signs_from_ms--> signing --retires_at_ms--> published, verifying only --removed by the caller--> gone
//! ```
//! A key ring is immutable: a change of keys builds a new one. The clock moves a key along without rebuilding.

use std::collections::HashMap;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::digest;
use serde_json::Value;
use zeroize::Zeroizing;

use super::{
    Alg, Header, JoseError, JwtError, Signer, Verifier,
    key::{public_jwk, thumbprint},
};

/// A key as the database holds it, unsealed.
#[derive(Debug)]
pub struct StoredKey {
    /// Its name in headers and in the JWKS.
    pub kid: String,
    /// The one algorithm it is for.
    pub alg: Alg,
    /// The private JWK as JSON; not read when the key is retired already.
    pub private_jwk: Zeroizing<Vec<u8>>,
    /// The public JWK.
    pub public_jwk: Value,
    /// Epoch milliseconds from which it signs; published before, so that caches learn it first.
    pub signs_from_ms: i64,
    /// Epoch milliseconds from which it no longer signs but stays published; `None` while it has no successor.
    pub retires_at_ms: Option<i64>,
}

/// The keys that we sign with and publish.
#[derive(Debug)]
pub struct Keyring {
    /// Newest first.
    signers: Vec<Active>,
    verifiers: HashMap<String, Verifier>,
    jwks: Vec<u8>,
    etag: String,
    algs: Vec<Alg>,
}

#[derive(Debug)]
struct Active {
    signs_from_ms: i64,
    retires_at_ms: Option<i64>,
    signer: Signer,
}

impl Keyring {
    /// Build everything that is asked for often: signers, verifiers, the JWKS document. All given keys are published.
    pub fn build(mut keys: Vec<StoredKey>, now_ms: i64) -> Result<Self, JoseError> {
        // One order for every replica, so that they agree on the ETag.
        keys.sort_by(|a, b| (a.alg, -a.signs_from_ms, &a.kid).cmp(&(b.alg, -b.signs_from_ms, &b.kid)));
        let mut ring = Self {
            signers: Vec::new(),
            verifiers: HashMap::with_capacity(keys.len()),
            jwks: Vec::new(),
            etag: String::new(),
            algs: Vec::new(),
        };
        let mut published = Vec::with_capacity(keys.len());
        for key in keys {
            let members = key.public_jwk.as_object().ok_or(JoseError::BadKey("it is not an object"))?;
            let public = public_jwk(key.alg, &key.kid, members)?;
            if key.retires_at_ms.is_none_or(|retires| now_ms < retires) {
                let signer = Signer::from_private_jwk(key.alg, &key.kid, &key.private_jwk)?;
                if signer.thumbprint() != thumbprint(&public)? {
                    return Err(JoseError::BadKey("the private and the public half differ"));
                }
                let (signs_from_ms, retires_at_ms) = (key.signs_from_ms, key.retires_at_ms);
                ring.signers.push(Active { signs_from_ms, retires_at_ms, signer });
                if !ring.algs.contains(&key.alg) {
                    ring.algs.push(key.alg);
                }
            }
            let verifier = Verifier::from_public_jwk(key.alg, &public)?;
            if ring.verifiers.insert(key.kid, verifier).is_some() {
                return Err(JoseError::DuplicateKid);
            }
            published.push(public);
        }
        ring.jwks = serde_json::json!({ "keys": published }).to_string().into_bytes();
        let hash = URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, &ring.jwks));
        ring.etag = format!("\"{hash}\"");
        Ok(ring)
    }

    /// The key to sign with now: of this algorithm, not retired, begun, and the newest of those. Where none has begun yet, the oldest.
    pub fn signer(&self, alg: Alg, now_ms: i64) -> Option<&Signer> {
        let usable = || {
            self.signers
                .iter()
                .filter(move |key| key.signer.alg() == alg && key.retires_at_ms.is_none_or(|retires| now_ms < retires))
        };
        let begun = usable().find(|key| key.signs_from_ms <= now_ms);
        begun.or_else(|| usable().next_back()).map(|key| &key.signer)
    }

    /// The published key of this name.
    pub fn verifier(&self, kid: &str) -> Option<&Verifier> {
        self.verifiers.get(kid)
    }

    /// The key that a token of ours names; for [`Unverified::verify`](super::Unverified::verify).
    pub fn pick(&self, header: &Header) -> Result<Option<&Verifier>, JwtError> {
        Ok(header.kid.as_deref().and_then(|kid| self.verifier(kid)))
    }

    /// The JWK Set document (RFC 7517 §5): public members only.
    pub fn jwks(&self) -> &[u8] {
        &self.jwks
    }

    /// A strong ETag of [`jwks`](Self::jwks), with its quotation marks.
    pub fn etag(&self) -> &str {
        &self.etag
    }

    /// The algorithms that had a key able to sign when the ring was built.
    pub fn algs(&self) -> Vec<Alg> {
        self.algs.clone()
    }
}
