//! A request of a client to `/token`, `/introspect` or `/revoke`: a form, and who sent it.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};

use super::authenticate;
use crate::app::App;
use crate::domain::clients::Client;
use crate::oidc::error::OAuthError;
use crate::oidc::params::Params;
use crate::platform::real_ip::ClientAddress;

/// The parameters, and the client that has proved who it is.
#[derive(Debug)]
pub struct ClientRequest {
    /// Who asks.
    pub client: Arc<Client>,
    /// The form; no parameter but `resource` is repeated.
    pub params: Params,
}

impl FromRequest<App> for ClientRequest {
    type Rejection = OAuthError;

    async fn from_request(request: Request, app: &App) -> Result<Self, OAuthError> {
        let (mut parts, body) = request.into_parts();
        let Ok(address) = ClientAddress::from_request_parts(&mut parts, app).await;
        let headers = parts.headers.clone();
        // Below the issuer's own path, as the paths of `urls` are.
        let endpoint = parts.uri.path().to_owned();
        let body = Bytes::from_request(Request::from_parts(parts, body), app).await;
        let body = body.map_err(|e| OAuthError::invalid_request("the body cannot be read").with_status(e.status()))?;
        let params = Params::from_form(&headers, &body)?;
        let client = authenticate(app, &headers, &params, address.0, &endpoint).await?;
        Ok(Self { client, params })
    }
}
