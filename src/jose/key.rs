//! One key as a document: make it, name it, show its public half, check what it is made of.
//!
//! A private key is a JWK in JSON, as the database keeps it (sealed).

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use josekit::jwk::{
    KeyPair as _,
    alg::{
        ec::{EcCurve, EcKeyPair},
        ed::{EdCurve, EdKeyPair},
        rsa::RsaKeyPair,
    },
};
use ring::{digest, hmac};
use serde_json::{Map, Value};
use zeroize::{Zeroize as _, Zeroizing};

use super::Alg;

/// What can be wrong with a key, or with signing. Never holds key material.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JoseError {
    /// Only key pairs are generated and published; HS256 uses the secret both sides know.
    #[error("{0} has no key pair")]
    NoKeyPair(Alg),
    /// The JWK lacks a member, has a malformed one, or is of another type than the algorithm needs.
    #[error("the JWK does not fit: {0}")]
    BadKey(&'static str),
    /// RFC 7518 §3.2: an HS256 key has at least 256 bits.
    #[error("an HS256 secret has at least 32 bytes")]
    ShortSecret,
    /// Two keys of one key ring have the same `kid`.
    #[error("two keys share one kid")]
    DuplicateKid,
    /// The claims do not serialise to a JSON object.
    #[error("the claims are not a JSON object")]
    Claims,
    /// The cryptographic library failed.
    #[error("the cryptographic library failed to {0}")]
    Crypto(&'static str),
}

/// A key pair just made.
#[derive(Debug)]
pub struct NewKey {
    /// Its RFC 7638 thumbprint.
    pub kid: String,
    /// The one algorithm it is for.
    pub alg: Alg,
    /// The private JWK as JSON; seal it before it is stored.
    pub private_jwk: Zeroizing<Vec<u8>>,
    /// The public JWK: public members, `kid`, `alg`, `use`.
    pub public_jwk: Value,
}

/// Make a key pair: P-256, P-384, Ed25519, or RSA with 2048 bits. RSA takes tens of milliseconds and more: not on an async thread.
pub fn generate(alg: Alg) -> Result<NewKey, JoseError> {
    let failed = |_| JoseError::Crypto("generate a key");
    let pair = match alg {
        Alg::Es256 => EcKeyPair::generate(EcCurve::P256).map_err(failed)?.to_jwk_key_pair(),
        Alg::Es384 => EcKeyPair::generate(EcCurve::P384).map_err(failed)?.to_jwk_key_pair(),
        Alg::EdDsa => EdKeyPair::generate(EdCurve::Ed25519).map_err(failed)?.to_jwk_key_pair(),
        Alg::Rs256 | Alg::Ps256 => RsaKeyPair::generate(2048).map_err(failed)?.to_jwk_key_pair(),
        Alg::Hs256 => return Err(JoseError::NoKeyPair(alg)),
    };
    let pair = PrivateJwk(pair.into());
    let kid = thumbprint_of(&pair.0)?;
    let public_jwk = public_jwk(alg, &kid, &pair.0)?;
    let private_jwk = Zeroizing::new(serde_json::to_vec(&pair.0).map_err(|_| JoseError::Crypto("write a key"))?);
    Ok(NewKey { kid, alg, private_jwk, public_jwk })
}

/// The RFC 7638 thumbprint (SHA-256, base64url): a name that follows from the key itself.
pub fn thumbprint(jwk: &Value) -> Result<String, JoseError> {
    thumbprint_of(jwk.as_object().ok_or(JoseError::BadKey("it is not an object"))?)
}

pub(super) fn thumbprint_of(jwk: &Map<String, Value>) -> Result<String, JoseError> {
    // RFC 7638 §3.2 and RFC 8037 §2: the required members, in lexicographic order, nothing else.
    let members: &[&str] = match member(jwk, "kty")? {
        "EC" => &["crv", "kty", "x", "y"],
        "OKP" => &["crv", "kty", "x"],
        "RSA" => &["e", "kty", "n"],
        "oct" => &["k", "kty"],
        _ => return Err(JoseError::BadKey("unknown kty")),
    };
    let mut canonical = Zeroizing::new(String::from("{"));
    for (index, name) in members.iter().enumerate() {
        let value = Value::from(member(jwk, name)?);
        canonical.push_str(if index == 0 { "" } else { "," });
        canonical.push_str(&format!("\"{name}\":{value}"));
    }
    canonical.push('}');
    Ok(URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, canonical.as_bytes())))
}

