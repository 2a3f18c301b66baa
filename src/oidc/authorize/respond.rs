//! The answer of the authorization endpoint: query, fragment or form post, always with `iss` (RFC 9207).

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use url::form_urlencoded;

use super::request::{Bound, ResponseMode};
use crate::app::App;
use crate::error::PageError;
use crate::oidc::error::OAuthError;
use crate::page::{self, AppView, FormTargets, Page};
use crate::session::Browser;

/// An answer that is on its way to the client.
#[derive(Debug, Clone)]
pub struct Answer {
    bound: Bound,
    outcome: Outcome,
}

#[derive(Debug, Clone)]
enum Outcome {
    Code(String),
    Error(OAuthError),
}

#[derive(Serialize)]
struct FormPost {
    action: String,
    fields: Vec<Field>,
    app: AppView,
}

#[derive(Serialize)]
struct Field {
    name: &'static str,
    value: String,
}

impl Answer {
    /// With a code.
    #[must_use]
    pub fn code(bound: &Bound, code: String) -> Self {
        Self { bound: bound.clone(), outcome: Outcome::Code(code) }
    }

    /// With an error.
    #[must_use]
    pub fn error(bound: &Bound, error: OAuthError) -> Self {
        Self { bound: bound.clone(), outcome: Outcome::Error(error.for_client(&bound.client.id)) }
    }

    fn fields(&self, app: &App) -> Vec<(&'static str, String)> {
        let mut fields = match &self.outcome {
            Outcome::Code(code) => vec![("code", code.clone())],
            Outcome::Error(error) => {
                vec![("error", error.code.as_str().to_owned()), ("error_description", error.safe_description())]
            }
        };
        if let Some(state) = &self.bound.state {
            fields.push(("state", state.clone()));
        }
        fields.push(("iss", app.urls.issuer().to_owned()));
        fields
    }

    /// Sends it.
    ///
    /// # Errors
    /// Where the form-post page cannot be rendered.
    pub fn send(self, app: &App, browser: &Browser) -> Result<Response, PageError> {
        let fields = self.fields(app);
        let mut response = match self.bound.mode {
            ResponseMode::FormPost => {
                let context = FormPost {
                    action: self.bound.redirect_uri.clone(),
                    fields: fields.into_iter().map(|(name, value)| Field { name, value }).collect(),
                    app: AppView::of(&self.bound.client),
                };
                let page =
                    Page { forms: FormTargets::Redirect(&self.bound.redirect_uri), ..Page::new("oidc/form_post.html") };
                page::render(app, browser, &page, &context)?
            }
            mode => redirect(&self.bound.redirect_uri, mode, &fields)?,
        };
        if let Outcome::Error(error) = self.outcome {
            response.extensions_mut().insert(std::sync::Arc::new(error));
        }
        Ok(response)
    }
}

/// 303, so that a browser never repeats a POST at the client (RFC 9700 §4.12). No framing header: with `prompt=none` it is
/// loaded in a hidden frame.
fn redirect(uri: &str, mode: ResponseMode, fields: &[(&'static str, String)]) -> Result<Response, PageError> {
    let text = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let location = match mode {
        ResponseMode::Fragment => format!("{uri}#{text}"),
        _ if uri.ends_with(['?', '&']) => format!("{uri}{text}"),
        _ if uri.contains('?') => format!("{uri}&{text}"),
        _ => format!("{uri}?{text}"),
    };
    let location = HeaderValue::try_from(location).map_err(|e| {
        PageError::from(crate::domain::Error::internal(format!("the redirect URI fits no header: {e}")))
    })?;
    let mut response = StatusCode::SEE_OTHER.into_response();
    response.headers_mut().insert(header::LOCATION, location);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}
