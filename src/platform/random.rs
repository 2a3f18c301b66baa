//! Random bytes and tokens from the operating system, and the encodings of them.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::{SecureRandom, SystemRandom};

/// The operating system gave no random bytes.
#[derive(Debug, thiserror::Error)]
#[error("the operating system gave no random bytes")]
pub struct RandomError;

/// A source of unguessable bytes.
#[derive(Debug, Clone)]
pub struct Random(SystemRandom);

impl Default for Random {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the random source that everything else takes from the context"
    )]
    fn default() -> Self {
        Self(SystemRandom::new())
    }
}

impl Random {
    /// `N` unguessable bytes.
    ///
    /// # Errors
    /// Where the operating system refuses to give any.
    pub fn bytes<const N: usize>(&self) -> Result<[u8; N], RandomError> {
        let mut bytes = [0; N];
        self.0.fill(&mut bytes).map_err(|_| RandomError)?;
        Ok(bytes)
    }

    /// A token of 256 random bits in 43 base64url characters.
    ///
    /// # Errors
    /// Where the operating system gives no random bytes.
    pub fn token(&self) -> Result<String, RandomError> {
        Ok(base64url(&self.bytes::<32>()?))
    }
}

/// Base64url without padding (RFC 4648 §5).
#[must_use]
pub fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The bytes of a strict base64url text without padding; nothing where it is not one.
#[must_use]
pub fn from_base64url(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// The SHA-256 of `bytes`.
#[must_use]
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(ring::digest::digest(&ring::digest::SHA256, bytes).as_ref());
    out
}
