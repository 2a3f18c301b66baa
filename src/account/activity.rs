//! `GET /account/activity`: what happened to the account, newest first.

use std::collections::{BTreeMap, HashMap};

use axum::extract::{Query, State};
use axum::response::Response;
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use super::Signed;
use super::when::When;
use crate::app::App;
use crate::domain::{directory::Snapshot, events, sessions};
use crate::error::PageError;
use crate::platform::templates::Lang;
use crate::platform::user_agent::UserAgent;
use crate::urls;

/// How many a page shows.
const MOST: usize = 25;

#[derive(Serialize)]
struct Context {
    events: Vec<Row>,
    /// The page before these, in time.
    older: Option<String>,
    is_first: bool,
}

#[derive(Serialize)]
struct Row {
    when: When,
    title: String,
    /// The app that it was about.
    app: Option<String>,
    /// By which means, from which browser, which values.
    detail: Option<String>,
    reference: Option<String>,
    is_refusal: bool,
}

/// Where a page begins: after the event with this time and id.
fn cursor(text: &str) -> Option<(i64, Uuid)> {
    let (at, id) = text.split_once('.')?;
    Some((at.parse().ok()?, id.parse().ok()?))
}

/// Shows a page of them.
///
/// # Errors
/// Of the database.
pub(super) async fn get(
    State(app): State<App>,
    signed: Signed,
    Query(query): Query<BTreeMap<String, String>>,
) -> Result<Response, PageError> {
    let user_id = signed.person().id;
    // Whose events they are is in the query itself: a made-up place shows nothing of others.
    let before = query.get("before").map(String::as_str).and_then(cursor);
    let mut found = events::of_person(&app, user_id, before, MOST as u64 + 1).await?;
    let is_more = found.len() > MOST;
    found.truncate(MOST);
    let older = found
        .last()
        .filter(|_| is_more)
        .map(|last| app.urls.local(&format!("{}?before={}.{}", urls::ACCOUNT_ACTIVITY, last.at, last.id)));
    let places: HashMap<String, String> = sessions::of_person(&app, user_id)
        .await?
        .into_iter()
        .map(|session| (session.id.to_string(), place(&session)))
        .collect();
    let words = Words { app: &app, lang: signed.browser.lang, snapshot: app.directory.snapshot(), places };
    let now = app.clock.now_ms();
    let context = Context {
        events: found.into_iter().map(|event| words.row(now, event)).collect(),
        older,
        is_first: before.is_none(),
    };
    super::render(&app, &signed, "account/activity.html", &context)
}

/// Browser, system and address of a session.
fn place(session: &sessions::Listed) -> String {
    let agent = UserAgent::read(session.user_agent.as_deref().unwrap_or_default());
    let parts = [agent.browser, agent.system, session.address.as_deref()];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// What turns an event into words.
struct Words<'a> {
    app: &'a App,
    lang: Lang,
    snapshot: std::sync::Arc<Snapshot>,
    places: HashMap<String, String>,
}

impl Words<'_> {
    fn row(&self, now: i64, event: entity::events::Model) -> Row {
        let data: Value = serde_json::from_str(&event.data).unwrap_or_default();
        let client = event.client_id.as_deref();
        Row {
            when: When::of(now, event.at),
            title: self.title(&event.kind, &data),
            app: client.map(|id| self.snapshot.client(id).map_or(id, |c| c.display_name()).to_owned()),
            detail: self.detail(&event.kind, &data),
            is_refusal: event.kind == "refused",
            reference: event.reference,
        }
    }

    fn say(&self, key: &str) -> Option<String> {
        self.app.templates.has_message(key).then(|| self.app.templates.message(self.lang, key, &[]))
    }

    fn title(&self, kind: &str, data: &Value) -> String {
        let again = data["again"] == true;
        let name = kind.replace(['.', '_'], "-");
        let known = again.then(|| self.say(&format!("event-{name}-again"))).flatten();
        // A kind that has no words yet is still shown, by its code.
        known.or_else(|| self.say(&format!("event-{name}"))).unwrap_or_else(|| kind.to_owned())
    }

    fn detail(&self, kind: &str, data: &Value) -> Option<String> {
        let place = data["sid"].as_str().and_then(|sid| self.places.get(sid)).cloned().filter(|p| !p.is_empty());
        let text = match kind {
            "session.started" => {
                let means = data["amr"].as_str().unwrap_or_default().split(' ');
                let means: Vec<String> = means.filter_map(|amr| self.say(&format!("amr-{amr}"))).collect();
                let parts = [Some(means.join(", ")).filter(|m| !m.is_empty()), place];
                parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
            }
            "profile.changed" => {
                let fields = data["changed"].as_array().into_iter().flatten().filter_map(Value::as_str);
                let fields: Vec<String> =
                    fields.map(|f| self.say(&format!("claim-{f}")).unwrap_or_else(|| f.to_owned())).collect();
                fields.join(", ")
            }
            "user.renamed" => format!("{} → {}", text(&data["from"]), text(&data["to"])),
            "refused" => {
                let reason = text(&data["reason"]);
                let words = self.say(&format!("event-reason-{reason}"));
                let words = words.or_else(|| self.say(&format!("error-{reason}-title"))).unwrap_or(reason);
                let parts = [Some(words.as_str()), data["address"].as_str()];
                parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
            }
            _ => {
                [place, data["name"].as_str().map(str::to_owned)].into_iter().flatten().collect::<Vec<_>>().join(" · ")
            }
        };
        Some(text).filter(|t| !t.is_empty())
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_time_and_an_id_and_nothing_else() {
        assert!(cursor("1800000000000.01234567-89ab-7def-8123-456789abcdef").is_some());
        for bad in
            ["", "1", "1.x", "x.01234567-89ab-7def-8123-456789abcdef", "1' OR 1=1.01234567-89ab-7def-8123-456789abcdef"]
        {
            assert_eq!(cursor(bad), None, "{bad}");
        }
    }
}
