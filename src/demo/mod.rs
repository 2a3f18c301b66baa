//! The demo app of `doorward dev`.

use axum::Router;

use crate::app::App;
use crate::domain::{self};

/// Its routes.
pub fn routes() -> Router<App> {
    Router::new()
}

/// Makes the demo person and the demo clients where they are missing.
///
/// # Errors
/// Of the database.
pub async fn seed(_app: &App) -> domain::Result<()> {
    Ok(())
}

/// Says what to open and what to type.
pub fn announce(app: &App) {
    crate::cli::serve::say(app.urls.issuer());
}
