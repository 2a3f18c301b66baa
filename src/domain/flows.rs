//! A sign-in under way: where it leads and what has been proved so far. It lives on the server, its id is unguessable, and it
//! answers only to the browser that began it.
//!
//! Several requests may be at one flow at the same time. Each writes what it has changed, and nothing else, over what is there then: a
//! challenge that another has taken does not come back.

use entity::login_flows;
use sea_orm::{ActiveValue::Set, EntityTrait};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::credentials::Known;
use super::{Error, Result};
use crate::app::App;
use crate::platform::random::sha256;

/// What has been done in this flow.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    /// A first factor was proved, and a second one is missing: nobody is signed in yet.
    pub pending: Option<Pending>,
    /// Why a second factor is asked of who is signed in already.
    pub step_up: Option<Uuid>,
    /// The method that is being used, for the next time: a name of the table of methods, or `upstream:NAME`.
    pub method: Option<String>,
    /// SHA-256 of the token of the mail that was sent in this flow, in hexadecimal.
    pub mailed: Option<String>,
    /// What was typed to ask for that mail.
    pub mailed_to: Option<String>,
    /// The person who asked to link an account elsewhere to their own.
    pub link_for: Option<Uuid>,
    /// An account elsewhere that waits to be linked: SHA-256 of its token, in hexadecimal.
    pub link: Option<String>,
    /// Who has just set up a second factor in this flow, and what it proves: they go on when they have read what is shown then.
    pub enrolled: Option<Enrolled>,
    /// The challenge of a passkey ceremony; each is taken once, by [`take_challenge`].
    pub challenge: Option<Value>,
    /// The session that was started in this flow, by a fresh proof.
    pub authenticated: Option<Uuid>,
    /// The session that was chosen to go on with.
    pub chosen: Option<Uuid>,
    /// The session whose person was shown what is asked.
    pub asked: Option<Uuid>,
    /// The session whose person has allowed what is asked.
    pub consented: Option<Uuid>,
}

/// A first factor that was proved in a flow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// Who.
    pub user_id: Uuid,
    /// By which means (RFC 8176), space-separated.
    pub amr: String,
    /// When it was asked for, epoch milliseconds.
    pub at: i64,
    /// Which password it was, where it was one.
    #[serde(default)]
    pub password: Option<Known>,
    /// Whether the person has no second factor yet and must set one up to go on.
    pub must_enrol: bool,
}

/// A second factor that was set up in a flow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enrolled {
    /// Whose.
    pub user_id: Uuid,
    /// What it proves (RFC 8176).
    pub amr: String,
}

/// A flow that was found for the browser that asks.
#[derive(Debug, Clone)]
pub struct Flow {
    /// The id, as it stands in URLs.
    pub id: String,
    /// Where it leads, as JSON; the feature that began it knows how to read it.
    pub after: String,
    /// What has been done.
    pub state: State,
    /// What had been done when the flow was read.
    read: State,
}

/// Why there is no flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// No such flow, or it was answered, or its time is over.
    Over,
    /// It belongs to another browser.
    OtherBrowser,
}

/// Begins a flow; gives its id.
///
/// # Errors
/// Of the database.
pub async fn start(app: &App, after: &str, browser_hash: &[u8; 32]) -> Result<String> {
    let id = app.random.token()?;
    let now = app.clock.now_ms();
    let row = login_flows::ActiveModel {
        id_hash: Set(sha256(id.as_bytes()).to_vec()),
        browser_hash: Set(browser_hash.to_vec()),
        after: Set(after.to_owned()),
        state: Set("{}".to_owned()),
        created_at: Set(now),
        expires_at: Set(now + app.ms(app.config.oidc.login_flow_ttl)),
        finished_at: Set(None),
    };
    login_flows::Entity::insert(row).exec_without_returning(app.db.write()).await?;
    Ok(id)
}

