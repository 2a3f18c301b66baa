//! What another product could use unchanged: it knows neither users nor OAuth.
//!
//! Nothing here imports anything from the features, the domain or the entities.

pub mod cache;
pub mod clock;
pub mod forms;
pub mod hashing;
pub mod http_client;
pub mod logging;
pub mod public_key;
pub mod qr;
pub mod random;
pub mod real_ip;
pub mod secret;
pub mod server;
pub mod strength;
pub mod templates;
pub mod user_agent;
pub mod webauthn;
pub mod window;
