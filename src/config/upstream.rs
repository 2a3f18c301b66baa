//! `[upstream.NAME]`: accounts elsewhere that sign people in here, a section for each provider.

use std::path::PathBuf;

use figment::value::Value;
use serde::Serialize;
use url::{Host, Url};

use super::Secret;
use super::field::{Reader, Rule, Setting, Shape, not, parsed, quote, section};
use super::registration::check_domain;

section! {
    /// Accounts elsewhere that sign people in here: a section for each provider. NAME is yours to choose and stands in addresses: small letters, digits and single hyphens, at most 32. In a variable it is written in capitals, with an underscore for each hyphen: `[upstream.my-idp]` is `DOORWARD_UPSTREAM__MY_IDP__CLIENT_ID`. Register `<issuer>/login/upstream/NAME/callback` as redirect URI there; docs/guides/upstream.md has the settings at Google, GitHub, Apple and Microsoft.
    pub Upstream "upstream.NAME" {
        /// What the provider is: `google`, `github`, `apple`, `entra` (Microsoft), or `oidc` for any OpenID provider.
        kind: UpstreamKind = UpstreamKind::Oidc, Rule::Any, "\"google\"";
        /// The id of our registration there.
        client_id: Option<String> = None, Rule::Text("a text", check_not_empty), "\"123456.apps.example.com\"";
        /// The secret of our registration there. Only a provider of kind `oidc` does without (a public client with PKCE), and `apple` with a key file.
        client_secret: Option<Secret> = None, Rule::Text("a text", check_not_empty), "\"<what the provider shows>\"";
        /// The provider's issuer identifier, exactly as its discovery document says it. Known for `google` and `apple`; for `entra` it names the tenant (`…/common/v2.0` and `…/organizations/v2.0` are understood); for `github` it is the address of a GitHub Enterprise Server.
        issuer: Option<String> = None, Rule::Text("an https address", check_address), "\"https://login.example.com\"";
        /// What the button says: "Continue with …". Unless set: the product's name, or NAME.
        display_name: Option<String> = None, Rule::Text("a text", check_name), "\"Example Ltd\"";
        /// What is asked for; none for what the kind needs (`openid email profile`, at GitHub `read:user user:email`).
        scopes: Vec<String> = Vec::new(), Rule::Text("scopes", check_token), "[\"openid\", \"email\", \"profile\"]";
        /// The domains that a verified address must have to come in; none for all. At Google its `hd` claim must be one of them too, so only Workspace accounts get in.
        allowed_domains: Vec<String> = Vec::new(), Rule::Text("domain names", check_domain), "[\"example.com\"]";
        /// The tenants that may come in where `issuer` is that of many (`entra`): their ids; none for all.
        allowed_tenants: Vec<String> = Vec::new(), Rule::Text("tenant ids", check_token), "[\"72f988bf-86f1-41af-91ab-2d7cd011db47\"]";
        /// Links an account here to the one there by itself where both have the same verified address. Whoever runs the provider can then sign in as everybody with an address: only for one that you trust with your accounts.
        trust_email: bool = false, Rule::Any, "true";
        /// Takes every address from this provider as verified, though it does not say so: only where its operator gives the addresses out. For kind `oidc`, and `entra` with a single tenant.
        assume_email_verified: bool = false, Rule::Any, "true";
        /// Whether a first sign-in makes an account. Unless set: where registration.mode is `open`. `true` makes one whatever the mode says, so that the provider decides who comes in; `false` never does.
        sign_up: Option<bool> = None, Rule::Any, "true";
        /// The groups of an account that a first sign-in makes, beside those of registration.groups; with claim_groups only those of them that the provider names. Never the administrators.
        groups: Vec<String> = Vec::new(), Rule::Text("group names", check_group), "[\"staff\"]";
        /// The redirect URI that is registered there, where it is not `<issuer>/login/upstream/NAME/callback`: something before us must lead it there.
        redirect_uri: Option<String> = None, Rule::Text("an https address", check_address), "\"https://www.example.com/sso/callback\"";
        /// More parameters for the sign-in there, each `name=value`.
        authorize_params: Vec<String> = Vec::new(), Rule::Text("name=value", check_param), "[\"prompt=select_account\"]";
        /// How the answer comes back: `query`, or `form_post`. Unless set: `form_post` for `apple`, else `query`.
        response_mode: Option<UpstreamResponseMode> = None, Rule::Any, "\"form_post\"";
        /// The signature algorithms that an ID token may have.
        id_token_signed_response_algs: Vec<String> = ["RS256", "PS256", "ES256", "EdDSA"].map(str::to_owned).to_vec(), Rule::Text("algorithms with a public key", check_alg), "[\"RS256\"]";
        /// The claim that holds the address.
        claim_email: String = "email".to_owned(), Rule::Text("a claim", check_token), "\"mail\"";
        /// The claim that says whether the address was verified there.
        claim_email_verified: String = "email_verified".to_owned(), Rule::Text("a claim", check_token), "\"email_verified\"";
        /// The claim that holds the full name.
        claim_name: String = "name".to_owned(), Rule::Text("a claim", check_token), "\"displayName\"";
        /// The claim that a new account's user name is made from.
        claim_username: String = "preferred_username".to_owned(), Rule::Text("a claim", check_token), "\"login\"";
        /// The claim that holds the address of a picture.
        claim_picture: String = "picture".to_owned(), Rule::Text("a claim", check_token), "\"avatar_url\"";
        /// The claim that holds the names of groups, a list of texts.
        claim_groups: Option<String> = None, Rule::Text("a claim", check_token), "\"groups\"";
        /// The key file (PKCS #8 PEM, `AuthKey_….p8`) that signs the client secret at Apple.
        client_key_file: Option<PathBuf> = None, Rule::Any, "\"/etc/doorward/AuthKey_ABC123DEFG.p8\"";
        /// The id of that key.
        client_key_id: Option<String> = None, Rule::Text("a text", check_token), "\"ABC123DEFG\"";
        /// The id of the team at Apple.
        client_team_id: Option<String> = None, Rule::Text("a text", check_token), "\"DEF123GHIJ\"";
    }
}

