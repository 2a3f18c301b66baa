//! `GET /account`: who one is here, what guards the account, who has access, at a glance.

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;

use super::Signed;
use crate::app::App;
use crate::domain::{Error, consents, factors, sessions};
use crate::error::PageError;
use crate::urls;

#[derive(Serialize)]
struct Context {
    email: Option<Email>,
    must_confirm: bool,
    guards: Vec<Guard>,
    sessions: usize,
    apps: usize,
}

#[derive(Serialize)]
struct Email {
    address: String,
}

/// Something that guards the account.
#[derive(Serialize)]
struct Guard {
    key: &'static str,
    href: String,
    n: u64,
    is_good: bool,
}

/// Shows the page.
///
/// # Errors
/// Of the database.
pub(super) async fn get(State(app): State<App>, signed: Signed) -> Result<Response, PageError> {
    let person = signed.person();
    let factors = factors::of(&app, person.id).await?;
    let sql = "SELECT COUNT(*) AS n FROM password_credentials WHERE user_id = ?";
    let row = app.db.one(sql, [person.id.into()]).await.map_err(Error::from)?;
    let passwords: i64 = row.map_or(Ok(0), |r| r.try_get("", "n")).map_err(Error::from)?;
    let guard = |key, path, n: u64| Guard { key, href: app.urls.local(path), n, is_good: n > 0 };
    let mut guards = Vec::new();
    if app.config.login.password {
        guards.push(guard("password", urls::ACCOUNT_PASSWORD, u64::try_from(passwords).unwrap_or(0)));
    }
    if crate::domain::passkeys::are_offered(&app) {
        guards.push(guard("passkeys", urls::ACCOUNT_PASSKEYS, factors.passkeys));
    }
    guards.push(guard("second-factor", urls::ACCOUNT_SECOND_FACTOR, u64::from(factors.has_totp)));
    let context = Context {
        email: person.email.as_ref().map(|(address, _)| Email { address: address.clone() }),
        must_confirm: person.email.as_ref().is_some_and(|(_, is_verified)| !is_verified),
        guards,
        sessions: sessions::list(&app, person.id).await?.len(),
        apps: consents::of_person(&app, person.id).await?.len(),
    };
    super::render(&app, &signed, "account/overview.html", &context)
}
