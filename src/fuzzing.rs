//! What the fuzz targets reach and nobody else needs: parsers of outside data that are private to their features.

use axum::http::HeaderMap;

use crate::domain::clients::{self, Metadata};
use crate::oidc::authorize::checks;
use crate::oidc::issue::claims::Wishes;
use crate::oidc::params::Params;

/// Client and secret of `Authorization: Basic`.
#[must_use]
pub fn basic_header(headers: &HeaderMap) -> Option<(String, String)> {
    crate::oidc::client_auth::basic(headers).ok().flatten()
}

/// The `claims` parameter of an authorization request.
#[must_use]
pub fn claims_parameter(params: &Params) -> Option<Wishes> {
    checks::claims(params).ok().flatten()
}

/// Whether a client may be registered so, as far as that can be said without a database.
#[must_use]
pub fn is_registrable(metadata: &Metadata) -> bool {
    clients::check(metadata).is_ok()
}
