//! One key: make it, name it, sign with it, verify with it.
//!
//! A private key is a JWK in JSON, as the database keeps it (sealed). A [`Signer`] and a [`Verifier`] are built once and kept: building
//! costs more than using.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use josekit::{
    jwk::{
        Jwk, KeyPair as _,
        alg::{
            ec::{EcCurve, EcKeyPair},
            ed::{EdCurve, EdKeyPair},
            rsa::RsaKeyPair,
        },
    },
    jws::{ES256, ES384, EdDSA, JwsSigner, JwsVerifier, PS256, RS256},
};
use ring::{digest, hmac};
use serde::Serialize;
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

fn thumbprint_of(jwk: &Map<String, Value>) -> Result<String, JoseError> {
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
fn public_members(alg: Alg, jwk: &Map<String, Value>) -> Result<Map<String, Value>, JoseError> {
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

fn bit_length(big_endian: &[u8]) -> usize {
    let zeros = big_endian.iter().take_while(|byte| **byte == 0).count();
    big_endian.get(zeros).map_or(0, |first| (big_endian.len() - zeros) * 8 - first.leading_zeros() as usize)
}

fn member<'a>(jwk: &'a Map<String, Value>, name: &str) -> Result<&'a str, JoseError> {
    jwk.get(name).and_then(Value::as_str).ok_or(JoseError::BadKey("a required member is missing"))
}

/// A JWK whose texts are wiped when it goes.
struct PrivateJwk(Map<String, Value>);

impl Drop for PrivateJwk {
    fn drop(&mut self) {
        for value in self.0.values_mut() {
            if let Value::String(text) = value {
                text.zeroize();
            }
        }
    }
}

/// The `typ` of a token that we sign (RFC 8725 §3.11: each kind has its own).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Typ {
    /// An access token (RFC 9068).
    AtJwt,
    /// An ID token, a signed userinfo answer, and access tokens of resources that ask for it.
    Jwt,
    /// A back-channel logout token.
    LogoutJwt,
    /// A signed introspection answer (RFC 9701).
    TokenIntrospectionJwt,
}

impl Typ {
    const ALL: [Self; 4] = [Self::AtJwt, Self::Jwt, Self::LogoutJwt, Self::TokenIntrospectionJwt];

    /// The value in the header.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AtJwt => "at+jwt",
            Self::Jwt => "JWT",
            Self::LogoutJwt => "logout+jwt",
            Self::TokenIntrospectionJwt => "token-introspection+jwt",
        }
    }
}

/// A private key (or a shared secret) ready to sign, with its headers already written.
pub struct Signer {
    alg: Alg,
    kid: Option<String>,
    /// Of its public half; empty for a secret.
    thumbprint: String,
    key: SigningKey,
    /// `base64url(header).` for each [`Typ`], in the order of its declaration.
    headers: [String; Typ::ALL.len()],
}

enum SigningKey {
    Pair(Box<dyn JwsSigner>),
    Secret(hmac::Key),
}

impl Signer {
    /// Build from a private JWK as [`generate`] made it; expensive, so keep the result.
    pub fn from_private_jwk(alg: Alg, kid: &str, jwk: &[u8]) -> Result<Self, JoseError> {
        let jwk = serde_json::from_slice(jwk).map_err(|_| JoseError::BadKey("it is not a JSON object"))?;
        Self::from_map(alg, kid, &PrivateJwk(jwk))
    }

    fn from_map(alg: Alg, kid: &str, jwk: &PrivateJwk) -> Result<Self, JoseError> {
        let mut only = PrivateJwk(public_members(alg, &jwk.0)?);
        let private: &[&str] = match alg {
            Alg::Rs256 | Alg::Ps256 => &["d", "p", "q", "dp", "dq", "qi"],
            _ => &["d"],
        };
        for &name in private {
            only.0.insert(name.into(), member(&jwk.0, name)?.into());
        }
        let bad = |_| JoseError::BadKey("the private key is malformed");
        let jwk = Jwk::from_map(only.0.clone()).map_err(bad)?;
        let key: Box<dyn JwsSigner> = match alg {
            Alg::Es256 => Box::new(ES256.signer_from_jwk(&jwk).map_err(bad)?),
            Alg::Es384 => Box::new(ES384.signer_from_jwk(&jwk).map_err(bad)?),
            Alg::Rs256 => Box::new(RS256.signer_from_jwk(&jwk).map_err(bad)?),
            Alg::Ps256 => Box::new(PS256.signer_from_jwk(&jwk).map_err(bad)?),
            Alg::EdDsa => Box::new(EdDSA.signer_from_jwk(&jwk).map_err(bad)?),
            Alg::Hs256 => return Err(JoseError::NoKeyPair(alg)),
        };
        drop(PrivateJwk(jwk.into()));
        let thumbprint = thumbprint_of(&only.0)?;
        Ok(Self { thumbprint, ..Self::new(alg, Some(kid), SigningKey::Pair(key)) })
    }

