//! An authorization request that is right, to be made wrong in one place.

use doorward::platform::random::{base64url, sha256};
use url::form_urlencoded;

/// The PKCE verifier of every request.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// The state of every request.
pub(crate) const STATE: &str = "state & more";

/// An authorization request.
#[derive(Debug, Clone)]
pub(crate) struct Ask(Vec<(String, String)>);

impl Ask {
    /// Of a persona, for `openid` only.
    pub(crate) fn new(client: &str) -> Self {
        let redirect_uri =
            if client == "old" { "https://old.example".to_owned() } else { format!("https://{client}.example/cb") };
        let challenge = base64url(&sha256(VERIFIER.as_bytes()));
        let pairs = [
            ("client_id", client),
            ("redirect_uri", &redirect_uri),
            ("response_type", "code"),
            ("scope", "openid"),
            ("state", STATE),
            ("nonce", "n-0S6_WzA2Mj"),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        Self(pairs.map(|(n, v)| (n.to_owned(), v.to_owned())).into())
    }

    /// With this value instead.
    pub(crate) fn set(self, name: &str, value: &str) -> Self {
        self.without(name).also(name, value)
    }

    /// Without this parameter.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.0.retain(|(n, _)| n != name);
        self
    }

    /// Without PKCE.
    pub(crate) fn without_pkce(self) -> Self {
        self.without("code_challenge").without("code_challenge_method")
    }

    /// With this parameter besides.
    pub(crate) fn also(mut self, name: &str, value: &str) -> Self {
        self.0.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    pub(crate) fn query(&self) -> String {
        form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.0).finish()
    }

    pub(crate) fn path(&self) -> String {
        format!("/authorize?{}", self.query())
    }

    pub(crate) fn pairs(&self) -> Vec<(&str, &str)> {
        self.0.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect()
    }
}
