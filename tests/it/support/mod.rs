//! What the tests stand on: an app with a clock that can be moved, people and clients to play with, a browser, and JWT tools.

mod answer;
mod app;
mod ask;
mod browser;
mod fetch;
mod jwt;
mod template;

pub(crate) use answer::Answer;
pub(crate) use app::{Auth, TestApp};
pub(crate) use ask::{Ask, VERIFIER};
pub(crate) use browser::Browser;
pub(crate) use fetch::StubFetch;
pub(crate) use jwt::{ClientKey, decode, hs256, verify};
pub(crate) use template::{API, OPAQUE_API, PASSWORD, SECRET, SMALL_API, SMALL_SECRET};
