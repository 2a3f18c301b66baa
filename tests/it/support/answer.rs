//! A response that was read to its end.

use axum::http::HeaderMap;
use axum::response::Response;
use http_body_util::BodyExt;
use serde_json::Value;

/// What came back.
#[derive(Clone)]
pub(crate) struct Answer {
    /// Path and query that were asked for.
    pub(crate) path: String,
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}\n{:#?}\n{}", self.status, self.path, self.headers, String::from_utf8_lossy(&self.body))
    }
}

impl Answer {
    pub(crate) async fn read(path: String, response: Response) -> Self {
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes().to_vec();
        Self { path, status: parts.status.as_u16(), headers: parts.headers, body }
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("no JSON ({e}): {self:?}"))
    }

    /// A member of the JSON body that is a text.
    #[track_caller]
    pub(crate) fn member(&self, name: &str) -> String {
        self.json()[name].as_str().unwrap_or_else(|| panic!("no {name}: {self:?}")).to_owned()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|v| v.to_str().unwrap())
    }

    pub(crate) fn location(&self) -> Option<&str> {
        self.header("location")
    }

    /// The cookies that it sets, as they stand in the header.
    pub(crate) fn set_cookies(&self) -> Vec<&str> {
        self.headers.get_all("set-cookie").iter().map(|v| v.to_str().unwrap()).collect()
    }

    /// A parameter of the redirect, in its query or fragment.
    pub(crate) fn param(&self, name: &str) -> Option<String> {
        let url = url::Url::parse(self.location()?).ok()?;
        let text = url.fragment().or(url.query())?;
        url::form_urlencoded::parse(text.as_bytes()).find(|(n, _)| n == name).map(|(_, v)| v.into_owned())
    }

    /// Status and error code of an OAuth endpoint's refusal.
    #[track_caller]
    pub(crate) fn refusal(&self) -> (u16, String) {
        (self.status, self.member("error"))
    }

    /// That this is a refusal of an OAuth endpoint, with nothing that may be cached and no token.
    #[track_caller]
    pub(crate) fn assert_refused(&self, status: u16, code: &str) {
        assert_eq!(self.refusal(), (status, code.to_owned()), "{self:?}");
        assert_eq!(self.header("cache-control"), Some("no-store"), "{self:?}");
        assert!(self.json().get("access_token").is_none(), "{self:?}");
    }

    /// That this is a page of ours with this status, and no redirect.
    #[track_caller]
    pub(crate) fn assert_page(&self, status: u16) {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(self.location(), None, "{self:?}");
        assert_eq!(self.header("content-type"), Some("text/html; charset=utf-8"), "{self:?}");
    }

    /// That this is an error answer at the client's redirect URI, with the state and `iss` of RFC 9207.
    #[track_caller]
    pub(crate) fn assert_redirected(&self, to: &str, error: &str) {
        assert_eq!(self.status, 303, "{self:?}");
        assert!(self.location().is_some_and(|l| l.starts_with(to)), "{self:?}");
        assert_eq!(self.param("error").as_deref(), Some(error), "{self:?}");
        assert_eq!(self.param("code"), None, "{self:?}");
        assert_eq!(self.param("iss").as_deref(), Some("https://id.example"), "{self:?}");
        assert_eq!(self.param("state").as_deref(), Some(super::ask::STATE), "{self:?}");
        assert_eq!(self.header("cache-control"), Some("no-store"), "{self:?}");
    }
}
