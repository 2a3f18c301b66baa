//! Keys of people, and what they sign.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use doorward::domain::signature_keys;
use doorward::domain::users;
use doorward::platform::public_key::PublicKey;
use doorward::platform::random::sha256;
use k256::ecdsa::signature::hazmat::PrehashSigner;
use k256::ecdsa::{Signature, SigningKey};
use ring::signature::{Ed25519KeyPair, KeyPair};
use uuid::Uuid;

use super::TestApp;

/// A key pair of either kind.
pub(crate) enum UserKey {
    Ed25519(Ed25519KeyPair, [u8; 32]),
    Secp256k1(Box<SigningKey>),
}

impl UserKey {
    /// The same for the same number.
    pub(crate) fn ed25519(n: u8) -> Self {
        let seed = sha256(&[n]);
        Self::Ed25519(Ed25519KeyPair::from_seed_unchecked(&seed).unwrap(), seed)
    }

    /// The same for the same number.
    pub(crate) fn secp256k1(n: u8) -> Self {
        Self::Secp256k1(Box::new(SigningKey::from_slice(&sha256(&[n])).unwrap()))
    }

    /// In hexadecimal.
    pub(crate) fn public(&self) -> String {
        let bytes = match self {
            Self::Ed25519(pair, _) => pair.public_key().as_ref().to_vec(),
            Self::Secp256k1(key) => key.verifying_key().to_sec1_point(false).as_bytes().to_vec(),
        };
        bytes.iter().map(|b| format!("{b:02x}")).collect()
    }

    pub(crate) fn raw(&self, message: &str) -> Vec<u8> {
        match self {
            Self::Ed25519(pair, _) => pair.sign(message.as_bytes()).as_ref().to_vec(),
            Self::Secp256k1(key) => {
                let signature: Signature = key.sign_prehash(&sha256(message.as_bytes())).unwrap();
                signature.to_bytes().to_vec()
            }
        }
    }

    /// The private half as OpenSSL keeps it: PKCS#8, or SEC1 with the curve's name.
    pub(crate) fn pem(&self) -> String {
        let (label, der) = match self {
            Self::Ed25519(_, seed) => {
                let head = b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20";
                ("PRIVATE KEY", [&head[..], seed].concat())
            }
            Self::Secp256k1(key) => {
                let tail = b"\xa0\x07\x06\x05\x2b\x81\x04\x00\x0a";
                let head = b"\x30\x2e\x02\x01\x01\x04\x20";
                ("EC PRIVATE KEY", [&head[..], key.to_bytes().as_slice(), tail].concat())
            }
        };
        format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", STANDARD.encode(der))
    }

    /// In base64url.
    pub(crate) fn sign(&self, message: &str) -> String {
        URL_SAFE_NO_PAD.encode(self.raw(message))
    }

    /// In DER, with `s` in the upper half, as OpenSSL may write it.
    pub(crate) fn sign_der_high(&self, message: &str) -> String {
        let low = Signature::from_slice(&self.raw(message)).unwrap();
        let (r, s) = low.split_scalars();
        let high = Signature::from_scalars(r, -s).unwrap();
        assert_ne!(high, high.normalize_s());
        URL_SAFE_NO_PAD.encode(high.to_der().as_bytes())
    }
}

impl TestApp {
    /// Makes a key somebody's.
    pub(crate) async fn register_key(&self, username: &str, key: &UserKey) -> Uuid {
        let person = users::find(&self.app, self.id_of(username).await).await.unwrap();
        let public = PublicKey::parse(&key.public()).unwrap();
        let place = doorward::domain::sessions::Place::default();
        let challenge =
            signature_keys::begin_adding(&self.app, &person, &public, "Laptop", &place.browser_hash).await.unwrap();
        let signature = key.raw(&challenge.message);
        signature_keys::add(&self.app, person.id, &challenge.token, &signature, &place).await.unwrap().unwrap()
    }
}
