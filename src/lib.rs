//! Doorward: an OAuth 2 and OpenID Connect identity provider in one small program.
//!
//! This is the map of the house. Imports point down this list: the router knows the features, the features
//! know the session and the domain, the domain knows the tables, and the platform knows nobody.

pub mod account;
pub mod app;
pub mod cli;
pub mod config;
pub mod db;
pub mod demo;
pub mod domain;
pub mod edge;
pub mod error;
#[doc(hidden)]
pub mod fuzzing;
pub mod health;
pub mod home;
pub mod jobs;
pub mod jose;
pub mod login;
pub mod mail;
pub mod oidc;
pub mod page;
pub mod person_form;
pub mod platform;
pub mod rights;
mod route;
pub mod router;
pub mod session;
pub mod setup;
pub mod urls;
