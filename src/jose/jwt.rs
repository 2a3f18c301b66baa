//! A token from somewhere: take it apart under limits, check its signature, then its claims.
//!
//! ```text
//! text --Limits--> Unverified --key, signature--> Verified --Policy--> believed
//! ```
//! No error holds any part of the token.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, Visitor},
};
use serde_json::{Map, Value};

use super::{Alg, Verifier};

/// Bounds that hold before anything is decoded: parsers fell to megabytes of dots, compressed bombs and deep nesting.
#[derive(Clone, Copy, Debug)]
pub struct Limits;

impl Limits {
    /// The longest token, in bytes.
    pub const TOKEN: usize = 16 * 1024;
    /// The deepest nesting of objects and arrays in header or claims.
    pub const DEPTH: usize = 32;
    /// How many keys of a client are tried on one token.
    pub const CANDIDATES: usize = 10;
}

/// The rule that a token broke.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JwtError {
    /// Longer than [`Limits::TOKEN`].
    #[error("the token is too long")]
    TooLong,
    /// Not three parts divided by two dots, or an empty one.
    #[error("the token does not have three parts")]
    NotThreeParts,
    /// A part is not base64url without padding, in its one canonical spelling.
    #[error("a part of the token is not base64url")]
    NotBase64Url,
    /// Header or claims nest deeper than [`Limits::DEPTH`].
    #[error("the JSON in the token nests too deep")]
    TooDeep,
    /// The header is not a JSON object with strings where strings belong.
    #[error("the token's header is malformed")]
    BadHeader,
    /// The header has `crit`, `b64`, `zip`, `jwk`, `jku` or `x5u`.
    #[error("the token's header has a parameter that is not accepted")]
    ForbiddenHeader,
    /// The claims are not a JSON object, or name a claim twice.
    #[error("the token's claims are malformed")]
    BadClaims,
    /// `alg` is `none` or unknown.
    #[error("the token's signature algorithm is not accepted")]
    UnknownAlg,
    /// The key is for another algorithm than the header claims.
    #[error("the token's signature algorithm is not the key's")]
    AlgMismatch,
    /// No key fits the header.
    #[error("no known key fits the token")]
    UnknownKey,
    /// The signature is not the key's.
    #[error("the token's signature is wrong")]
    BadSignature,
    /// `typ` is not one of the accepted.
    #[error("the token is of another type")]
    WrongType,
    /// A required claim is missing or null.
    #[error("a required claim is missing: {0}")]
    Missing(&'static str),
    /// A claim is of the wrong JSON type.
    #[error("a claim is malformed: {0}")]
    Malformed(&'static str),
    /// `iss` is another.
    #[error("the token was issued by another")]
    WrongIssuer,
    /// `sub` is another.
    #[error("the token is about another subject")]
    WrongSubject,
    /// `aud` names none of the accepted.
    #[error("the token is meant for another audience")]
    WrongAudience,
    /// `exp` has passed.
    #[error("the token has expired")]
    Expired,
    /// `nbf` is still to come.
    #[error("the token is not valid yet")]
    NotYetValid,
    /// `iat` is in the future.
    #[error("the token was issued in the future")]
    IssuedInFuture,
    /// It lives longer than the policy allows.
    #[error("the token lives too long")]
    LivesTooLong,
}

/// What of a JOSE header counts. Unknown parameters are ignored (RFC 7515 §4); those that could change the meaning of the
/// signature or bring a key of their own are refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// The algorithm the token claims; the key decides.
    pub alg: Alg,
    /// The name of the key.
    pub kid: Option<String>,
    /// The kind of token, as written.
    pub typ: Option<String>,
}

/// A token whose signature is right. Its claims are still to be judged by a [`Policy`].
#[derive(Clone, Debug)]
pub struct Verified {
    /// The header.
    pub header: Header,
    /// The claims.
    pub claims: Map<String, Value>,
}

/// A token taken apart, whose signature **nobody has checked**: only to find out whose keys to look for.
#[derive(Clone, Debug)]
pub struct Unverified<'a> {
    /// The header.
    pub header: Header,
    /// The claims.
    pub claims: Map<String, Value>,
    /// `header.payload`: what the signature is over.
    signed: &'a str,
    signature: Vec<u8>,
}

