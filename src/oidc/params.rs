//! The parameters of a request, from a query or a form body alike.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, Method, StatusCode};
use percent_encoding::percent_decode;
use url::form_urlencoded;

use super::error::OAuthError;
use crate::app::App;
use crate::error::PageError;
pub use crate::platform::forms::is_form;

/// More parameters than any request needs.
const MOST: usize = 100;

/// Parameters in the order they came.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Params(Vec<(String, String)>);

impl Params {
    /// Reads `application/x-www-form-urlencoded` text.
    ///
    /// # Errors
    /// `invalid_request` where there are too many, or something else than text.
    pub fn parse(text: &[u8]) -> Result<Self, OAuthError> {
        // What is passed back must be what came (RFC 6749 §4.1.2), and what is no UTF-8 would be replaced by something else.
        if percent_decode(text).decode_utf8().is_err() {
            return Err(OAuthError::invalid_request("the parameters are not UTF-8"));
        }
        let mut params = Vec::with_capacity(8);
        for (name, value) in form_urlencoded::parse(text) {
            if params.len() == MOST {
                return Err(OAuthError::invalid_request("too many parameters"));
            }
            // No parameter of any specification has control characters (RFC 6749 appendix A).
            if name.contains(char::is_control) || value.contains(|c: char| c.is_control() && !c.is_ascii_whitespace()) {
                return Err(OAuthError::invalid_request("a parameter holds control characters"));
            }
            // RFC 6749 §3.1: a parameter without a value counts as omitted.
            if !value.is_empty() {
                params.push((name.into_owned(), value.into_owned()));
            }
        }
        Ok(Self(params))
    }

    /// The parameters of a form body, which must say that it is one; a repeated parameter is refused (RFC 6749 §3.2).
    ///
    /// # Errors
    /// `invalid_request`.
    pub fn from_form(headers: &HeaderMap, body: &[u8]) -> Result<Self, OAuthError> {
        if !is_form(headers) {
            return Err(OAuthError::invalid_request(
                "the body must be application/x-www-form-urlencoded (RFC 6749 section 3.2)",
            ));
        }
        let params = Self::parse(body)?;
        match params.repeated() {
            Some(name) => Err(OAuthError::invalid_request(format!("the parameter {} is repeated", shown(name)))),
            None => Ok(params),
        }
    }

    /// From pairs, for tests and for forms of our own.
    pub fn from_pairs<I: IntoIterator<Item = (String, String)>>(pairs: I) -> Self {
        Self(pairs.into_iter().collect())
    }

    /// The value of `name`, the first where it is repeated.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// The value of `name` where it stands there exactly once.
    #[must_use]
    pub fn single(&self, name: &str) -> Option<&str> {
        let mut all = self.0.iter().filter(|(n, _)| n == name).map(|(_, v)| v.as_str());
        let first = all.next();
        if all.next().is_some() { None } else { first }
    }

    /// All values of `name`.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// The first name that stands there twice. Only `resource` may (RFC 8707 §2).
    #[must_use]
    pub fn repeated(&self) -> Option<&str> {
        self.0
            .iter()
            .enumerate()
            .find(|(i, (name, _))| name != "resource" && self.0.iter().take(*i).any(|(n, _)| n == name))
            .map(|(_, (name, _))| name.as_str())
    }

    /// Only the parameters with these names: what is stored or sent on is bounded by what is understood.
    #[must_use]
    pub fn only(&self, names: &[&str]) -> Self {
        Self(self.0.iter().filter(|(name, _)| names.contains(&name.as_str())).cloned().collect())
    }

    /// Name and value, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(n, v)| (n.as_str(), v.as_str()))
    }

    /// As a query.
    #[must_use]
    pub fn to_query(&self) -> String {
        form_urlencoded::Serializer::new(String::new()).extend_pairs(self.iter()).finish()
    }
}

/// The parameters that a browser brings: in the form that it posts, else in the query.
#[derive(Debug)]
pub struct PageParams(pub Params);

impl FromRequest<App> for PageParams {
    type Rejection = PageError;

    async fn from_request(request: Request, app: &App) -> Result<Self, PageError> {
        let unreadable =
            |e: OAuthError| PageError::bad_request("invalid-request").detail("reason", e.safe_description());
        if request.method() != Method::POST {
            let query = request.uri().query().unwrap_or_default();
            return Params::parse(query.as_bytes()).map(Self).map_err(unreadable);
        }
        if !is_form(request.headers()) {
            return Err(PageError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type"));
        }
        let body = Bytes::from_request(request, app).await.map_err(|e| PageError::unreadable_body(&e))?;
        Params::parse(&body).map(Self).map_err(unreadable)
    }
}

/// A name from outside, short and plain enough for an error description.
#[must_use]
pub fn shown(text: &str) -> String {
    text.chars().filter(|c| c.is_ascii_graphic() || *c == ' ').take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_value_is_no_value_and_only_resource_may_repeat() {
        let params = Params::parse(b"a=1&b=&resource=x&resource=y&c=%20z+").unwrap();
        assert_eq!(params.get("b"), None);
        assert_eq!(params.get("c"), Some(" z "));
        assert_eq!(params.repeated(), None);
        assert_eq!(params.all("resource").count(), 2);
        let twice = Params::parse(b"state=1&scope=a&state=1").unwrap();
        assert_eq!(twice.repeated(), Some("state"));
        assert_eq!(twice.single("state"), None);
    }
}
