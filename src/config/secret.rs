//! A text that is never shown: passwords, keys and addresses that carry them.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use serde::{Serialize, Serializer};
use zeroize::Zeroizing;

/// A configured secret. It prints and serialises as `***`, and its memory is wiped when dropped.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes a text out of sight.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The text itself, for the one place that uses it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Reads the secret as a key of exactly 32 bytes: 64 hexadecimal digits, or base64 in any of its usual forms.
    ///
    /// # Errors
    /// A reason without the secret, when it is neither.
    pub fn to_key(&self) -> Result<Zeroizing<[u8; 32]>, String> {
        let text = self.0.trim();
        let bytes = Zeroizing::new(if text.len() == 64 { unhex(text) } else { unbase64(text) }.unwrap_or_default());
        let mut key = Zeroizing::new([0_u8; 32]);
        if bytes.len() != key.len() {
            return Err("it is not 32 bytes as base64 or as 64 hexadecimal digits".to_owned());
        }
        key.copy_from_slice(&bytes);
        if key.iter().all(|byte| *byte == key[0]) {
            return Err("all its bytes are the same: a key must be random".to_owned());
        }
        Ok(key)
    }
}

fn unbase64(text: &str) -> Option<Vec<u8>> {
    [STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD].iter().find_map(|engine| engine.decode(text).ok())
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.chars().map(|digit| digit.to_digit(16)).collect::<Option<Vec<_>>>()?;
    digits.chunks_exact(2).map(|pair| u8::try_from(pair[0] * 16 + pair[1]).ok()).collect()
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("***")
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may stop here")]
    use super::Secret;

    #[test]
    fn never_prints() {
        let secret = Secret::new("canary-31337");
        assert_eq!(format!("{secret} {secret:?} {:?}", Some(secret.clone())), "*** *** Some(***)");
        assert_eq!(serde_json::to_string(&secret).unwrap(), "\"***\"");
        assert_eq!(secret.expose(), "canary-31337");
    }

    #[test]
    fn reads_keys_in_each_usual_form() {
        let hex = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1eFF";
        let forms = [
            hex,
            "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHv8=",
            "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHv8",
            "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHv8=\n",
        ];
        for form in forms {
            let key = Secret::new(form).to_key().unwrap();
            assert_eq!((key[1], key[31]), (1, 255), "{form}");
        }
        assert_eq!(Secret::new("-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_A").to_key().unwrap()[0], 0xfb);
    }

    #[test]
    fn refuses_what_is_no_key_without_repeating_it() {
        for bad in ["", "short", "AAECAwQ=", &"zz".repeat(32), &"00".repeat(32), "<openssl rand -base64 32>"] {
            let reason = Secret::new(bad).to_key().unwrap_err();
            assert!(bad.is_empty() || !reason.contains(bad), "{reason}");
        }
    }
}