/// What may be published of a key, and nothing else, whatever else `jwk` holds.
pub(super) fn public_jwk(alg: Alg, kid: &str, jwk: &Map<String, Value>) -> Result<Value, JoseError> {
    let mut public = public_members(alg, jwk)?;
    public.insert("kid".into(), kid.into());
    public.insert("alg".into(), alg.as_str().into());
    public.insert("use".into(), "sig".into());
    Ok(Value::Object(public))
}

/// The public members that `alg` needs, checked for type, curve and size. Everything else is left behind.
pub(super) fn public_members(alg: Alg, jwk: &Map<String, Value>) -> Result<Map<String, Value>, JoseError> {
    let (kty, curve, coordinates): (_, _, &[_]) = match alg {
        Alg::Es256 => ("EC", Some(("P-256", 32)), &["x", "y"]),
        Alg::Es384 => ("EC", Some(("P-384", 48)), &["x", "y"]),
        Alg::EdDsa => ("OKP", Some(("Ed25519", 32)), &["x"]),
        Alg::Rs256 | Alg::Ps256 => ("RSA", None, &["n", "e"]),
        Alg::Hs256 => return Err(JoseError::NoKeyPair(alg)),
    };
    if member(jwk, "kty")? != kty {
        return Err(JoseError::BadKey("kty is of another algorithm"));
    }
    let mut public = Map::new();
    public.insert("kty".into(), kty.into());
    if let Some((crv, _)) = curve {
        if member(jwk, "crv")? != crv {
            return Err(JoseError::BadKey("crv is of another algorithm"));
        }
        public.insert("crv".into(), crv.into());
    }
    for &name in coordinates {
        let text = member(jwk, name)?;
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| JoseError::BadKey("a member is not base64url"))?;
        // RFC 7518 §6.2.1.2 and RFC 8037 §2: a coordinate has the full length of its curve.
        if curve.is_some_and(|(_, length)| bytes.len() != length) {
            return Err(JoseError::BadKey("a coordinate has the wrong length"));
        }
        match name {
            "n" if !(2048..=8192).contains(&bit_length(&bytes)) => {
                return Err(JoseError::BadKey("RSA keys have 2048 to 8192 bits"));
            }
            // An exponent of 1 makes every message its own signature; a huge one makes verifying slow.
            "e" if !(2..=32).contains(&bit_length(&bytes)) || bytes.last().is_none_or(|low| low % 2 == 0) => {
                return Err(JoseError::BadKey("the RSA exponent is odd, at least 3 and at most 32 bits long"));
            }
            _ => public.insert(name.into(), text.into()),
        };
    }
    Ok(public)
}

/// The point as the raw libraries take it: `04 || x || y` on a NIST curve (SEC 1 §2.3.3), `x` on Ed25519; empty for RSA.
pub(super) fn coordinates(public: &Map<String, Value>) -> Result<Vec<u8>, JoseError> {
    let mut point = if public.contains_key("y") { vec![4] } else { Vec::new() };
    for name in ["x", "y"] {
        if let Some(text) = public.get(name).and_then(Value::as_str) {
            URL_SAFE_NO_PAD.decode_vec(text, &mut point).map_err(|_| JoseError::BadKey("a member is not base64url"))?;
        }
    }
    Ok(point)
}

fn bit_length(big_endian: &[u8]) -> usize {
    let zeros = big_endian.iter().take_while(|byte| **byte == 0).count();
    big_endian.get(zeros).map_or(0, |first| (big_endian.len() - zeros) * 8 - first.leading_zeros() as usize)
}

pub(super) fn member<'a>(jwk: &'a Map<String, Value>, name: &str) -> Result<&'a str, JoseError> {
    jwk.get(name).and_then(Value::as_str).ok_or(JoseError::BadKey("a required member is missing"))
}

/// A JWK whose texts are wiped when it goes.
pub(super) struct PrivateJwk(pub(super) Map<String, Value>);

impl Drop for PrivateJwk {
    fn drop(&mut self) {
        for value in self.0.values_mut() {
            if let Value::String(text) = value {
                text.zeroize();
            }
        }
    }
}

/// RFC 7518 §3.2: at least as long as the hash.
pub(super) fn hmac_key(secret: &[u8]) -> Result<hmac::Key, JoseError> {
    if secret.len() < 32 {
        return Err(JoseError::ShortSecret);
    }
    Ok(hmac::Key::new(hmac::HMAC_SHA256, secret))
}
