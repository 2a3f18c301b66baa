//! The nouns and verbs of the house: each change of state exists here once, with its transaction and its event.
//!
//! Doors (pages, endpoints, commands) parse, authorise, call a verb and render. A verb that could be called from two doors
//! lives here; a read that only one page needs may stay in that page. Nothing here knows HTTP.

pub mod action_tokens;
pub mod addressees;
pub mod administrators;
pub mod archive;
pub mod clients;
pub mod consents;
pub mod credentials;
pub mod directory;
pub mod emails;
pub mod error;
pub mod events;
pub mod factors;
pub mod flows;
pub mod grants;
pub mod imports;
pub mod invitations;
pub mod keys;
pub mod live;
pub mod locks;
pub mod mail_sign_in;
pub mod names;
pub mod notices;
pub mod passkeys;
pub mod passwords;
pub mod profiles;
pub mod recovery;
pub mod recovery_codes;
pub mod registrations;
pub mod removal;
pub mod resources;
pub mod sessions;
pub mod settings;
pub mod signature_keys;
pub mod throttle;
pub mod tokens;
pub mod totp;
pub mod trusted_devices;
pub mod upstream;
pub mod users;
pub mod versions;
pub mod ways_in;

pub use error::{Error, Result, again};