/// What a provider is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum UpstreamKind {
    /// Google.
    Google,
    /// GitHub, or a GitHub Enterprise Server.
    Github,
    /// Any OpenID provider.
    #[default]
    Oidc,
    /// Apple.
    Apple,
    /// Microsoft Entra ID.
    Entra,
}

impl UpstreamKind {
    /// As it is written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Google => "google",
            Self::Github => "github",
            Self::Oidc => "oidc",
            Self::Apple => "apple",
            Self::Entra => "entra",
        }
    }
}

/// How a provider's answer comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum UpstreamResponseMode {
    /// In the query of a redirect.
    Query,
    /// In a form that the browser posts.
    FormPost,
}

parsed! {
    UpstreamKind, "google, github, oidc, apple or entra", |text| match text {
        "google" => Ok(Self::Google),
        "github" => Ok(Self::Github),
        "oidc" => Ok(Self::Oidc),
        "apple" => Ok(Self::Apple),
        "entra" => Ok(Self::Entra),
        _ => Err("is not google, github, oidc, apple or entra".to_owned()),
    };
    UpstreamResponseMode, "query or form_post", |text| match text {
        "query" => Ok(Self::Query),
        "form_post" => Ok(Self::FormPost),
        _ => Err("is not query or form_post".to_owned()),
    };
}

/// The parts of an Entra issuer that stand for many tenants.
const MANY_TENANTS: [&str; 3] = ["/common/", "/organizations/", "/consumers/"];
/// The signature algorithms that can be checked with a public key.
const ALGS: [&str; 9] = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"];
/// The parameters of the sign-in there that are ours.
const OURS: [&str; 12] = [
    "client_id",
    "redirect_uri",
    "response_type",
    "response_mode",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "request",
    "request_uri",
    "client_secret",
];

impl Upstream {
    /// The issuer: as configured, or as the kind has it.
    #[must_use]
    pub fn issuer(&self) -> &str {
        match (&self.issuer, self.kind) {
            (Some(issuer), _) => issuer,
            (None, UpstreamKind::Google) => "https://accounts.google.com",
            (None, UpstreamKind::Apple) => "https://appleid.apple.com",
            (None, UpstreamKind::Github) => "https://github.com",
            (None, UpstreamKind::Oidc | UpstreamKind::Entra) => "",
        }
    }

    /// What people know it as; `name` is that of its section.
    #[must_use]
    pub fn display_name(&self, name: &str) -> String {
        let own = match self.kind {
            UpstreamKind::Google => "Google",
            UpstreamKind::Github => "GitHub",
            UpstreamKind::Apple => "Apple",
            UpstreamKind::Entra => "Microsoft",
            UpstreamKind::Oidc => name,
        };
        self.display_name.clone().unwrap_or_else(|| own.to_owned())
    }

    /// Whether the issuer stands for many tenants, whose ID tokens each name their own.
    #[must_use]
    pub fn is_many_tenants(&self) -> bool {
        self.kind == UpstreamKind::Entra && MANY_TENANTS.iter().any(|part| self.issuer().contains(part))
    }

    /// How the answer comes back.
    #[must_use]
    pub fn response_mode(&self) -> UpstreamResponseMode {
        self.response_mode.unwrap_or(match self.kind {
            // Apple insists on it where name or address are asked for.
            UpstreamKind::Apple => UpstreamResponseMode::FormPost,
            _ => UpstreamResponseMode::Query,
        })
    }

