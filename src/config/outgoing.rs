//! `[outgoing]`: the one client for addresses that others name.

use std::path::PathBuf;

use ipnet::IpNet;

use super::field::{Rule, number, seconds, section};

section! {
    /// Requests to addresses that others name, such as a client's `jwks_uri`: https only, and to public addresses only.
    pub Outgoing "outgoing" {
        /// Private networks that may be reached all the same.
        allow_networks: Vec<IpNet> = Vec::new(), Rule::Any, "[\"10.20.0.0/16\"]";
        /// PEM files of certificate authorities to trust beside the usual ones.
        ca_certificates: Vec<PathBuf> = Vec::new(), Rule::Any, "[\"/etc/doorward/company-ca.pem\"]";
        /// How long one request may take.
        timeout: u64 = 5, seconds(1, 60).rule(), "5";
        /// The largest answer that is read.
        max_body: usize = 65_536, number(1024, 4_194_304, "bytes").rule(), "65536";
    }
}
