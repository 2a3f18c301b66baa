//! Stories across endpoints.

mod below_a_path;
mod expiry;
mod lifecycle;
mod sign_in_to_an_app;
mod two_replicas;
