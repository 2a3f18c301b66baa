//! Stories across endpoints.

mod sign_in_to_an_app;
