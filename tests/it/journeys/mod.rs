//! Stories across endpoints.

mod below_a_path;
mod expiry;
mod sign_in_to_an_app;
mod two_replicas;
