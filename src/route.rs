//! What the router takes from a handler: one type for all of them.
//!
//! axum's own `get` and `post` compile their services once more, and prove once more that the whole journey behind a handler is
//! `Send`, for every handler: a third of the time that this crate took to compile (`docs/decisions/one-type-of-handler.md`).

use std::pin::Pin;
use std::sync::Arc;

use axum::extract::Request;
use axum::handler::Handler;
use axum::response::Response;
use axum::routing::{self, MethodRouter};

use crate::app::App;

type Answering = Pin<Box<dyn Future<Output = Response> + Send>>;

#[derive(Clone)]
struct Erased(Arc<dyn Fn(Request, App) -> Answering + Send + Sync>);

impl Erased {
    fn new<T>(handler: impl Handler<T, App, Future = Answering>) -> Self {
        Self(Arc::new(move |request, app| handler.clone().call(request, app)))
    }
}

impl Handler<(), App> for Erased {
    type Future = Answering;

    fn call(self, request: Request, app: App) -> Answering {
        (self.0)(request, app)
    }
}

/// GET, and HEAD without the body.
pub(crate) fn get<T>(handler: impl Handler<T, App, Future = Answering>) -> MethodRouter<App> {
    routing::get(Erased::new(handler))
}

/// POST.
pub(crate) fn post<T>(handler: impl Handler<T, App, Future = Answering>) -> MethodRouter<App> {
    routing::post(Erased::new(handler))
}

/// GET and HEAD to the first, POST to the second: a page and its form, mostly.
pub(crate) fn get_post<G, P>(
    get: impl Handler<G, App, Future = Answering>,
    post: impl Handler<P, App, Future = Answering>,
) -> MethodRouter<App> {
    routing::get(Erased::new(get)).post(Erased::new(post))
}
