//! What is registered of a client, in the names of RFC 7591 §2 and OpenID Connect Registration §2, and a few of our own.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::jose::Alg;

/// How a client proves who it is at the token endpoint (OpenID Connect Core §9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthMethod {
    /// A public client: it cannot keep a secret and proves nothing.
    None,
    /// HTTP Basic (RFC 6749 §2.3.1).
    ClientSecretBasic,
    /// The secret in the form body.
    ClientSecretPost,
    /// A JWT signed with the secret (RFC 7523).
    ClientSecretJwt,
    /// A JWT signed with the client's own key (RFC 7523).
    PrivateKeyJwt,
}

impl AuthMethod {
    /// All of them, as discovery lists them.
    pub const ALL: [Self; 5] =
        [Self::ClientSecretBasic, Self::ClientSecretPost, Self::ClientSecretJwt, Self::PrivateKeyJwt, Self::None];

    /// The name in metadata.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::ClientSecretBasic => "client_secret_basic",
            Self::ClientSecretPost => "client_secret_post",
            Self::ClientSecretJwt => "client_secret_jwt",
            Self::PrivateKeyJwt => "private_key_jwt",
        }
    }

    /// Whether a secret is shared with the client.
    #[must_use]
    pub fn uses_secret(self) -> bool {
        matches!(self, Self::ClientSecretBasic | Self::ClientSecretPost | Self::ClientSecretJwt)
    }
}

/// Web or native (OpenID Connect Registration §2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ApplicationType {
    /// Runs on a server or in a browser.
    Web,
    /// Runs on a device; loopback redirects take any port (RFC 8252 §7.3).
    Native,
}

/// Whether every client sees the same subject for a person (OpenID Connect Core §8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SubjectType {
    /// The same for all.
    Public,
    /// Another for each sector.
    Pairwise,
}

/// Whether an access token can be read by who receives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TokenFormat {
    /// RFC 9068.
    Jwt,
    /// Only we can read it; resources ask at introspection.
    Opaque,
}

/// Which tokens a client may introspect (RFC 7662 §4: an extension of ours).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum MayIntrospect {
    /// All or none.
    Any(bool),
    /// Those for these audiences.
    Audiences(Vec<String>),
}

/// What is registered of a client (RFC 7591 §2, OpenID Connect Registration §2, and extensions of ours).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the fields keep the names and meanings of the two specifications")]
pub struct Metadata {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_name: Option<String>,
    pub redirect_uris: Vec<String>,
    pub token_endpoint_auth_method: AuthMethod,
    pub grant_types: Vec<String>,
    pub response_types: Vec<String>,
    pub application_type: ApplicationType,
    pub subject_type: SubjectType,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sector_identifier_uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logo_uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy_uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tos_uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwks_uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwks: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub software_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub software_version: Option<String>,
    pub id_token_signed_response_alg: Alg,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub userinfo_signed_response_alg: Option<Alg>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_endpoint_auth_signing_alg: Option<Alg>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_max_age: Option<i64>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub require_auth_time: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub default_acr_values: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initiate_login_uri: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub post_logout_redirect_uris: Vec<String>,
    /// Whether PKCE is required. Only a confidential OpenID client may be registered without it.
    pub require_pkce: bool,
    /// One of the operator's own apps: people are not asked for consent.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub trusted: bool,
    /// Whether people must show two factors to reach it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub require_mfa: bool,
    /// The audiences it may get tokens for (RFC 8707).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<String>,
    /// Whether it may ask about tokens (RFC 7662).
    pub may_introspect: MayIntrospect,
    /// The form of its access tokens where the resource does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_token_format: Option<TokenFormat>,
    /// Seconds that its access tokens live where the resource does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_token_ttl: Option<u64>,
}

impl Default for Metadata {
    fn default() -> Self {
        Self {
            client_name: None,
            redirect_uris: Vec::new(),
            // RFC 7591 §2: the defaults where a value is omitted.
            token_endpoint_auth_method: AuthMethod::ClientSecretBasic,
            grant_types: vec!["authorization_code".into()],
            response_types: vec!["code".into()],
            application_type: ApplicationType::Web,
            subject_type: SubjectType::Public,
            sector_identifier_uri: None,
            scope: None,
            contacts: Vec::new(),
            client_uri: None,
            logo_uri: None,
            policy_uri: None,
            tos_uri: None,
            jwks_uri: None,
            jwks: None,
            software_id: None,
            software_version: None,
            // OpenID Connect Registration §2: RS256 where nothing is asked.
            id_token_signed_response_alg: Alg::Rs256,
            userinfo_signed_response_alg: None,
            token_endpoint_auth_signing_alg: None,
            default_max_age: None,
            require_auth_time: false,
            default_acr_values: Vec::new(),
            initiate_login_uri: None,
            post_logout_redirect_uris: Vec::new(),
            require_pkce: true,
            trusted: false,
            require_mfa: false,
            resources: Vec::new(),
            may_introspect: MayIntrospect::Any(false),
            access_token_format: None,
            access_token_ttl: None,
        }
    }
}
