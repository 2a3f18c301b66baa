//! A security key without hardware: ES256 keys of its own, WebAuthn's bytes written by hand, and every lie that a test needs.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use doorward::platform::random::{Random, sha256};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};

/// An authenticator in a browser.
#[derive(Debug, Clone)]
pub(crate) struct Authenticator {
    keys: Vec<Key>,
    /// The origin of the page that asks, as the browser tells.
    pub(crate) origin: String,
    /// Says another domain than the one asked for.
    pub(crate) rp_id: Option<&'static str>,
    /// Whether it checks who is there.
    pub(crate) is_verified: bool,
    /// Whether anybody is there.
    pub(crate) is_present: bool,
    /// Whether the page is in a frame of another.
    pub(crate) is_framed: bool,
    /// The counter before the next use.
    pub(crate) counter: u32,
    /// How much a use adds to it.
    pub(crate) step: u32,
    /// Whether its keys are kept on other devices too.
    is_synced: bool,
    /// Gives this user handle instead of the right one; none at all where it is empty.
    pub(crate) handle: Option<Vec<u8>>,
    /// The COSE algorithm it says its keys have.
    pub(crate) algorithm: Algorithm,
}

/// What a new key says it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Algorithm {
    Es256,
    EdDsa,
}

#[derive(Debug, Clone)]
struct Key {
    id: Vec<u8>,
    pkcs8: Vec<u8>,
    user: Vec<u8>,
}

impl Authenticator {
    pub(crate) fn new() -> Self {
        Self {
            keys: Vec::new(),
            origin: "https://id.example".to_owned(),
            rp_id: None,
            is_verified: true,
            is_present: true,
            is_framed: false,
            counter: 0,
            step: 1,
            is_synced: false,
            handle: None,
            algorithm: Algorithm::Es256,
        }
    }

    /// One whose keys are synchronised and do not count.
    pub(crate) fn synced() -> Self {
        Self { step: 0, is_synced: true, ..Self::new() }
    }

    fn client_data(&self, kind: &str, options: &Value) -> Vec<u8> {
        let mut data = json!({
            "type": kind,
            "challenge": options["challenge"],
            "origin": self.origin,
            "crossOrigin": self.is_framed,
        });
        if self.is_framed {
            data["topOrigin"] = json!("https://evil.example");
        }
        data.to_string().into_bytes()
    }

    fn auth_data(&self, rp_id: &str, more_flags: u8) -> Vec<u8> {
        let mut data = sha256(self.rp_id.unwrap_or(rp_id).as_bytes()).to_vec();
        let synced = if self.is_synced { 0x18 } else { 0 };
        data.push(u8::from(self.is_present) | u8::from(self.is_verified) << 2 | synced | more_flags);
        data.extend_from_slice(&self.counter.to_be_bytes());
        data
    }

    /// `navigator.credentials.create`.
    pub(crate) fn create(&mut self, options: &Value) -> String {
        let pkcs8 =
            EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &system_random()).unwrap().as_ref().to_vec();
        let id = Random::default().bytes::<32>().unwrap().to_vec();
        let user = decode(&options["user"]["id"]);
        self.keys.push(Key { id, pkcs8, user });
        self.attest(options)
    }

    /// The same with the key that it made last.
    pub(crate) fn attest(&self, options: &Value) -> String {
        let key = self.keys.last().unwrap();
        let mut auth_data = self.auth_data(options["rp"]["id"].as_str().unwrap(), 0x40);
        auth_data.extend_from_slice(&[0; 16]);
        auth_data.extend_from_slice(&u16::try_from(key.id.len()).unwrap().to_be_bytes());
        auth_data.extend_from_slice(&key.id);
        let pair = key.pair();
        let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
        match self.algorithm {
            // RFC 9053 §7.1.1: kty EC2, alg ES256, crv P-256, x, y.
            Algorithm::Es256 => {
                auth_data.extend_from_slice(&[0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32]);
                auth_data.extend_from_slice(x);
                auth_data.extend_from_slice(&[0x22, 0x58, 32]);
                auth_data.extend_from_slice(y);
            }
            // §7.2: kty OKP, alg EdDSA, crv Ed25519, x.
            Algorithm::EdDsa => {
                auth_data.extend_from_slice(&[0xa4, 1, 1, 3, 0x27, 0x20, 6, 0x21, 0x58, 32]);
                auth_data.extend_from_slice(x);
            }
        }
        // {"fmt": "none", "attStmt": {}, "authData": bytes}
        let mut object = vec![0xa3, 0x63];
        object.extend_from_slice(b"fmt\x64none\x67attStmt\xa0\x68authData\x59");
        object.extend_from_slice(&u16::try_from(auth_data.len()).unwrap().to_be_bytes());
        object.extend_from_slice(&auth_data);
        answer(
            &key.id,
            &json!({
                "clientDataJSON": encode(&self.client_data("webauthn.create", options)),
                "attestationObject": encode(&object),
                "transports": ["internal", "smart-card"],
            }),
        )
    }

    /// `navigator.credentials.get`, with the first of its keys that is asked for.
    pub(crate) fn get(&mut self, options: &Value) -> String {
        let allowed: Vec<Vec<u8>> =
            options["allowCredentials"].as_array().unwrap().iter().map(|c| decode(&c["id"])).collect();
        let fits = |key: &&Key| allowed.is_empty() || allowed.contains(&key.id);
        let key = self.keys.iter().find(fits).unwrap_or_else(|| panic!("no passkey here: {options}")).clone();
        self.sign(options, &key)
    }

    /// The same with the key that it made first, whatever is asked for.
    pub(crate) fn insist(&mut self, options: &Value) -> String {
        let key = self.keys[0].clone();
        self.sign(options, &key)
    }

    fn sign(&mut self, options: &Value, key: &Key) -> String {
        self.counter += self.step;
        let client_data = self.client_data("webauthn.get", options);
        let auth_data = self.auth_data(options["rpId"].as_str().unwrap(), 0);
        let signed = [auth_data.as_slice(), &sha256(&client_data)].concat();
        let signature = key.pair().sign(&system_random(), &signed).unwrap();
        let handle = self.handle.as_ref().unwrap_or(&key.user);
        let mut response = json!({
            "clientDataJSON": encode(&client_data),
            "authenticatorData": encode(&auth_data),
            "signature": encode(signature.as_ref()),
        });
        if !handle.is_empty() {
            response["userHandle"] = json!(encode(handle));
        }
        answer(&key.id, &response)
    }
}

impl Key {
    fn pair(&self) -> EcdsaKeyPair {
        EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &self.pkcs8, &system_random()).unwrap()
    }
}

fn answer(id: &[u8], response: &Value) -> String {
    json!({ "id": encode(id), "rawId": encode(id), "type": "public-key", "response": response }).to_string()
}

fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn decode(text: &Value) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text.as_str().unwrap()).unwrap()
}

#[expect(clippy::disallowed_methods, reason = "ring signs with nothing else")]
fn system_random() -> SystemRandom {
    SystemRandom::new()
}
