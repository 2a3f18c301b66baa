//! The tables of Doorward, one file per table, nothing but the schema.
//!
//! Ids are UUIDv7, times are epoch milliseconds in UTC, hashes are SHA-256, and text that is sealed is AES-256-GCM under the
//! master key.

pub mod action_tokens;
pub mod browser_sessions;
pub mod client_secrets;
pub mod client_sessions;
pub mod clients;
pub mod consents;
pub mod events;
pub mod grants;
pub mod group_members;
pub mod groups;
pub mod http_sessions;
pub mod invitations;
pub mod login_flows;
pub mod outbox;
pub mod passkeys;
pub mod password_credentials;
pub mod recovery_codes;
pub mod resources;
pub mod revoked_tokens;
pub mod settings;
pub mod signature_keys;
pub mod signing_keys;
pub mod throttles;
pub mod totp_secrets;
pub mod trusted_devices;
pub mod upstream_links;
pub mod used_jtis;
pub mod user_emails;
pub mod users;
pub mod versions;
