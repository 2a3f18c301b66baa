//! The nouns and verbs of the house: each change of state exists here once, with its transaction and its event.
//!
//! Doors (pages, endpoints, commands) parse, authorise, call a verb and render. A verb that could be called from two doors
//! lives here; a read that only one page needs may stay in that page. Nothing here knows HTTP.

pub mod action_tokens;
pub mod administrators;
pub mod clients;
pub mod consents;
pub mod credentials;
pub mod directory;
pub mod error;
pub mod events;
pub mod factors;
pub mod flows;
pub mod grants;
pub mod keys;
pub mod invitations;
pub mod live;
pub mod notices;
pub mod passwords;
pub mod recovery_codes;
pub mod registrations;
pub mod resources;
pub mod sessions;
pub mod settings;
pub mod throttle;
pub mod tokens;
pub mod totp;
pub mod trusted_devices;
pub mod users;
pub mod versions;

pub use error::{Error, Result};
