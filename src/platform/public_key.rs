//! Public keys that people hold the private half of, and signatures made with those: Ed25519 (RFC 8032) and ECDSA on secp256k1 over
//! SHA-256.
//!
//! A key is read from hexadecimal, base64url or PEM and has one spelling here, so that one key is one key. What is not read: addresses of
//! wallets and `personal_sign` (EIP-191), which need Keccak.

use base64::Engine;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use k256::ecdsa::signature::hazmat::PrehashVerifier;
use k256::ecdsa::{Signature, VerifyingKey};
use ring::signature::{ED25519, UnparsedPublicKey};

use crate::platform::random::sha256;

/// What kind of key it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// Ed25519.
    Ed25519,
    /// ECDSA on secp256k1 over SHA-256.
    Secp256k1,
}

impl KeyKind {
    /// Its name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ed25519 => "ed25519",
            Self::Secp256k1 => "secp256k1",
        }
    }
}

/// Why a text is no public key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an Ed25519 key of 32 bytes nor a secp256k1 point of 33 or 65 bytes, in hexadecimal, base64url or PEM")]
pub struct BadKey;

/// A public key in its one spelling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    kind: KeyKind,
    /// 32 bytes of Ed25519, or a compressed point.
    bytes: Vec<u8>,
}

/// Longer texts are no key.
const TEXT_MAX: usize = 1024;
/// What stands before the key in a SubjectPublicKeyInfo (RFC 8410 §4; RFC 5480 §2.1.1 with secp256k1).
const SPKI_ED25519: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
const SPKI_SECP256K1: [u8; 18] =
    [0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x0a];
/// The encodings of Ed25519's points of small order, without the sign: with such a key anybody's signature fits
/// (the list of libsodium).
const SMALL_ORDER: [&str; 7] = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
];

impl PublicKey {
    /// Reads a key; its kind may stand before it, as [`std::fmt::Display`] writes it.
    ///
    /// # Errors
    /// Where it is none.
    pub fn parse(text: &str) -> Result<Self, BadKey> {
        let text = text.trim();
        if text.len() > TEXT_MAX {
            return Err(BadKey);
        }
        for kind in [KeyKind::Ed25519, KeyKind::Secp256k1] {
            if let Some(rest) = text.strip_prefix(kind.as_str()).and_then(|rest| rest.strip_prefix(':')) {
                return Self::from_bytes(&bytes(rest).ok_or(BadKey)?).and_then(|key| key.of_kind(kind));
            }
        }
        match text.strip_prefix("-----BEGIN PUBLIC KEY-----") {
            Some(rest) => Self::from_pem(rest),
            None => Self::from_bytes(&bytes(text).ok_or(BadKey)?),
        }
    }

    fn of_kind(self, kind: KeyKind) -> Result<Self, BadKey> {
        if self.kind == kind { Ok(self) } else { Err(BadKey) }
    }

    fn from_pem(rest: &str) -> Result<Self, BadKey> {
        let body = rest.trim().strip_suffix("-----END PUBLIC KEY-----").ok_or(BadKey)?;
        let body: String = body.split_ascii_whitespace().collect();
        let der = bytes(&body).ok_or(BadKey)?;
        if let Some(key) = der.strip_prefix(&SPKI_ED25519) {
            return Self::ed25519(key);
        }
        // Two lengths depend on whether the point is compressed, which the point says too.
        let bits = der.get(2..).and_then(|rest| rest.strip_prefix(&SPKI_SECP256K1)).ok_or(BadKey)?;
        match bits {
            [0x03, length, 0x00, point @ ..] if usize::from(*length) == point.len() + 1 => Self::secp256k1(point),
            _ => Err(BadKey),
        }
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, BadKey> {
        match bytes.len() {
            32 => Self::ed25519(bytes),
            33 | 65 => Self::secp256k1(bytes),
            _ => Err(BadKey),
        }
    }

    fn ed25519(bytes: &[u8]) -> Result<Self, BadKey> {
        let mut unsigned: [u8; 32] = bytes.try_into().map_err(|_| BadKey)?;
        unsigned[31] &= 0x7f;
        if SMALL_ORDER.contains(&hex(&unsigned).as_str()) {
            return Err(BadKey);
        }
        Ok(Self { kind: KeyKind::Ed25519, bytes: bytes.to_vec() })
    }

    fn secp256k1(bytes: &[u8]) -> Result<Self, BadKey> {
        let key = VerifyingKey::from_sec1_bytes(bytes).map_err(|_| BadKey)?;
        Ok(Self { kind: KeyKind::Secp256k1, bytes: key.to_sec1_point(true).as_bytes().to_vec() })
    }

    /// What kind it is.
    #[must_use]
    pub fn kind(&self) -> KeyKind {
        self.kind
    }

    /// Its one spelling: lower-case hexadecimal, a point compressed.
    #[must_use]
    pub fn to_hex(&self) -> String {
        hex(&self.bytes)
    }

    /// SHA-256 of kind and key.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        sha256(self.to_string().as_bytes())
    }

