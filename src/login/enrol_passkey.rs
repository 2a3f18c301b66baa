//! A passkey as the second factor that is set up at the sign-in, where one is required and there is none: `POST /login/enrol/passkey`.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::enrol::{self, Step};
use super::{flow, passkey};
use crate::app::App;
use crate::domain::flows::{self, Enrolled};
use crate::domain::passkeys::{self, Answer};
use crate::domain::users;
use crate::error::PageError;
use crate::platform::user_agent::UserAgent;
use crate::session::{Browser, PageForm};

/// The options for the script of the page, or where to go instead.
///
/// # Errors
/// Where the flow is over or somebody else's, or the form is not ours.
pub async fn options(
    State(app): State<App>,
    record: tower_sessions::Session,
    browser: Browser,
    form: PageForm,
) -> Result<Response, PageError> {
    form.check_csrf(&app, &browser)?;
    let found = flow::find(&app, &browser, form.get("flow").unwrap_or_default()).await?;
    let asked = match enrol::step(&app, &record, &found).await? {
        Step::SetUp(asked) => asked,
        Step::GoOn(..) => return Ok(elsewhere(&enrol::location(&app, &found))),
        Step::Elsewhere(away) => {
            let location = away.headers().get(header::LOCATION).and_then(|l| l.to_str().ok());
            return Ok(elsewhere(location.unwrap_or_default()));
        }
    };
    let person = users::find(&app, asked.user_id).await?;
    match passkeys::begin_registration(&app, &person, &browser.hash).await? {
        Ok(options) => Ok(passkey::for_script(&options)),
        Err(_) => Ok(elsewhere(&enrol::location(&app, &found))),
    }
}

fn elsewhere(location: &str) -> Response {
    let mut response = Json(json!({ "location": location })).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Takes the new passkey. The person goes on when they have read the recovery codes.
///
/// # Errors
/// Where the flow is over or somebody else's, or the form is not ours.
pub async fn post(
    State(app): State<App>,
    record: tower_sessions::Session,
    browser: Browser,
    form: PageForm,
) -> Result<Response, PageError> {
    form.check_csrf(&app, &browser)?;
    let mut found = flow::find(&app, &browser, form.get("flow").unwrap_or_default()).await?;
    let asked = match enrol::step(&app, &record, &found).await? {
        Step::SetUp(asked) => asked,
        Step::GoOn(..) => return enrol::done(&app, &browser, &found, Vec::new()),
        Step::Elsewhere(away) => return Ok(away),
    };
    let name = browser.user_agent.as_deref().map(UserAgent::read).unwrap_or_default().in_words();
    let credential = form.get("credential").unwrap_or_default();
    let answer = Answer { credential, name: &name, is_first: true };
    match passkeys::finish_registration(&app, asked.user_id, &answer, &browser.place()).await? {
        Ok(added) => {
            found.state.enrolled = Some(Enrolled { user_id: asked.user_id, amr: passkey::AMR_SECOND.to_owned() });
            flows::save(&app, &found).await?;
            enrol::done(&app, &browser, &found, added.codes.iter().map(|c| c.to_string()).collect())
        }
        Err(refused) => {
            passkey::note(&app, &browser, Some(asked.user_id), refused);
            let error = passkey::not_added(refused);
            enrol::show_with(&app, &browser, &found, &asked, Some(error)).await
        }
    }
}
