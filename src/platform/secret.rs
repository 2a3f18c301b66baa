//! The master key, and what is derived from it: sealing at rest and HMAC keys.
//!
//! Sealed bytes are `version (1) ‖ nonce (12) ‖ AES-256-GCM(plain)`. Each purpose has a key of its own, derived by
//! HKDF-SHA-256 (RFC 5869), so that what was sealed for one purpose never opens as another. Nonces are random: one
//! purpose should seal fewer than 2^32 messages under one master key (NIST SP 800-38D §8.3).

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::{hkdf, hmac};
use zeroize::{Zeroize, Zeroizing};

use crate::platform::random::{Random, RandomError};

const VERSION: u8 = 1;
const HEAD: usize = 1 + NONCE_LEN;
const TAG: usize = 16;

/// What one start of the server needs to open what an earlier one sealed: 32 secret bytes.
#[derive(Clone)]
pub struct MasterKey(Zeroizing<[u8; 32]>);

/// Why there is no master key.
#[derive(Debug, thiserror::Error)]
pub enum MasterKeyError {
    /// The text is not 32 bytes in one of the accepted encodings.
    #[error(
        "the master key must be 32 random bytes as base64, base64url or 64 hex digits; `openssl rand -base64 32` makes one"
    )]
    Malformed,
    /// The file holds something else.
    #[error("{}: this is no master key (32 random bytes as base64): put the right file back from a backup", path.display())]
    MalformedFile {
        /// The file.
        path: PathBuf,
    },
    /// Others on this machine can read the file.
    #[error("{} can be read by others (mode {mode:04o}): run `chmod 600 {}`", path.display(), path.display())]
    TooOpen {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The file could not be read or made.
    #[error("{}: the master key could not be {doing}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// `read` or `made`.
        doing: &'static str,
        /// What the operating system said.
        source: io::Error,
    },
    /// No randomness for a new key.
    #[error(transparent)]
    Random(#[from] RandomError),
}

/// What was given does not open: it was sealed by another key, for another purpose, or changed since.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("sealed data does not open with this master key")]
pub struct OpenError;

impl MasterKey {
    /// A key of these bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Reads 32 bytes from base64, base64url (padded or not) or hex.
    ///
    /// # Errors
    /// [`MasterKeyError::Malformed`] for anything else. The text is never repeated in the error.
    pub fn from_env_text(text: &str) -> Result<Self, MasterKeyError> {
        let text = text.trim();
        let decoded = if text.len() == 64 {
            from_hex(text)
        } else {
            [&STANDARD, &STANDARD_NO_PAD, &URL_SAFE, &URL_SAFE_NO_PAD]
                .iter()
                .find_map(|engine| engine.decode(text).ok())
        };
        let bytes = Zeroizing::new(decoded.ok_or(MasterKeyError::Malformed)?);
        Ok(Self::from_bytes(bytes.as_slice().try_into().map_err(|_| MasterKeyError::Malformed)?))
    }

    /// Reads the key from a file, or makes one where there is none (mode 0600, whole or not at all, on disk when this
    /// returns). Two starts at once end with the same key.
    ///
    /// # Errors
    /// Where the file can be read by others, is damaged, or cannot be read or made.
    pub fn load_or_create(path: &Path, random: &Random) -> Result<Self, MasterKeyError> {
        match Self::load(path) {
            Err(MasterKeyError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {}
            loaded => return loaded,
        }
        let bytes = Zeroizing::new(random.bytes::<32>()?);
        let text = Zeroizing::new(format!("{}\n", STANDARD.encode(*bytes)));
        match create_whole(path, text.as_bytes(), random) {
            Ok(()) => Ok(Self(bytes)),
            Err(MasterKeyError::Io { source, .. }) if source.kind() == io::ErrorKind::AlreadyExists => Self::load(path),
            Err(error) => Err(error),
        }
    }

    /// Reads the key from a file that must exist.
    ///
    /// # Errors
    /// As [`MasterKey::load_or_create`], and where there is no file.
    pub fn load(path: &Path) -> Result<Self, MasterKeyError> {
        let failed = |source| MasterKeyError::Io { path: path.to_owned(), doing: "read", source };
        let mut file = File::open(path).map_err(failed)?;
        let mode = file.metadata().map_err(failed)?.mode() & 0o7777;
        if mode & 0o077 != 0 {
            return Err(MasterKeyError::TooOpen { path: path.to_owned(), mode });
        }
        let mut text = Zeroizing::new(Vec::with_capacity(256));
        (&mut file).take(256).read_to_end(&mut text).map_err(failed)?;
        let text = std::str::from_utf8(&text).unwrap_or_default();
        Self::from_env_text(text).map_err(|_| MasterKeyError::MalformedFile { path: path.to_owned() })
    }

    /// A short name of this key that gives nothing of it away: tells whether data was sealed under another one.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let tag = hmac::sign(&self.hmac_key("fingerprint"), b"");
        tag.as_ref().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }

