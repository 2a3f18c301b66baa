//! The keys above all sections: who this server is, where it listens, where it keeps its files.

use std::path::PathBuf;

use super::field::{Rule, section};
use super::{Issuer, Listen, Secret};
use crate::platform::secret::MasterKey;

section! {
    /// These stand at the top of the file, before the first section.
    pub(super) Root "" {
        /// The address under which everyone reaches this server, as clients compare it: https, or http on this machine
        /// alone; no trailing slash. Unless set: `http://localhost` with the port of `listen`.
        issuer: Issuer = Issuer::default(), Rule::Any, "\"https://id.example.com\"";
        /// Where the server listens: an address with a port, IPv6 in brackets, or `unix:` and a path.
        listen: Listen = Listen::default(), Rule::Any, "\"0.0.0.0:8080\"";
        /// The folder of the SQLite file and of the master key that is made at the first start.
        data_dir: PathBuf = PathBuf::from("./data"), Rule::Any, "\"/var/lib/doorward\"";
        /// The key that seals signing keys and secrets in the database: 32 random bytes as base64 or 64 hexadecimal digits,
        /// the same for every replica. Without one a file in `data_dir` holds it, made at the first start.
        master_key: Option<Secret> = None, Rule::Text("32 bytes, as base64 or hexadecimal", check_key),
            "\"<what openssl rand -base64 32 prints>\"";
    }
}

fn check_key(text: &str) -> Result<(), String> {
    MasterKey::from_env_text(text).map(drop).map_err(|error| error.to_string())
}