    pub(super) fn check(&self, reader: &mut Reader<'_>) {
        use UpstreamKind::{Apple, Entra, Github, Oidc};
        reader.require(
            &[&fields::client_id],
            self.client_id.is_some(),
            "is not set: the provider gives it at registration",
        );
        let has_key = self.client_key_file.is_some();
        let may_do_without = self.kind == Oidc || has_key;
        let reason = "is not set: the provider gives it at registration";
        reader.require(
            &[&fields::client_secret, &fields::kind],
            self.client_secret.is_some() || may_do_without,
            reason,
        );
        reader.require(
            &[&fields::issuer, &fields::kind],
            self.issuer.is_some() || !matches!(self.kind, Oidc | Entra),
            "is not set: this kind has an issuer for each operator (or did you mean kind = \"google\", \"github\" or \"apple\"?)",
        );
        let is_apples = self.kind == Apple && self.client_secret.is_none();
        reader.require(
            &[&fields::client_key_file, &fields::kind],
            !has_key || is_apples,
            "is for kind apple, instead of a client_secret",
        );
        let has_all = self.client_key_id.is_some() && self.client_team_id.is_some();
        reader.require(
            &[&fields::client_key_id, &fields::client_team_id],
            !has_key || !is_apples || has_all,
            "the key file needs client_key_id and client_team_id",
        );
        reader.require(
            &[&fields::assume_email_verified, &fields::kind],
            !self.assume_email_verified || self.kind == Oidc || (self.kind == Entra && !self.is_many_tenants()),
            "anybody can have an account there with any address",
        );
        reader.require(
            &[&fields::trust_email],
            !self.trust_email || !self.is_many_tenants() || !self.allowed_tenants.is_empty(),
            "any tenant could name any address: name those you trust in allowed_tenants",
        );
        reader.require(
            &[&fields::allowed_tenants],
            self.allowed_tenants.is_empty() || self.is_many_tenants(),
            "is for an issuer of many tenants",
        );
        reader.require(
            &[&fields::response_mode],
            self.kind != Github || self.response_mode != Some(UpstreamResponseMode::FormPost),
            "GitHub answers in the query",
        );
        let is_openid = self.kind == Github || self.scopes.is_empty() || self.scopes.iter().any(|s| s == "openid");
        reader.require(&[&fields::scopes], is_openid, "openid is missing");
        let algs = &self.id_token_signed_response_algs;
        reader.require(&[&fields::id_token_signed_response_algs], !algs.is_empty(), "names no algorithm");
    }
}

/// Whether a provider may be called so: a way back from a variable's name must exist.
pub(super) fn check_section_name(name: &str) -> Result<(), String> {
    let is_plain = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    if name.len() <= 32 && name.split('-').all(is_plain) {
        Ok(())
    } else {
        Err(format!("{} is not a name: small letters, digits and single hyphens, at most 32", quote(name)))
    }
}

fn check_not_empty(text: &str) -> Result<(), String> {
    if text.trim().is_empty() || text.chars().any(char::is_control) {
        Err("the value (not shown) is empty, or holds control characters".to_owned())
    } else {
        Ok(())
    }
}

fn check_name(text: &str) -> Result<(), String> {
    if text.trim().is_empty() || text.chars().count() > 40 || text.chars().any(char::is_control) {
        Err(format!("{} is not a name of 1 to 40 characters", quote(text)))
    } else {
        Ok(())
    }
}

fn check_token(text: &str) -> Result<(), String> {
    if !text.is_empty() && text.len() <= 200 && text.chars().all(|c| c.is_ascii_graphic() && c != '"' && c != '\\') {
        Ok(())
    } else {
        Err(format!("{} is empty, or holds blanks or quotes", quote(text)))
    }
}

fn check_group(text: &str) -> Result<(), String> {
    match text {
        "admins" => Err("a provider elsewhere does not make administrators".to_owned()),
        _ => check_name(text),
    }
}

/// https, or http on this machine alone; no query, no fragment, no user.
fn check_address(text: &str) -> Result<(), String> {
    let url = Url::parse(text).map_err(|error| format!("{} is not a web address: {error}", quote(text)))?;
    let is_here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    };
    let is_plain =
        url.query().is_none() && url.fragment().is_none() && url.username().is_empty() && url.password().is_none();
    if url.scheme() == "https" || (url.scheme() == "http" && is_here) {
        if is_plain { Ok(()) } else { Err(format!("{} has a user, a query or a fragment", quote(text))) }
    } else {
        Err(format!("{} is not an https address", quote(text)))
    }
}

fn check_param(text: &str) -> Result<(), String> {
    match text.split_once('=') {
        Some((name, _)) if OURS.contains(&name) => Err(format!("{name} is not yours to set")),
        Some((name, value)) if !name.is_empty() && !value.is_empty() && !text.chars().any(char::is_control) => Ok(()),
        _ => Err(format!("{} is not name=value", quote(text))),
    }
}

fn check_alg(text: &str) -> Result<(), String> {
    if ALGS.contains(&text) {
        Ok(())
    } else {
        Err(format!("{} is not one of {}: none and shared secrets prove nothing here", quote(text), ALGS.join(", ")))
    }
}
