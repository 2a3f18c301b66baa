//! JOSE: the keys we sign with, the keys clients sign with, and the JWTs in between.
//!
//! The only folder that imports josekit; nothing else of the product knows how a signature is made. What lives here knows no
//! OAuth: which algorithm, audience or lifetime is right is said by the caller, in a [`Policy`] and by the key it hands over.
//!
//! - `alg`: the algorithms we speak and the hashes that belong to them
//! - `key`: make a key, name it (RFC 7638), tell its public from its private half
//! - `signer`, `verifier`: a key built once and used often
//! - `keyring`: our own keys at one moment: who signs, who is published
//! - `jwt`: take a token apart under limits, check its signature and its claims
//! - `client_keys`: JWK Sets that come from outside
//!
//! Two rules hold everywhere. A key is bound to one algorithm and a token's header never chooses another (RFC 8725 §3.1).
//! Limits come before decoding, decoding before the signature, the signature before any claim is believed.
//!
//! To add an algorithm: a line in `Alg`, its members in `key.rs`, an arm each in `signer.rs` and `verifier.rs`, its `kty` in
//! `client_keys.rs`; the tests iterate over `Alg::ALL`.

mod alg;
mod client_keys;
mod jwt;
mod key;
mod keyring;
mod signer;
#[cfg(test)]
mod tests;
mod verifier;

pub use alg::{Alg, UnknownAlg, left_half_hash};
pub use client_keys::{ClientKeys, ClientKeysError};
pub(crate) use jwt::UniqueObject;
pub use jwt::{Header, JwtError, Limits, Policy, Unverified, Verified};
pub use key::{JoseError, NewKey, generate, thumbprint};
pub use keyring::{Keyring, StoredKey};
pub use signer::{Signer, Typ};
pub use verifier::Verifier;
