//! `doorward mail`: what waits to be sent and what was given up.

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Failure, output};
use crate::app::App;
use crate::domain::Error;
use crate::mail::outbox::{self, Entry, State};

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List the mails that wait or were given up, newest first; never what is in them.
    List(List),
    /// Try a mail again that was given up; a running server sends it within seconds.
    Retry(Retry),
}

/// Which mails.
#[derive(Debug, Args)]
pub struct List {
    /// Only those that were given up.
    #[arg(long)]
    failed: bool,
    /// Those that were sent or expired as well; they are kept for 30 days.
    #[arg(long, conflicts_with = "failed")]
    all: bool,
    /// How many at most.
    #[arg(long, value_name = "NUMBER", default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    limit: u64,
}

/// A mail.
#[derive(Debug, Args)]
pub struct Retry {
    /// Its id, as `mail list` shows it.
    id: String,
}

/// Runs one of them.
///
/// # Errors
/// Where it is refused.
pub async fn run(app: &App, command: &Command, is_json: bool) -> Result<(), Failure> {
    match command {
        Command::List(which) => list(app, which, is_json).await,
        Command::Retry(Retry { id }) => {
            let unknown = || Error::NotFound(format!("the mail {id}"));
            outbox::retry(app, id.parse::<Uuid>().map_err(|_| unknown())?).await?;
            let words = format!("The mail {id} waits again; a running server sends it within seconds.");
            output::show(is_json, &json!({ "id": id, "state": State::Waiting.as_str() }), &words);
            Ok(())
        }
    }
}

async fn list(app: &App, which: &List, is_json: bool) -> Result<(), Failure> {
    let states: &[State] = match (which.failed, which.all) {
        (true, _) => &[State::Failed],
        (false, false) => &[State::Waiting, State::Failed],
        (false, true) => &[State::Waiting, State::Failed, State::Sent, State::Expired],
    };
    let all = outbox::list(app, states, which.limit).await?;
    let objects: Vec<Value> = all.iter().map(json).collect();
    let words = if all.is_empty() {
        "There is none.".to_owned()
    } else {
        let rows: Vec<Vec<String>> = all.iter().map(row).collect();
        output::table(&["ID", "MESSAGE", "TO", "STATE", "WRITTEN", "TRIED", "NEXT", "WHY"], &rows)
    };
    output::show(is_json, &json!({ "mails": objects }), &words);
    Ok(())
}

/// The next attempt, where there will be one.
fn next(entry: &Entry) -> Option<String> {
    (entry.row.state == State::Waiting.as_str()).then(|| output::instant(entry.row.next_at))
}

fn json(entry: &Entry) -> Value {
    let row = &entry.row;
    json!({
        "id": row.id, "message": row.kind, "to": entry.to, "user_id": row.user_id, "state": row.state, "attempts": row.attempts,
        "created_at": output::instant(row.created_at), "next_at": next(entry), "expires_at": output::instant(row.expires_at),
        "done_at": row.done_at.map(output::instant), "error": row.error,
    })
}

fn row(entry: &Entry) -> Vec<String> {
    let row = &entry.row;
    vec![
        row.id.to_string(),
        row.kind.clone(),
        entry.to.clone().unwrap_or_default(),
        row.state.clone(),
        output::instant(row.created_at),
        row.attempts.to_string(),
        next(entry).unwrap_or_default(),
        row.error.clone().unwrap_or_default(),
    ]
}
