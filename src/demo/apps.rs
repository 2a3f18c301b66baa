//! The apps of the demo, with fixed ids and secrets: `dev` listens on this machine only.

use crate::app::App;
use crate::domain::clients::{AuthMethod, MayIntrospect, Metadata};
use crate::urls;

/// One of the demo apps.
#[derive(Debug)]
pub(super) struct DemoApp {
    /// Its place among the [`APPS`].
    pub(super) index: usize,
    /// Its `client_id`.
    pub(super) client_id: &'static str,
    /// Its secret, where it can keep one.
    pub(super) secret: Option<&'static str>,
    /// Its name.
    pub(super) name: &'static str,
    /// The message that describes it.
    pub(super) description: &'static str,
    /// What its paths begin with.
    pub(super) path: &'static str,
    /// The page of its steps.
    pub(super) steps: &'static str,
    /// What it asks for, besides `openid`.
    pub(super) scopes: &'static [&'static str],
}

/// A web app with a server, and a second one, which finds the person signed in already.
pub(super) static APPS: [DemoApp; 2] = [
    DemoApp {
        index: 0,
        client_id: "demo-app",
        secret: Some("demo-app-secret-for-development-only"),
        name: "Meadow Notes",
        description: "demo-app-first-text",
        path: "/demo",
        steps: "/demo/steps",
        scopes: &["profile", "email", "address", "phone", "groups", "offline_access", "demo:read"],
    },
    DemoApp {
        index: 1,
        client_id: "demo-second",
        secret: None,
        name: "Field Calendar",
        description: "demo-app-second-text",
        path: "/demo/second",
        steps: "/demo/second/steps",
        scopes: &["profile", "email"],
    },
];

/// The service that gets tokens of its own.
pub(super) const SERVICE: (&str, &str) = ("demo-service", "demo-service-secret-for-development-only");

/// The API that the tokens are for.
pub(super) const API: &str = "urn:demo:api";

impl DemoApp {
    /// Whether it has refresh tokens.
    pub(super) fn may_refresh(&self) -> bool {
        self.scopes.contains(&"offline_access")
    }

    /// Where the browser comes back to.
    pub(super) fn redirect_uri(&self, app: &App) -> String {
        app.urls.absolute(&format!("{}/callback", self.path))
    }

    /// What it registers.
    pub(super) fn metadata(&self, app: &App) -> Metadata {
        let mut grant_types = vec!["authorization_code".to_owned()];
        if self.may_refresh() {
            grant_types.push("refresh_token".to_owned());
        }
        let is_confidential = self.secret.is_some();
        Metadata {
            client_name: Some(self.name.to_owned()),
            client_uri: Some(app.urls.absolute(urls::DEMO)),
            redirect_uris: vec![self.redirect_uri(app)],
            post_logout_redirect_uris: vec![app.urls.absolute(urls::DEMO)],
            token_endpoint_auth_method: if is_confidential { AuthMethod::ClientSecretBasic } else { AuthMethod::None },
            grant_types,
            scope: Some(format!("openid {}", self.scopes.join(" "))),
            may_introspect: MayIntrospect::Any(is_confidential),
            // The first asks for consent, so that the page is seen; the second is one of the operator's own.
            trusted: !is_confidential,
            ..Metadata::default()
        }
    }
}

/// What the service registers.
pub(super) fn service() -> Metadata {
    Metadata {
        client_name: Some("Demo service".to_owned()),
        grant_types: vec!["client_credentials".to_owned()],
        response_types: Vec::new(),
        scope: Some("demo:read demo:write".to_owned()),
        resources: vec![API.to_owned()],
        may_introspect: MayIntrospect::Any(true),
        ..Metadata::default()
    }
}
