//! `[mfa]`: when a second factor is asked for.

use figment::value::Value;
use serde::Serialize;

use super::field::{DAY, Rule, Setting, Shape, not, parsed, quote, seconds, section};

section! {
    /// When a second factor is asked for. A client can require one for itself (`require_mfa`), whatever stands here.
    pub Mfa "mfa" {
        /// `off`: nobody is asked. `optional`: who has set one up is asked. `required`: everybody is, and who has none sets one up
        /// at the next sign-in.
        policy: MfaPolicy = MfaPolicy::Optional, Rule::Any, "\"required\"";
        /// Groups whose members need two factors even where the policy is `off` or `optional`.
        required_groups: Vec<String> = Vec::new(), Rule::Any, "[\"admins\"]";
        /// How long "trust this device" spares the second factor; 0 to not offer it.
        trust_device_ttl: u64 = 30 * DAY, seconds(60, 400 * DAY).zero("not offered").rule(), "2592000";
    }
}

/// When a second factor is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum MfaPolicy {
    /// Never.
    Off,
    /// Of who has one.
    #[default]
    Optional,
    /// Always.
    Required,
}

parsed! {
    MfaPolicy, "off, optional or required", |text| match text {
        "off" => Ok(Self::Off),
        "optional" => Ok(Self::Optional),
        "required" => Ok(Self::Required),
        _ => Err("is not off, optional or required".to_owned()),
    };
}
