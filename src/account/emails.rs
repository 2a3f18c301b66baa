//! `GET` and `POST /account/emails`: the addresses of an account. All of it takes a recent sign-in, since an address opens the account.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use uuid::Uuid;

use super::when::When;
use super::{FieldNote, Fresh, saved};
use crate::app::App;
use crate::domain::emails::{self, Refused};
use crate::domain::names;
use crate::error::PageError;
use crate::session::PageForm;
use crate::urls;

#[derive(Serialize)]
struct Context {
    emails: Vec<Row>,
    asked: Vec<AskedRow>,
    most: usize,
    /// What was typed as a new address.
    typed: String,
    /// What is wrong with it.
    error: Option<FieldNote>,
    /// What could not be done with one of them.
    refused: Option<FieldNote>,
}

#[derive(Serialize)]
struct Row {
    id: Uuid,
    address: String,
    is_primary: bool,
    is_verified: bool,
    is_username: bool,
}

#[derive(Serialize)]
struct AskedRow {
    address: String,
    until: When,
}

/// Shows them.
///
/// # Errors
/// Of the database.
pub(super) async fn get(State(app): State<App>, signed: Fresh) -> Result<Response, PageError> {
    show(&app, &signed, String::new(), None).await
}

/// Takes one thing to do: `add`, `again`, `primary`, `remove` or `withdraw`, each with what it is done to.
///
/// # Errors
/// Where the form is not ours, or names an address that is not this person's.
pub(super) async fn post(State(app): State<App>, signed: Fresh, form: PageForm) -> Result<Response, PageError> {
    signed.check(&app, &form)?;
    let user_id = signed.person().id;
    let place = signed.browser.place();
    let id = |name: &str| form.get(name).and_then(|id| id.parse::<Uuid>().ok());
    let (done, word) = if let Some(address) = form.get("add") {
        (emails::add(&app, user_id, address).await?, "email-asked")
    } else if let Some(id) = id("again") {
        (emails::ask_again(&app, user_id, id).await?, "email-asked")
    } else if let Some(id) = id("primary") {
        (emails::make_primary(&app, user_id, id, &place).await?, "email-primary")
    } else if let Some(id) = id("remove") {
        (emails::remove(&app, user_id, id, &place).await?, "email-removed")
    } else if let Some(address) = form.get("withdraw") {
        let found = emails::withdraw(&app, user_id, address).await?;
        (if found { Ok(()) } else { Err(Refused::Unknown) }, "email-withdrawn")
    } else {
        return Err(PageError::bad_request("invalid-request"));
    };
    match done {
        Ok(()) => Ok(saved(&app, urls::ACCOUNT_EMAILS, word)),
        Err(Refused::Unknown) => Err(PageError::new(StatusCode::NOT_FOUND, "not-found")),
        Err(why) => show(&app, &signed, form.get("add").unwrap_or_default().to_owned(), Some(why)).await,
    }
}

fn words(why: Refused) -> FieldNote {
    let key = match why {
        Refused::NotAnAddress => "account-emails-error-form",
        Refused::AlreadyTheirs => "account-emails-error-theirs",
        Refused::TooMany => "account-emails-error-many",
        Refused::TooManyMails => "account-emails-error-mails",
        Refused::TooManyAsked => "account-emails-error-asked",
        Refused::NotVerified => "account-emails-error-unproved",
        Refused::Primary | Refused::Unknown => "account-emails-error-primary",
        Refused::IsUsername => "account-emails-error-username",
    };
    let args = if why == Refused::TooMany { BTreeMap::from([("most", emails::MOST as u64)]) } else { BTreeMap::new() };
    FieldNote::new(key, args)
}

async fn show(app: &App, signed: &Fresh, typed: String, refused: Option<Refused>) -> Result<Response, PageError> {
    let person = signed.person();
    let username = names::canonical(&person.username);
    let row = |email: emails::Email| Row {
        id: email.id,
        is_primary: email.is_primary,
        is_verified: email.verified_at.is_some(),
        is_username: names::canonical(&email.address) == username,
        address: email.address,
    };
    let rows: Vec<Row> = emails::list(app.db.read(), person.id).await?.into_iter().map(row).collect();
    let now = app.clock.now_ms();
    let asked = emails::asked(app, app.db.read(), person.id).await?;
    let asked = asked.into_iter().filter(|a| !rows.iter().any(|row| row.address == a.address));
    let is_typed = !typed.is_empty();
    let note = refused.map(words);
    let context = Context {
        asked: asked.map(|a| AskedRow { address: a.address, until: When::of(now, a.expires_at) }).collect(),
        emails: rows,
        most: emails::MOST,
        error: note.clone().filter(|_| is_typed || refused == Some(Refused::NotAnAddress)),
        refused: note.filter(|_| !is_typed && refused != Some(Refused::NotAnAddress)),
        typed,
    };
    let status = if refused.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    super::render_with(app, signed, "account/emails.html", status, &context)
}
