//! What the tests stand on: an app with a clock that can be moved, people and clients to play with, a browser, and JWT tools.

mod answer;
mod app;
mod ask;
mod authenticator;
mod browser;
mod fetch;
mod jwt;
mod keys;
mod mail;
mod phone;
mod process;
pub(crate) mod provider;
mod template;

pub(crate) use answer::Answer;
pub(crate) use app::{Auth, TestApp, basic_header};
pub(crate) use ask::{Ask, VERIFIER};
pub(crate) use authenticator::{Algorithm, Authenticator};
pub(crate) use browser::{Browser, form};
pub(crate) use fetch::StubFetch;
pub(crate) use jwt::{ClientKey, decode, hs256, verify};
pub(crate) use keys::UserKey;
pub(crate) use phone::Phone;
pub(crate) use template::{API, OPAQUE_API, PASSWORD, SECRET, SMALL_API, SMALL_SECRET};

use std::future::Future;
use std::sync::Arc;

use doorward::domain::throttle::Origin;

/// From no address in particular.
pub(crate) const NOWHERE: Origin<'static> = Origin { browser_hash: &[0; 32], address: None };

/// Runs `n` futures as nearly at once as tasks can; gives what they gave.
pub(crate) async fn at_once<T, F>(n: usize, make: impl Fn(usize) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let start = Arc::new(tokio::sync::Barrier::new(n));
    let mut tasks = tokio::task::JoinSet::new();
    for i in 0..n {
        let (future, start) = (make(i), Arc::clone(&start));
        tasks.spawn(async move {
            start.wait().await;
            future.await
        });
    }
    tasks.join_all().await
}
