//! The signature algorithms we speak, by their JOSE names (RFC 7518 §3.1, RFC 8037 §3.1).

use std::{fmt, str::FromStr};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::digest;
use serde::{Deserialize, Serialize};

/// A signature algorithm. `none` and everything that is not listed here does not exist for us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Alg {
    /// ECDSA on P-256 with SHA-256: the default.
    #[serde(rename = "ES256")]
    Es256,
    /// ECDSA on P-384 with SHA-384.
    #[serde(rename = "ES384")]
    Es384,
    /// RSASSA-PKCS1-v1_5 with SHA-256: the one OpenID Connect requires.
    #[serde(rename = "RS256")]
    Rs256,
    /// RSASSA-PSS with SHA-256.
    #[serde(rename = "PS256")]
    Ps256,
    /// EdDSA, always on Ed25519.
    #[serde(rename = "EdDSA")]
    EdDsa,
    /// HMAC with SHA-256 and a shared secret: never published, never generated here.
    #[serde(rename = "HS256")]
    Hs256,
}

/// The name is not one of [`Alg`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown signature algorithm; known are ES256, ES384, RS256, PS256, EdDSA and HS256")]
pub struct UnknownAlg;

impl Alg {
    /// Every algorithm with a key pair: what we generate, publish and accept from clients' keys.
    pub const ASYMMETRIC: [Self; 5] = [Self::Es256, Self::Rs256, Self::Ps256, Self::Es384, Self::EdDsa];
    /// Every algorithm.
    pub const ALL: [Self; 6] = [Self::Es256, Self::Rs256, Self::Ps256, Self::Es384, Self::EdDsa, Self::Hs256];

    /// The name in a JOSE header.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::Rs256 => "RS256",
            Self::Ps256 => "PS256",
            Self::EdDsa => "EdDSA",
            Self::Hs256 => "HS256",
        }
    }

    /// `false` for HS256 only, whose key is a shared secret.
    pub const fn is_asymmetric(self) -> bool {
        !matches!(self, Self::Hs256)
    }
}

impl fmt::Display for Alg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Alg {
    type Err = UnknownAlg;

    fn from_str(name: &str) -> Result<Self, UnknownAlg> {
        Self::ALL.into_iter().find(|alg| alg.as_str() == name).ok_or(UnknownAlg)
    }
}

/// `at_hash`, `c_hash`: base64url of the left half of the hash that the ID token's `alg` uses (OpenID Connect Core §3.1.3.6).
///
/// EdDSA on Ed25519 hashes with SHA-512.
pub fn left_half_hash(alg: Alg, value: &str) -> String {
    let hash = match alg {
        Alg::Es256 | Alg::Rs256 | Alg::Ps256 | Alg::Hs256 => &digest::SHA256,
        Alg::Es384 => &digest::SHA384,
        Alg::EdDsa => &digest::SHA512,
    };
    let digest = digest::digest(hash, value.as_bytes());
    let (left, _) = digest.as_ref().split_at(digest.as_ref().len() / 2);
    URL_SAFE_NO_PAD.encode(left)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip_and_are_exact() {
        for alg in Alg::ALL {
            assert_eq!(alg.as_str().parse(), Ok(alg));
            assert_eq!(serde_json::to_value(alg).ok(), Some(alg.as_str().into()));
            assert_eq!(serde_json::from_value::<Alg>(alg.as_str().into()).ok(), Some(alg));
            assert_eq!(Alg::ASYMMETRIC.contains(&alg), alg.is_asymmetric());
        }
        for name in ["none", "None", "es256", "ES256 ", "", "HS512", "RSA-OAEP", "PBES2-HS256+A128KW"] {
            assert_eq!(name.parse::<Alg>(), Err(UnknownAlg), "{name}");
        }
    }

    #[test]
    fn at_hash_and_c_hash_of_the_specification() {
        // OpenID Connect Core, appendix A.3, A.4 and A.6 (all RS256).
        let at_hash = left_half_hash(Alg::Rs256, "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y");
        assert_eq!(at_hash, "77QmUPtjPfzWtF2AnpK9RQ");
        let c_hash = left_half_hash(Alg::Rs256, "Qcb0Orv1zh30vL1MPRsbm-diHiMwcLyZvn1arpZv-Jxf_11jnpEX3Tgfvk");
        assert_eq!(c_hash, "LDktKdoQak3Pk0cnXxCltA");
    }

    #[test]
    fn the_left_half_is_as_long_as_the_hash_says() {
        for (alg, bytes) in [(Alg::Es256, 16), (Alg::Es384, 24), (Alg::EdDsa, 32), (Alg::Hs256, 16)] {
            assert_eq!(URL_SAFE_NO_PAD.decode(left_half_hash(alg, "x")).map(|hash| hash.len()), Ok(bytes));
        }
    }
}