    /// Whether `signature` was made over `message` with the private half.
    ///
    /// Ed25519: the 64 bytes of RFC 8032. secp256k1: 64 bytes, `s` in the lower half, or DER with either (OpenSSL writes
    /// either; a challenge that counts once makes that harmless).
    #[must_use]
    pub fn is_signature(&self, message: &[u8], signature: &[u8]) -> bool {
        match self.kind {
            KeyKind::Ed25519 => UnparsedPublicKey::new(&ED25519, &self.bytes).verify(message, signature).is_ok(),
            KeyKind::Secp256k1 => {
                let read = match signature.len() {
                    64 => Signature::from_slice(signature),
                    _ => Signature::from_der(signature).map(|s| s.normalize_s()),
                };
                let key = VerifyingKey::from_sec1_bytes(&self.bytes);
                key.and_then(|key| key.verify_prehash(&sha256(message), &read?)).is_ok()
            }
        }
    }
}

/// `ed25519:` or `secp256k1:` and the key.
impl std::fmt::Display for PublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.kind.as_str(), self.to_hex())
    }
}

/// The bytes of hexadecimal, or of base64 in either alphabet, padded or not.
#[must_use]
pub fn bytes(text: &str) -> Option<Vec<u8>> {
    const ANY: GeneralPurposeConfig =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let digits = text.strip_prefix("0x").unwrap_or(text);
    if digits.len().is_multiple_of(2) && digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok()).collect();
    }
    let alphabet = if text.contains(['+', '/']) { STANDARD } else { URL_SAFE };
    GeneralPurpose::new(&alphabet, ANY).decode(text).ok()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    // RFC 8032 §7.1, test 3.
    const ED25519_KEY: &str = "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025";
    const ED25519_SIGNATURE: &str = "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a";

    #[test]
    fn ed25519_is_rfc_8032() {
        let key = PublicKey::parse(ED25519_KEY).unwrap();
        assert_eq!((key.kind(), key.to_hex().as_str()), (KeyKind::Ed25519, ED25519_KEY));
        let signature = bytes(ED25519_SIGNATURE).unwrap();
        assert!(key.is_signature(&[0xaf, 0x82], &signature));
        assert!(!key.is_signature(&[0xaf, 0x83], &signature));
        assert!(!key.is_signature(&[0xaf, 0x82], signature.get(..63).unwrap()));
        let pem = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA/FHNjmIYoaONpH7QAjDwWAgW7RO6MwOsXeuRFUiQgCU=\n-----END PUBLIC KEY-----\n";
        for same in [
            ED25519_KEY.to_uppercase(),
            format!(" 0x{ED25519_KEY}\n"),
            format!("ed25519:{ED25519_KEY}"),
            key.to_string(),
            "_FHNjmIYoaONpH7QAjDwWAgW7RO6MwOsXeuRFUiQgCU".to_owned(),
            pem.to_owned(),
            pem.replace('\n', "\r\n"),
        ] {
            assert_eq!(PublicKey::parse(&same).as_ref(), Ok(&key), "{same}");
        }
    }

    /// From OpenSSL 3: the same key in three spellings, and a signature over `hello` with a high and with a low `s`.
    #[test]
    fn secp256k1_is_openssls() {
        let key = PublicKey::parse(SECP256K1_POINT).unwrap();
        assert_eq!((key.kind(), key.to_hex().as_str()), (KeyKind::Secp256k1, SECP256K1_COMPRESSED));
        for same in [SECP256K1_COMPRESSED, SECP256K1_PEM, SECP256K1_PEM_COMPRESSED] {
            assert_eq!(PublicKey::parse(same).as_ref(), Ok(&key), "{same}");
        }
        for (signature, is_good) in [
            (SECP256K1_DER_HIGH, true),
            (SECP256K1_DER_LOW, true),
            (SECP256K1_RAW_LOW, true),
            (SECP256K1_RAW_HIGH, false),
        ] {
            let signature = bytes(signature).unwrap();
            assert_eq!(key.is_signature(b"hello", &signature), is_good);
            assert!(!key.is_signature(b"hellp", &signature));
        }
    }

    const SECP256K1_POINT: &str = "044f5c9031d7164cb0e6316159906a4d866f64e1d833bb0a678ac56933b7cf7a9ce4c8dffd791f4646515a25695b132405618f9e8c304fb55b4bc39feafc53b334";
    const SECP256K1_COMPRESSED: &str = "024f5c9031d7164cb0e6316159906a4d866f64e1d833bb0a678ac56933b7cf7a9c";
    const SECP256K1_PEM: &str = "-----BEGIN PUBLIC KEY-----\nMFYwEAYHKoZIzj0CAQYFK4EEAAoDQgAET1yQMdcWTLDmMWFZkGpNhm9k4dgzuwpn\nisVpM7fPepzkyN/9eR9GRlFaJWlbEyQFYY+ejDBPtVtLw5/q/FOzNA==\n-----END PUBLIC KEY-----\n";
    const SECP256K1_PEM_COMPRESSED: &str = "-----BEGIN PUBLIC KEY-----\nMDYwEAYHKoZIzj0CAQYFK4EEAAoDIgACT1yQMdcWTLDmMWFZkGpNhm9k4dgzuwpn\nisVpM7fPepw=\n-----END PUBLIC KEY-----\n";
    const SECP256K1_DER_HIGH: &str = "30450220443a651122b0a2e8e83c36c6edbf442c4be18720377ba37c938cfa6d3740e525022100bd66d97843464baad1e7724fff8e7e63f113795cde9f5c06f1907daea5696408";
    const SECP256K1_DER_LOW: &str = "3044022040fddb8d295c8deab104232087b5b36d03e498e5777834794269d3be021a50a502203082090379fcfd8ddd7853a6a05873a68e93a2eda5b96f9b5ca68e10015b8103";
    const SECP256K1_RAW_LOW: &str = "40fddb8d295c8deab104232087b5b36d03e498e5777834794269d3be021a50a53082090379fcfd8ddd7853a6a05873a68e93a2eda5b96f9b5ca68e10015b8103";
    const SECP256K1_RAW_HIGH: &str = "443a651122b0a2e8e83c36c6edbf442c4be18720377ba37c938cfa6d3740e525bd66d97843464baad1e7724fff8e7e63f113795cde9f5c06f1907daea5696408";

    #[test]
    fn what_is_no_key_is_refused() {
        for text in [
            "",
            "00",
            "zz",
            &"ab".repeat(31),
            &format!("secp256k1:{ED25519_KEY}"),
            &format!("rsa:{ED25519_KEY}"),
            &"05".repeat(33),
            // Not on the curve.
            &format!("02{}", "ff".repeat(32)),
            &format!("04{}", "01".repeat(64)),
            // The identity, and its twin with the other sign: anybody's signature would fit.
            &format!("01{}", "00".repeat(31)),
            &format!("01{}80", "00".repeat(30)),
            "-----BEGIN PUBLIC KEY-----\nMCow\n-----END PUBLIC KEY-----",
            "-----BEGIN PUBLIC KEY-----",
            &"a".repeat(2000),
        ] {
            assert_eq!(PublicKey::parse(text), Err(BadKey), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_is_too_odd_to_be_read(
            text in prop_oneof!["\\PC{0,140}", "(0x)?[0-9a-f]{64,130}", "[A-Za-z0-9_=-]{43,88}", "-----BEGIN PUBLIC KEY-----[A-Za-z0-9+/=\n]{0,200}-----END PUBLIC KEY-----"],
            message: Vec<u8>,
            signature in prop::collection::vec(any::<u8>(), 0..80),
        ) {
            if let Ok(key) = PublicKey::parse(&text) {
                prop_assert_eq!(PublicKey::parse(&key.to_hex()).unwrap(), key.clone());
                prop_assert!(!key.is_signature(&message, &signature));
            }
        }
    }
}
