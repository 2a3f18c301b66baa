//! A private key, or a shared secret, ready to sign: built once, kept, used often.
//!
//! The token is put together here rather than by josekit's builder: the header is written once per key and `typ`, and the claims are what
//! the caller's struct serialises to, so that times stay integers. ES256, EdDSA and HS256, the hot paths, sign with ring, the others with
//! josekit: `docs/decisions/signing-with-ring.md` has the figures.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use josekit::{
    jwk::{
        Jwk, KeyPair as _,
        alg::ec::{EcCurve, EcKeyPair},
    },
    jws::{ES384, JwsSigner, PS256, RS256},
};
use ring::{
    hmac,
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair},
};
use serde::Serialize;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::{
    Alg, JoseError,
    key::{PrivateJwk, coordinates, hmac_key, member, public_members, thumbprint_of},
};

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
    P256(EcdsaKeyPair, SystemRandom),
    Ed25519(Ed25519KeyPair),
    Josekit(Box<dyn JwsSigner>),
    Secret(hmac::Key),
}

impl Signer {
    /// Build from a private JWK as [`generate`](super::generate) made it; expensive, so keep the result.
    pub fn from_private_jwk(alg: Alg, kid: &str, jwk: &[u8]) -> Result<Self, JoseError> {
        let jwk = serde_json::from_slice(jwk).map_err(|_| JoseError::BadKey("it is not a JSON object"))?;
        Self::from_map(alg, kid, &PrivateJwk(jwk))
    }

    fn from_map(alg: Alg, kid: &str, jwk: &PrivateJwk) -> Result<Self, JoseError> {
        let public = public_members(alg, &jwk.0)?;
        let key = match alg {
            Alg::Es256 => {
                let rng = system_random();
                let d = secret_bytes(jwk)?;
                let key = EcdsaKeyPair::from_private_key_and_public_key(
                    &ECDSA_P256_SHA256_FIXED_SIGNING,
                    &d,
                    &coordinates(&public)?,
                    &rng,
                );
                SigningKey::P256(key.map_err(|_| MALFORMED)?, rng)
            }
            Alg::EdDsa => {
                let key = Ed25519KeyPair::from_seed_and_public_key(&secret_bytes(jwk)?, &coordinates(&public)?);
                SigningKey::Ed25519(key.map_err(|_| MALFORMED)?)
            }
            _ => SigningKey::Josekit(josekit_signer(alg, &public, jwk)?),
        };
        let thumbprint = thumbprint_of(&public)?;
        Ok(Self { thumbprint, ..Self::new(alg, Some(kid), key) })
    }

    /// An ES256 key from a PEM file (PKCS #8), as others hand them out.
    pub fn es256_from_pem(kid: &str, pem: &[u8]) -> Result<Self, JoseError> {
        let not_pem = |_| JoseError::BadKey("it is not a P-256 key in PKCS #8 PEM");
        let pair = EcKeyPair::from_pem(pem, Some(EcCurve::P256)).map_err(not_pem)?;
        Self::from_map(Alg::Es256, kid, &PrivateJwk(pair.to_jwk_key_pair().into()))
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
        let signed = token.as_bytes();
        let encoded = match &self.key {
            SigningKey::P256(key, rng) => URL_SAFE_NO_PAD.encode(key.sign(rng, signed).map_err(|_| FAILED)?),
            SigningKey::Ed25519(key) => URL_SAFE_NO_PAD.encode(key.sign(signed)),
            SigningKey::Josekit(key) => URL_SAFE_NO_PAD.encode(key.sign(signed).map_err(|_| FAILED)?),
            SigningKey::Secret(key) => URL_SAFE_NO_PAD.encode(hmac::sign(key, signed)),
        };
        token.push('.');
        token.push_str(&encoded);
        Ok(token)
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer").field("alg", &self.alg).field("kid", &self.kid).finish_non_exhaustive()
    }
}

const MALFORMED: JoseError = JoseError::BadKey("the private key is malformed");
const FAILED: JoseError = JoseError::Crypto("sign");

fn secret_bytes(jwk: &PrivateJwk) -> Result<Zeroizing<Vec<u8>>, JoseError> {
    URL_SAFE_NO_PAD.decode(member(&jwk.0, "d")?).map(Zeroizing::new).map_err(|_| MALFORMED)
}

fn josekit_signer(alg: Alg, public: &Map<String, Value>, jwk: &PrivateJwk) -> Result<Box<dyn JwsSigner>, JoseError> {
    let private: &[&str] = if alg == Alg::Es384 { &["d"] } else { &["d", "p", "q", "dp", "dq", "qi"] };
    let mut only = public.clone();
    for &name in private {
        only.insert(name.into(), member(&jwk.0, name)?.into());
    }
    let malformed = |_| MALFORMED;
    let only = Jwk::from_map(only).map_err(malformed)?;
    let signer: Result<Box<dyn JwsSigner>, _> = match alg {
        Alg::Es384 => ES384.signer_from_jwk(&only).map(|signer| Box::new(signer) as _),
        Alg::Rs256 => RS256.signer_from_jwk(&only).map(|signer| Box::new(signer) as _),
        Alg::Ps256 => PS256.signer_from_jwk(&only).map(|signer| Box::new(signer) as _),
        Alg::Es256 | Alg::EdDsa | Alg::Hs256 => return Err(JoseError::NoKeyPair(alg)),
    };
    drop(PrivateJwk(only.into()));
    signer.map_err(malformed)
}

#[expect(
    clippy::disallowed_methods,
    reason = "ECDSA draws its nonce from the operating system; a test must not be able to fix it"
)]
fn system_random() -> SystemRandom {
    SystemRandom::new()
}