impl<'a> Unverified<'a> {
    /// Takes a token apart, under [`Limits`].
    pub fn parse(token: &'a str) -> Result<Self, JwtError> {
        if token.len() > Limits::TOKEN {
            return Err(JwtError::TooLong);
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(JwtError::NotThreeParts)?;
        let (header, payload) = signed.split_once('.').ok_or(JwtError::NotThreeParts)?;
        if payload.contains('.') || [header, payload, signature].contains(&"") {
            return Err(JwtError::NotThreeParts);
        }
        let raw: RawHeader = parse(&decode(header)?, JwtError::BadHeader)?;
        if raw.crit || raw.b64 || raw.zip || raw.jwk || raw.jku || raw.x5u {
            return Err(JwtError::ForbiddenHeader);
        }
        let alg = raw.alg.parse().map_err(|_| JwtError::UnknownAlg)?;
        let claims = parse::<UniqueObject>(&decode(payload)?, JwtError::BadClaims)?.0;
        let header = Header { alg, kid: raw.kid, typ: raw.typ };
        Ok(Self { header, claims, signed, signature: decode(signature)? })
    }

    /// Checks the signature with the keys that `pick` names: `Ok(Some(&verifier))`, a `Vec`, or anything else that iterates.
    ///
    /// A key only ever verifies its own algorithm: `AlgMismatch` if none of the picked is for the header's, `UnknownKey` if there is none
    /// at all.
    pub fn verify<'k, K>(self, pick: impl FnOnce(&Header) -> Result<K, JwtError>) -> Result<Verified, JwtError>
    where
        K: IntoIterator<Item = &'k Verifier>,
    {
        let mut outcome = JwtError::UnknownKey;
        for verifier in pick(&self.header)?.into_iter().take(Limits::CANDIDATES) {
            if verifier.alg() != self.header.alg {
                if outcome == JwtError::UnknownKey {
                    outcome = JwtError::AlgMismatch;
                }
            } else if verifier.is_valid(self.signed.as_bytes(), &self.signature) {
                return Ok(Verified { header: self.header, claims: self.claims });
            } else {
                outcome = JwtError::BadSignature;
            }
        }
        Err(outcome)
    }
}

/// base64url without padding and without stray bits: each byte string has one spelling (RFC 7515 §2, RFC 4648 §3.5).
fn decode(part: &str) -> Result<Vec<u8>, JwtError> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| JwtError::NotBase64Url)
}

/// Reads an object. (RFC 7515 §5.2, RFC 7519 §7.2, RFC 7517 §5: header, claims and key set are objects; serde would take the fields of a
/// struct from an array too.)
pub(super) fn parse<'a, T: Deserialize<'a>>(json: &'a [u8], malformed: JwtError) -> Result<T, JwtError> {
    if is_deeper_than(json, Limits::DEPTH) {
        return Err(JwtError::TooDeep);
    }
    if json.trim_ascii_start().first() != Some(&b'{') {
        return Err(malformed);
    }
    serde_json::from_slice(json).map_err(|_| malformed)
}

/// Do objects and arrays nest deeper than `limit`? Looks at brackets outside of strings; what is no JSON at all is the parser's to refuse.
fn is_deeper_than(json: &[u8], limit: usize) -> bool {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => {
                depth += 1;
                if depth > limit {
                    return true;
                }
            }
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    false
}

/// serde refuses a field that is given twice (RFC 7515 §4: header parameter names are unique).
#[derive(Deserialize)]
struct RawHeader {
    alg: String,
    #[serde(default, deserialize_with = "string")]
    kid: Option<String>,
    #[serde(default, deserialize_with = "string")]
    typ: Option<String>,
    #[serde(default, deserialize_with = "present")]
    crit: bool,
    #[serde(default, deserialize_with = "present")]
    b64: bool,
    #[serde(default, deserialize_with = "present")]
    zip: bool,
    #[serde(default, deserialize_with = "present")]
    jwk: bool,
    #[serde(default, deserialize_with = "present")]
    jku: bool,
    #[serde(default, deserialize_with = "present")]
    x5u: bool,
}

fn present<'de, D: Deserializer<'de>>(value: D) -> Result<bool, D::Error> {
    IgnoredAny::deserialize(value).map(|_| true)
}

fn string<'de, D: Deserializer<'de>>(value: D) -> Result<Option<String>, D::Error> {
    String::deserialize(value).map(Some)
}

/// A JSON object that names nothing twice (RFC 7519 §4): which of two values was meant, nobody can say.
pub(crate) struct UniqueObject(pub(crate) Map<String, Value>);

impl<'de> Deserialize<'de> for UniqueObject {
    fn deserialize<D: Deserializer<'de>>(value: D) -> Result<Self, D::Error> {
        struct Unique;
        impl<'de> Visitor<'de> for Unique {
            type Value = UniqueObject;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<UniqueObject, A::Error> {
                let mut object = Map::new();
                while let Some((name, value)) = members.next_entry::<String, Value>()? {
                    if object.contains_key(&name) {
                        return Err(serde::de::Error::custom(format_args!("names {name:?} twice")));
                    }
                    object.insert(name, value);
                }
                Ok(UniqueObject(object))
            }
        }
        value.deserialize_map(Unique)
    }
}

