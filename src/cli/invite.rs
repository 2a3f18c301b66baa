//! `doorward invite`: links that make one account each.

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Failure, output};
use crate::app::App;
use crate::domain::invitations::{self, Invitation, NewInvitation};

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Invite somebody; without an address the link is printed, to be handed on.
    Add(Add),
    /// List all invitations.
    List,
    /// Take an invitation back that was not accepted yet.
    Remove {
        /// The id.
        #[arg(value_name = "ID")]
        id: Uuid,
    },
}

/// The invitation to make.
#[derive(Debug, Args)]
pub struct Add {
    /// The only address it is for. It is mailed there, and who follows the link has proved the address.
    #[arg(long, value_name = "ADDR")]
    email: Option<String>,
    /// A group that who accepts will be in; may be repeated.
    #[arg(long = "group", value_name = "NAME")]
    groups: Vec<String>,
    /// How long it is good; else registration.invitation_ttl.
    #[arg(long, value_name = "SECONDS")]
    expires: Option<u64>,
}

/// Runs one of them.
///
/// # Errors
/// Where it is refused.
pub async fn run(app: &App, command: &Command, is_json: bool) -> Result<(), Failure> {
    match command {
        Command::Add(new) => add(app, new, is_json).await,
        Command::List => list(app, is_json).await,
        Command::Remove { id } => {
            invitations::remove(app, *id).await?;
            output::show(is_json, &json!({ "id": id, "removed": true }), "The invitation is taken back.");
            Ok(())
        }
    }
}

async fn add(app: &App, new: &Add, is_json: bool) -> Result<(), Failure> {
    let new =
        NewInvitation { email: new.email.as_deref(), groups: new.groups.clone(), ttl_s: new.expires, created_by: None };
    let made = invitations::create(app, new).await?;
    let mut value = json(app, &made.invitation);
    value["link"] = json!(made.link);
    let until = output::instant(made.invitation.expires_at);
    let words = match (&made.link, &made.invitation.email) {
        (Some(link), _) => format!("Hand this link on. It makes one account, until {until}:\n\n  {link}"),
        (None, email) => {
            let email = email.as_deref().unwrap_or_default();
            format!("The running server mails the invitation to {email}. It makes one account, until {until}.")
        }
    };
    output::show(is_json, &value, &words);
    Ok(())
}

async fn list(app: &App, is_json: bool) -> Result<(), Failure> {
    let all: Vec<Value> = invitations::list(app).await?.iter().map(|i| json(app, i)).collect();
    let rows: Vec<Vec<String>> = all.iter().map(row).collect();
    let words = if rows.is_empty() {
        "There are no invitations. Make one: doorward invite add --email ADDR".to_owned()
    } else {
        output::table(&["E-MAIL", "GROUPS", "STATE", "EXPIRES", "ID"], &rows)
    };
    output::show(is_json, &json!({ "invitations": all }), &words);
    Ok(())
}

fn row(invitation: &Value) -> Vec<String> {
    let text = |name: &str| invitation[name].as_str().unwrap_or_default().to_owned();
    let groups: Vec<&str> = invitation["groups"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    vec![text("email"), groups.join(", "), text("state"), text("expires_at"), text("id")]
}

fn json(app: &App, invitation: &Invitation) -> Value {
    let is_over = invitation.expires_at <= app.clock.now_ms();
    let state = match (invitation.used_at, is_over) {
        (Some(_), _) => "accepted",
        (None, true) => "expired",
        (None, false) => "open",
    };
    json!({
        "id": invitation.id,
        "email": invitation.email,
        "groups": invitation.groups,
        "state": state,
        "created_at": output::instant(invitation.created_at),
        "expires_at": output::instant(invitation.expires_at),
        "accepted_at": invitation.used_at.map(output::instant),
        "accepted_by": invitation.used_by,
    })
}
