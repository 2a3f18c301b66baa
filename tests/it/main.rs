//! Everything a request can meet, through the whole router and a real database: one binary, laid out as `src/` is.
//!
//! SQLite unless `DOORWARD_TEST_DATABASE_URL` names a PostgreSQL or MariaDB server (`tests/databases.sh`); then each test makes a
//! database of its own there.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on must fail")]
#![expect(clippy::large_futures, reason = "a test's stack is its own")]

mod support;

mod account;
mod cli;
mod cli_import;
mod cors;
mod headers;
mod health;
mod journeys;
mod keys;
mod layout;
mod login;
mod mail;
mod oidc;
mod processes;
mod races;
mod setup;
