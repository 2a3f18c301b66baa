//! `/health`, `/healthz` and `/readyz`.

use std::sync::atomic::{AtomicBool, Ordering};

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::app::App;

/// Whether the server is on its way out: readiness falls before connections are closed.
#[derive(Debug, Default)]
pub struct Stopping(AtomicBool);

impl Stopping {
    /// From now on the server is not ready.
    pub fn begin(&self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// Status and version; 200 as long as the process serves.
pub async fn health(State(app): State<App>) -> Response {
    let status = if is_ready(&app).await { "ok" } else { "degraded" };
    Json(json!({ "status": status, "version": env!("CARGO_PKG_VERSION") })).into_response()
}

/// The process serves.
pub async fn alive() -> &'static str {
    "ok"
}

/// The server may be sent requests: its database answers and it is not stopping.
pub async fn ready(State(app): State<App>) -> Response {
    if is_ready(&app).await {
        return Json(json!({ "status": "ok" })).into_response();
    }
    let mut response = (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "status": "unavailable" }))).into_response();
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
    response
}

async fn is_ready(app: &App) -> bool {
    !app.stopping.0.load(Ordering::SeqCst) && app.db.one("SELECT 1 AS one", []).await.is_ok()
}