/// The flow `id`, where it is still going and belongs to this browser.
///
/// # Errors
/// Of the database.
pub async fn find(app: &App, id: &str, browser_hash: Option<&[u8; 32]>) -> Result<std::result::Result<Flow, Missing>> {
    let row = login_flows::Entity::find_by_id(sha256(id.as_bytes()).to_vec()).one(app.db.write()).await?;
    let Some(row) = row.filter(|r| r.finished_at.is_none() && r.expires_at > app.clock.now_ms()) else {
        return Ok(Err(Missing::Over));
    };
    if browser_hash.is_none_or(|hash| hash.as_slice() != row.browser_hash.as_slice()) {
        return Ok(Err(Missing::OtherBrowser));
    }
    let state: State = serde_json::from_str(&row.state).map_err(Error::internal)?;
    Ok(Ok(Flow { id: id.to_owned(), after: row.after, read: state.clone(), state }))
}

/// Remembers what has been done since the flow was read; what another request did meanwhile stays.
///
/// # Errors
/// [`Error::Busy`] where others change it all the time.
pub async fn save(app: &App, flow: &Flow) -> Result<()> {
    let (before, after) = (members(&flow.read)?, members(&flow.state)?);
    let is_ours = |name: &String| before.get(name) != after.get(name);
    update(app, &flow.id, |state| {
        let mut found = members(state)?;
        for (name, value) in after.iter().filter(|(name, _)| is_ours(name)) {
            found.insert(name.clone(), value.clone());
        }
        serde_json::from_value(Value::Object(found)).map(Some).map_err(Error::internal)
    })
    .await?;
    Ok(())
}

fn members(state: &State) -> Result<Map<String, Value>> {
    match serde_json::to_value(state).map_err(Error::internal)? {
        Value::Object(members) => Ok(members),
        _ => Err(Error::internal("the state of a flow is no object")),
    }
}

/// How often a change meets that of another before it is given up.
const TRIES: usize = 10;

/// Changes what is stored of a flow that is still going, step by step with others; says whether it was changed. `change` gives none where
/// nothing is to be done.
async fn update(app: &App, id: &str, change: impl Fn(&State) -> Result<Option<State>>) -> Result<bool> {
    let id_hash = sha256(id.as_bytes()).to_vec();
    for _ in 0..TRIES {
        let row = login_flows::Entity::find_by_id(id_hash.clone()).one(app.db.write()).await?;
        let Some(row) = row.filter(|r| r.finished_at.is_none()) else { return Ok(false) };
        let found: State = serde_json::from_str(&row.state).map_err(Error::internal)?;
        let Some(state) = change(&found)? else { return Ok(false) };
        if state == found {
            return Ok(true);
        }
        let state = serde_json::to_string(&state).map_err(Error::internal)?;
        let sql = "UPDATE login_flows SET state = ? WHERE id_hash = ? AND state = ? AND finished_at IS NULL";
        let values = [state.into(), id_hash.clone().into(), row.state.into()];
        if app.db.execute(sql, values).await? == 1 {
            return Ok(true);
        }
    }
    Err(Error::Busy(2))
}

/// Takes the challenge of a flow: only one caller gets it, so an answer to it counts once.
///
/// # Errors
/// Of the database.
pub async fn take_challenge(app: &App, flow: &mut Flow) -> Result<Option<Value>> {
    let Some(challenge) = flow.state.challenge.take() else { return Ok(None) };
    // What is saved later does not touch it.
    flow.read.challenge = None;
    let is_taken = update(app, &flow.id, |state| {
        let is_there = state.challenge.as_ref() == Some(&challenge);
        Ok(is_there.then(|| State { challenge: None, ..state.clone() }))
    })
    .await?;
    Ok(is_taken.then_some(challenge))
}

/// Ends a flow with its answer; true for the one caller who ended it.
///
/// # Errors
/// Of the database.
pub async fn finish(app: &App, flow: &Flow) -> Result<bool> {
    let sql = "UPDATE login_flows SET finished_at = ? WHERE id_hash = ? AND finished_at IS NULL";
    let values = [app.clock.now_ms().into(), sha256(flow.id.as_bytes()).to_vec().into()];
    Ok(app.db.execute(sql, values).await? == 1)
}
