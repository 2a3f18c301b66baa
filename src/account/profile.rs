//! `GET` and `POST /account/profile`: what people tell of themselves; and `POST /account/profile/username`, which takes a recent sign-in.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use serde_json::Value;

use super::{FieldNote, Fresh, Signed, saved};
use crate::app::App;
use crate::domain::names::Fault;
use crate::domain::profiles::{self, Changes, EDITABLE};
use crate::error::PageError;
use crate::session::PageForm;
use crate::urls;

#[derive(Serialize)]
struct Context {
    /// What stands in the fields, by their names.
    values: BTreeMap<&'static str, String>,
    /// What is wrong, by field.
    errors: BTreeMap<&'static str, FieldNote>,
}

/// Shows the forms.
///
/// # Errors
/// Of the database.
pub(super) async fn get(State(app): State<App>, signed: Signed) -> Result<Response, PageError> {
    show(&app, &signed, BTreeMap::new(), Vec::new())
}

/// Takes the profile; a claim that has no field in the form stays.
///
/// # Errors
/// Where the form is not ours.
pub(super) async fn post(State(app): State<App>, signed: Signed, form: PageForm) -> Result<Response, PageError> {
    signed.check(&app, &form)?;
    let fields = ["name"].into_iter().chain(EDITABLE);
    let changes: Changes = fields.filter_map(|name| Some((name, form.get(name)?.to_owned()))).collect();
    let faults = profiles::faults(&changes);
    if !faults.is_empty() {
        return show(&app, &signed, changes, faults);
    }
    profiles::update(&app, signed.person().id, &changes).await?;
    Ok(saved(&app, urls::ACCOUNT_PROFILE, "profile"))
}

/// Takes another user name.
///
/// # Errors
/// Where the form is not ours.
pub(super) async fn post_username(
    State(app): State<App>,
    signed: Fresh,
    form: PageForm,
) -> Result<Response, PageError> {
    signed.check(&app, &form)?;
    let username = form.get("username").unwrap_or_default();
    match profiles::rename(&app, signed.person().id, username, &signed.browser.place()).await? {
        Ok(()) => Ok(saved(&app, urls::ACCOUNT_PROFILE, "username")),
        Err(fault) => show(&app, &signed, BTreeMap::from([("username", username.to_owned())]), vec![fault]),
    }
}

fn show(app: &App, signed: &Signed, typed: Changes, faults: Vec<Fault>) -> Result<Response, PageError> {
    let person = signed.person();
    let mut values: BTreeMap<&'static str, String> = EDITABLE
        .into_iter()
        .map(|name| (name, person.profile.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()))
        .collect();
    values.insert("name", person.name.clone().unwrap_or_default());
    values.insert("username", person.username.clone());
    values.extend(typed);
    let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let errors = faults.into_iter().map(|f| (f.field, FieldNote::of_fault(&f))).collect();
    super::render_with(app, signed, "account/profile.html", status, &Context { values, errors })
}