/// What a verified token must say to be believed. The default asks for nothing but times that are not wrong.
#[derive(Clone, Copy, Debug, Default)]
pub struct Policy<'a> {
    /// Accepted `typ` values, compared without case and without `application/`; `""` accepts a token without one. Empty: any.
    pub typ: &'a [&'a str],
    /// `iss` must be exactly this.
    pub issuer: Option<&'a str>,
    /// `sub` must be exactly this.
    pub subject: Option<&'a str>,
    /// `aud` (a string or an array of strings) must name at least one of these. Empty: not looked at.
    pub audience: &'a [&'a str],
    /// Seconds by which another's clock may differ from ours, for `exp`, `nbf` and `iat` alike.
    pub leeway_s: i64,
    /// Claims that must be there and not null.
    pub require: &'a [&'static str],
    /// From `iat` (from now, where there is none) to `exp` at most this many seconds. Makes `exp` required.
    pub max_lifetime_s: Option<i64>,
}

impl Policy<'_> {
    /// Check a token at a time in epoch seconds.
    pub fn check(&self, token: &Verified, now_s: i64) -> Result<(), JwtError> {
        self.check_type(&token.header)?;
        let claims = &token.claims;
        for &name in self.require {
            if claims.get(name).is_none_or(Value::is_null) {
                return Err(JwtError::Missing(name));
            }
        }
        if let Some(issuer) = self.issuer
            && text(claims, "iss")?.ok_or(JwtError::Missing("iss"))? != issuer
        {
            return Err(JwtError::WrongIssuer);
        }
        if let Some(subject) = self.subject
            && text(claims, "sub")?.ok_or(JwtError::Missing("sub"))? != subject
        {
            return Err(JwtError::WrongSubject);
        }
        self.check_audience(claims)?;
        self.check_times(claims, now_s)
    }

    fn check_type(&self, header: &Header) -> Result<(), JwtError> {
        let is = bare(header.typ.as_deref().unwrap_or_default());
        if self.typ.is_empty() || self.typ.iter().any(|typ| bare(typ).eq_ignore_ascii_case(is)) {
            return Ok(());
        }
        Err(JwtError::WrongType)
    }

    fn check_audience(&self, claims: &Map<String, Value>) -> Result<(), JwtError> {
        if self.audience.is_empty() {
            return Ok(());
        }
        let fits = |audience: &str| self.audience.contains(&audience);
        let fits = match claims.get("aud") {
            None | Some(Value::Null) => return Err(JwtError::Missing("aud")),
            Some(Value::String(audience)) => fits(audience),
            Some(Value::Array(audiences)) if audiences.iter().all(Value::is_string) => {
                audiences.iter().filter_map(Value::as_str).any(fits)
            }
            Some(_) => return Err(JwtError::Malformed("aud")),
        };
        if fits { Ok(()) } else { Err(JwtError::WrongAudience) }
    }

    fn check_times(&self, claims: &Map<String, Value>, now_s: i64) -> Result<(), JwtError> {
        let (exp, nbf, iat) = (time(claims, "exp")?, time(claims, "nbf")?, time(claims, "iat")?);
        let (now, leeway) = (seconds(now_s), seconds(self.leeway_s));
        if exp.is_some_and(|exp| now >= exp + leeway) {
            return Err(JwtError::Expired);
        }
        if nbf.is_some_and(|nbf| nbf > now + leeway) {
            return Err(JwtError::NotYetValid);
        }
        if iat.is_some_and(|iat| iat > now + leeway) {
            return Err(JwtError::IssuedInFuture);
        }
        if let Some(most) = self.max_lifetime_s
            && exp.ok_or(JwtError::Missing("exp"))? - iat.unwrap_or(now) > seconds(most)
        {
            return Err(JwtError::LivesTooLong);
        }
        Ok(())
    }
}

/// RFC 7515 §4.1.9: media types compare without case, and "application/" may be left out.
fn bare(typ: &str) -> &str {
    match typ.split_at_checked("application/".len()) {
        Some((prefix, rest)) if prefix.eq_ignore_ascii_case("application/") => rest,
        _ => typ,
    }
}

fn text<'a>(claims: &'a Map<String, Value>, name: &'static str) -> Result<Option<&'a str>, JwtError> {
    match claims.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(JwtError::Malformed(name)),
    }
}

/// A NumericDate (RFC 7519 §2): seconds, possibly with a fraction. A null is malformed: it must not read as "never expires".
fn time(claims: &Map<String, Value>, name: &'static str) -> Result<Option<f64>, JwtError> {
    let Some(value) = claims.get(name) else { return Ok(None) };
    value.as_f64().filter(|time| time.is_finite()).map(Some).ok_or(JwtError::Malformed(name))
}

/// Exact below 2^53, which is far beyond any date.
fn seconds(time: i64) -> f64 {
    time as f64
}