    /// HS256 with a secret of at least 32 bytes that both sides know; such tokens carry no `kid`.
    pub fn hmac(secret: &[u8]) -> Result<Self, JoseError> {
        Ok(Self::new(Alg::Hs256, None, SigningKey::Secret(hmac_key(secret)?)))
    }

    fn new(alg: Alg, kid: Option<&str>, key: SigningKey) -> Self {
        let headers = Typ::ALL.map(|typ| {
            let mut header = Map::new();
            header.insert("alg".into(), alg.as_str().into());
            header.insert("typ".into(), typ.as_str().into());
            if let Some(kid) = kid {
                header.insert("kid".into(), kid.into());
            }
            let mut text = URL_SAFE_NO_PAD.encode(Value::Object(header).to_string());
            text.push('.');
            text
        });
        Self { alg, kid: kid.map(str::to_owned), thumbprint: String::new(), key, headers }
    }

    pub(super) fn thumbprint(&self) -> &str {
        &self.thumbprint
    }

    /// The algorithm of every token it signs.
    pub const fn alg(&self) -> Alg {
        self.alg
    }

    /// The `kid` of every token it signs; none for a shared secret.
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// A compact JWS over the claims, which must serialise to a JSON object. Times are integers where the caller's struct has integers.
    pub fn sign<T: Serialize + ?Sized>(&self, typ: Typ, claims: &T) -> Result<String, JoseError> {
        let payload = serde_json::to_vec(claims).map_err(|_| JoseError::Claims)?;
        if payload.first() != Some(&b'{') {
            return Err(JoseError::Claims);
        }
        let [at_jwt, jwt, logout, introspection] = &self.headers;
        let header = match typ {
            Typ::AtJwt => at_jwt,
            Typ::Jwt => jwt,
            Typ::LogoutJwt => logout,
            Typ::TokenIntrospectionJwt => introspection,
        };
        // The signature of the largest RSA key we make is 342 characters long.
        let mut token = String::with_capacity(header.len() + payload.len().div_ceil(3) * 4 + 344);
        token.push_str(header);
        URL_SAFE_NO_PAD.encode_string(&payload, &mut token);
        match &self.key {
            SigningKey::Pair(key) => {
                let signature = key.sign(token.as_bytes()).map_err(|_| JoseError::Crypto("sign"))?;
                token.push('.');
                URL_SAFE_NO_PAD.encode_string(signature, &mut token);
            }
            SigningKey::Secret(key) => {
                let tag = hmac::sign(key, token.as_bytes());
                token.push('.');
                URL_SAFE_NO_PAD.encode_string(tag, &mut token);
            }
        }
        Ok(token)
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer").field("alg", &self.alg).field("kid", &self.kid).finish_non_exhaustive()
    }
}

/// A public key (or a shared secret) ready to verify; bound to one algorithm.
pub struct Verifier {
    alg: Alg,
    key: VerifyingKey,
}

enum VerifyingKey {
    Public(Box<dyn JwsVerifier>),
    Secret(hmac::Key),
}

impl Verifier {
    /// Build from a public JWK. Only the members that `alg` needs are read; `use`, `key_ops` and the JWK's own `alg` are the caller's to judge.
    pub fn from_public_jwk(alg: Alg, jwk: &Value) -> Result<Self, JoseError> {
        Self::from_map(alg, jwk.as_object().ok_or(JoseError::BadKey("it is not an object"))?)
    }

    pub(super) fn from_map(alg: Alg, jwk: &Map<String, Value>) -> Result<Self, JoseError> {
        let bad = |_| JoseError::BadKey("the public key is malformed");
        let jwk = Jwk::from_map(public_members(alg, jwk)?).map_err(bad)?;
        let key: Box<dyn JwsVerifier> = match alg {
            Alg::Es256 => Box::new(ES256.verifier_from_jwk(&jwk).map_err(bad)?),
            Alg::Es384 => Box::new(ES384.verifier_from_jwk(&jwk).map_err(bad)?),
            Alg::Rs256 => Box::new(RS256.verifier_from_jwk(&jwk).map_err(bad)?),
            Alg::Ps256 => Box::new(PS256.verifier_from_jwk(&jwk).map_err(bad)?),
            Alg::EdDsa => Box::new(EdDSA.verifier_from_jwk(&jwk).map_err(bad)?),
            Alg::Hs256 => return Err(JoseError::NoKeyPair(alg)),
        };
        Ok(Self { alg, key: VerifyingKey::Public(key) })
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
            VerifyingKey::Public(key) => key.verify(message, signature).is_ok(),
            VerifyingKey::Secret(key) => hmac::verify(key, message, signature).is_ok(),
        }
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier").field("alg", &self.alg).finish_non_exhaustive()
    }
}

fn hmac_key(secret: &[u8]) -> Result<hmac::Key, JoseError> {
    if secret.len() < 32 {
        return Err(JoseError::ShortSecret);
    }
    Ok(hmac::Key::new(hmac::HMAC_SHA256, secret))
}
