//! Every path of the product, once, by name; and absolute URLs, which are made from the configured issuer and never from
//! a request's Host header.

use crate::config::Issuer;

/// OpenID Connect Discovery 1.0 §4.
pub const OPENID_CONFIGURATION: &str = "/.well-known/openid-configuration";
/// RFC 8414 §3.
pub const OAUTH_METADATA: &str = "/.well-known/oauth-authorization-server";
/// RFC 7517 JWK Set.
pub const JWKS: &str = "/jwks";
/// RFC 6749 §3.1.
pub const AUTHORIZE: &str = "/authorize";
/// RFC 6749 §3.2.
pub const TOKEN: &str = "/token";
/// OpenID Connect Core §5.3.
pub const USERINFO: &str = "/userinfo";
/// RFC 7662.
pub const INTROSPECT: &str = "/introspect";
/// RFC 7009.
pub const REVOKE: &str = "/revoke";
/// OpenID Connect RP-Initiated Logout 1.0.
pub const LOGOUT: &str = "/logout";
/// The sign-in page.
pub const LOGIN: &str = "/login";
/// Which of the signed-in people goes on.
pub const LOGIN_CHOOSE: &str = "/login/choose";
/// The second factor.
pub const LOGIN_SECOND: &str = "/login/second";
/// Setting up a second factor where one is required.
pub const LOGIN_ENROL: &str = "/login/enrol";
/// Making an account.
pub const REGISTER: &str = "/register";
/// "We have written to you."
pub const REGISTER_SENT: &str = "/register/sent";
/// Proves an address.
pub const VERIFY_EMAIL: &str = "/verify-email";
/// Asks for a new password.
pub const RECOVER: &str = "/recover";
/// Sets a new password.
pub const RESET_PASSWORD: &str = "/recover/reset";
/// "This was not me".
pub const NOT_ME: &str = "/not-me";
/// Asks for a sign-in mail, and takes its code.
pub const LOGIN_MAIL: &str = "/login/mail";
/// Takes the link of a sign-in mail.
pub const LOGIN_LINK: &str = "/login/link";
/// Signing in with a passkey.
pub const LOGIN_PASSKEY: &str = "/login/passkey";
/// What a browser is asked for then.
pub const LOGIN_PASSKEY_OPTIONS: &str = "/login/passkey/options";
/// Setting up a passkey where a second factor is required.
pub const LOGIN_ENROL_PASSKEY: &str = "/login/enrol/passkey";
/// What a browser is asked for then.
pub const LOGIN_ENROL_PASSKEY_OPTIONS: &str = "/login/enrol/passkey/options";
/// Signing in with an account elsewhere.
pub const LOGIN_UPSTREAM: &str = "/login/upstream/{provider}";
/// Where a provider elsewhere sends people back.
pub const LOGIN_UPSTREAM_CALLBACK: &str = "/login/upstream/{provider}/callback";
/// Links an account elsewhere to an account here.
pub const LOGIN_UPSTREAM_LINK: &str = "/login/upstream-link";
/// A challenge to sign.
pub const SIGNATURE_CHALLENGE: &str = "/login/signature/challenge";
/// A signature over a challenge.
pub const SIGNATURE: &str = "/login/signature";
/// The account area, and its pages.
pub const ACCOUNT: &str = "/account";
/// Name and user name.
pub const ACCOUNT_PROFILE: &str = "/account/profile";
/// Addresses.
pub const ACCOUNT_EMAILS: &str = "/account/emails";
/// The password.
pub const ACCOUNT_PASSWORD: &str = "/account/password";
/// Passkeys.
pub const ACCOUNT_PASSKEYS: &str = "/account/passkeys";
/// What a browser is asked for when one is added.
pub const ACCOUNT_PASSKEYS_OPTIONS: &str = "/account/passkeys/options";
/// Another name for one.
pub const ACCOUNT_PASSKEYS_RENAME: &str = "/account/passkeys/rename";
/// Takes one away.
pub const ACCOUNT_PASSKEYS_REMOVE: &str = "/account/passkeys/remove";
/// Authenticator app, recovery codes, trusted browsers.
pub const ACCOUNT_SECOND_FACTOR: &str = "/account/second-factor";
/// Sets up an authenticator app.
pub const ACCOUNT_SECOND_FACTOR_APP: &str = "/account/second-factor/app";
/// Accounts elsewhere.
pub const ACCOUNT_LINKED: &str = "/account/linked";
/// Takes one of them away.
pub const ACCOUNT_LINKED_REMOVE: &str = "/account/linked/remove";
/// Keys that sign.
pub const ACCOUNT_KEYS: &str = "/account/keys";
/// Takes the signature of a new key.
pub const ACCOUNT_KEYS_PROVE: &str = "/account/keys/prove";
/// Renames a key.
pub const ACCOUNT_KEYS_RENAME: &str = "/account/keys/rename";
/// Removes a key.
pub const ACCOUNT_KEYS_REMOVE: &str = "/account/keys/remove";
/// Where somebody is signed in.
pub const ACCOUNT_SESSIONS: &str = "/account/sessions";
/// Apps with access.
pub const ACCOUNT_APPS: &str = "/account/apps";
/// What happened.
pub const ACCOUNT_ACTIVITY: &str = "/account/activity";
/// The language of pages and mail.
pub const ACCOUNT_LANGUAGE: &str = "/account/language";
/// Everything that is stored, to take away.
pub const ACCOUNT_DATA: &str = "/account/data";
/// The end of the account.
pub const ACCOUNT_DELETE: &str = "/account/delete";
/// Says that an account was deleted.
pub const ACCOUNT_DELETED: &str = "/account/deleted";
/// A new user name.
pub const ACCOUNT_USERNAME: &str = "/account/profile/username";
/// The pages of the account area: where a sign-in for one of them may lead, and nowhere else.
pub const ACCOUNT_PAGES: [&str; 14] = [
    ACCOUNT,
    ACCOUNT_PROFILE,
    ACCOUNT_EMAILS,
    ACCOUNT_PASSWORD,
    ACCOUNT_PASSKEYS,
    ACCOUNT_SECOND_FACTOR,
    ACCOUNT_LINKED,
    ACCOUNT_KEYS,
    ACCOUNT_SESSIONS,
    ACCOUNT_APPS,
    ACCOUNT_ACTIVITY,
    ACCOUNT_LANGUAGE,
    ACCOUNT_DATA,
    ACCOUNT_DELETE,
];
/// What an app asks for.
pub const CONSENT: &str = "/consent";
/// The first administrator.
pub const SETUP: &str = "/setup";
/// Who is signed in here.
pub const HOME: &str = "/";
/// Alive, with status and version.
pub const HEALTH: &str = "/health";
/// Alive.
pub const HEALTHZ: &str = "/healthz";
/// May be sent requests.
pub const READYZ: &str = "/readyz";
/// Styles, scripts and icons.
pub const STATIC: &str = "/static/{*path}";
/// The demo app of `doorward dev`.
pub const DEMO: &str = "/demo";
/// The mails of `doorward dev`.
pub const DEV_MAIL: &str = "/dev/mail";
/// One of them.
pub const DEV_MAIL_ONE: &str = "/dev/mail/{id}";

/// Makes absolute URLs and paths under the issuer.
#[derive(Debug, Clone)]
pub struct Urls {
    issuer: String,
    base: String,
    origin: String,
    is_https: bool,
}

impl Urls {
    /// From the configured issuer.
    #[must_use]
    pub fn new(issuer: &Issuer) -> Self {
        Self {
            issuer: issuer.as_str().to_owned(),
            base: issuer.path().trim_end_matches('/').to_owned(),
            origin: issuer.origin().to_owned(),
            is_https: issuer.is_https(),
        }
    }

    /// The issuer identifier.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The path of the issuer: empty, or `/auth` for instance. Every path is served below it.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Scheme, host and port of the issuer, as a browser writes them in `Origin`.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Whether browsers reach us over TLS.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.is_https
    }

    /// The absolute URL of `path`.
    #[must_use]
    pub fn absolute(&self, path: &str) -> String {
        format!("{}{path}", self.issuer)
    }

    /// `path` below the issuer's own path, for links and redirects within the house.
    #[must_use]
    pub fn local(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }
}