    /// The sealing key of one purpose, ready for use. Keep it where it is used often.
    #[must_use]
    pub fn sealer(&self, purpose: &str) -> Sealer {
        let prk = hkdf::Salt::new(hkdf::HKDF_SHA256, b"doorward seal v1").extract(&*self.0);
        Sealer(LessSafeKey::new(expand::<_, UnboundKey>(&prk, purpose, &AES_256_GCM)))
    }

    /// The HMAC-SHA-256 key of one purpose.
    #[must_use]
    pub fn hmac_key(&self, purpose: &str) -> hmac::Key {
        let prk = hkdf::Salt::new(hkdf::HKDF_SHA256, b"doorward hmac v1").extract(&*self.0);
        expand(&prk, purpose, hmac::HMAC_SHA256)
    }

    /// Seals `plain` for one purpose; `aad` is bound to it and must be the same at opening.
    ///
    /// # Errors
    /// Where the operating system gives no random bytes.
    pub fn seal(&self, random: &Random, purpose: &str, aad: &[u8], plain: &[u8]) -> Result<Vec<u8>, RandomError> {
        self.sealer(purpose).seal(random, aad, plain)
    }

    /// Opens what [`MasterKey::seal`] sealed for the same purpose and `aad`.
    ///
    /// # Errors
    /// [`OpenError`] where it was sealed otherwise or changed since.
    pub fn open(&self, purpose: &str, aad: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        self.sealer(purpose).open(aad, sealed)
    }
}

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MasterKey(***)")
    }
}

/// Seals and opens for one purpose, in about a microsecond.
#[derive(Clone)]
pub struct Sealer(LessSafeKey);

impl Sealer {
    /// Seals `plain`; `aad` is bound to it and must be the same at opening.
    ///
    /// # Errors
    /// Where the operating system gives no random bytes.
    pub fn seal(&self, random: &Random, aad: &[u8], plain: &[u8]) -> Result<Vec<u8>, RandomError> {
        let nonce = random.bytes::<NONCE_LEN>()?;
        let mut sealed = Vec::with_capacity(HEAD + plain.len() + TAG);
        sealed.push(VERSION);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(plain);
        // Fails only for more than 64 GiB of plain text; then nothing of it may leave.
        let body = sealed.get_mut(HEAD..).unwrap_or_default();
        match self.0.seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), Aad::from(aad), body) {
            Ok(tag) => sealed.extend_from_slice(tag.as_ref()),
            Err(_) => {
                sealed.zeroize();
                return Err(RandomError);
            }
        }
        Ok(sealed)
    }

    /// Opens what this purpose sealed with the same `aad`.
    ///
    /// # Errors
    /// [`OpenError`] where it was sealed otherwise or changed since.
    pub fn open(&self, aad: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let (head, body) = sealed.split_at_checked(HEAD).ok_or(OpenError)?;
        let (&[version], nonce) = head.split_first_chunk::<1>().ok_or(OpenError)?;
        if version != VERSION {
            return Err(OpenError);
        }
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| OpenError)?;
        let mut plain = Zeroizing::new(body.to_vec());
        let length = self.0.open_in_place(nonce, Aad::from(aad), &mut plain).map_err(|_| OpenError)?.len();
        plain.truncate(length);
        Ok(plain)
    }
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sealer(***)")
    }
}

/// Expands the key of one purpose.
#[expect(
    clippy::expect_used,
    reason = "HKDF fails only for outputs above 255 hashes (RFC 5869 §2.3); ours are one hash long"
)]
fn expand<L: hkdf::KeyType, K: for<'a> From<hkdf::Okm<'a, L>>>(prk: &hkdf::Prk, purpose: &str, length: L) -> K {
    K::from(prk.expand(&[purpose.as_bytes()], length).expect("one hash of output"))
}

/// Writes a new file beside `path` and links it there: whoever looks sees nothing or all of it.
fn create_whole(path: &Path, contents: &[u8], random: &Random) -> Result<(), MasterKeyError> {
    let suffix: String = random.bytes::<6>()?.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{suffix}"));
    let draft = path.with_file_name(name);
    let made = (|| {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
        file.write_all(contents)?;
        file.sync_all()?;
        // A link, not a rename: it fails where another start was first.
        fs::hard_link(&draft, path)?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder)?.sync_all()
    })();
    // A draft that stays behind after a crash is a key that nobody uses.
    drop(fs::remove_file(&draft));
    made.map_err(|source| MasterKeyError::Io { path: path.to_owned(), doing: "made", source })
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    text.as_bytes().as_chunks::<2>().0.iter().map(|&[high, low]| Some(digit(high)? << 4 | digit(low)?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn key() -> MasterKey {
        MasterKey::from_bytes([7; 32])
    }

    #[test]
    fn reads_every_encoding_and_refuses_the_rest() {
        let bytes: [u8; 32] = std::array::from_fn(|n| u8::try_from(n * 8 + 7).unwrap());
        let hex: String = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
        for text in [
            STANDARD.encode(bytes),
            STANDARD_NO_PAD.encode(bytes),
            URL_SAFE.encode(bytes),
            URL_SAFE_NO_PAD.encode(bytes),
            hex,
        ] {
            assert_eq!(*MasterKey::from_env_text(&format!(" {text}\n")).unwrap().0, bytes, "{text}");
        }
        for text in
            ["", "secret", &"g".repeat(64), &STANDARD.encode([1; 31]), &STANDARD.encode([1; 33]), &"é".repeat(32)]
        {
            let error = MasterKey::from_env_text(text).unwrap_err().to_string();
            assert!(error.contains("openssl rand -base64 32"), "{error}");
        }
    }

    #[test]
    fn opens_what_it_sealed_and_nothing_else() {
        let random = Random::default();
        let sealed = key().seal(&random, "signing keys", b"kid-1", b"private").unwrap();
        assert_eq!(sealed.len(), HEAD + 7 + TAG);
        assert_eq!(key().open("signing keys", b"kid-1", &sealed).unwrap().as_slice(), b"private");
        assert_eq!(key().open("signing keys", b"kid-2", &sealed), Err(OpenError));
        assert_eq!(key().open("upstream", b"kid-1", &sealed), Err(OpenError));
        assert_eq!(MasterKey::from_bytes([8; 32]).open("signing keys", b"kid-1", &sealed), Err(OpenError));
        for cut in 0..sealed.len() {
            assert_eq!(key().open("signing keys", b"kid-1", &sealed[..cut]), Err(OpenError));
            let mut changed = sealed.clone();
            changed[cut] ^= 1;
            assert_eq!(key().open("signing keys", b"kid-1", &changed), Err(OpenError));
        }
        assert_ne!(sealed, key().seal(&random, "signing keys", b"kid-1", b"private").unwrap());
    }

    #[test]
    fn derived_keys_differ_by_purpose_and_stay_the_same() {
        let sign = |key: &MasterKey, purpose| hmac::sign(&key.hmac_key(purpose), b"x").as_ref().to_vec();
        assert_eq!(sign(&key(), "refresh"), sign(&key(), "refresh"));
        assert_ne!(sign(&key(), "refresh"), sign(&key(), "csrf"));
        assert_ne!(key().fingerprint(), MasterKey::from_bytes([8; 32]).fingerprint());
        // Changing the derivation would make every sealed row unreadable.
        assert_eq!(key().fingerprint(), "f1beffa43c036c19");
        assert_eq!(format!("{:?} {:?}", key(), key().sealer("x")), "MasterKey(***) Sealer(***)");
    }

    #[test]
    fn makes_a_private_file_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        let made = MasterKey::load_or_create(&path, &Random::default()).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o7777, 0o600);
        let read = MasterKey::load_or_create(&path, &Random::default()).unwrap();
        assert_eq!(made.fingerprint(), read.fingerprint());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn two_starts_at_once_share_one_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        let names: Vec<String> = std::thread::scope(|scope| {
            let start = || MasterKey::load_or_create(&path, &Random::default()).unwrap().fingerprint();
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(start)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(names.iter().all(|name| *name == names[0]));
    }

    #[test]
    fn refuses_a_file_that_others_read_and_a_damaged_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        MasterKey::load_or_create(&path, &Random::default()).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let error = MasterKey::load_or_create(&path, &Random::default()).unwrap_err().to_string();
        assert!(error.contains("chmod 600") && error.contains("0640"), "{error}");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(&path, "short").unwrap();
        let error = MasterKey::load_or_create(&path, &Random::default()).unwrap_err().to_string();
        assert!(error.contains("master.key") && !error.contains("short"), "{error}");
        assert_eq!(fs::read(&path).unwrap(), b"short");
        let error = MasterKey::load_or_create(&folder.path().join("no/such"), &Random::default()).unwrap_err();
        assert!(error.to_string().contains("could not be made"), "{error}");
    }
}
