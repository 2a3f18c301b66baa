//! What is told about a person: by scope (OpenID Connect Core §5.4) and one by one (§5.5).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::app::App;
use crate::domain::clients::{Client, SubjectType};
use crate::domain::grants::Grant;
use crate::domain::users::{self, PROFILE_CLAIMS, Person};
use crate::oidc::error::OAuthError;
use crate::oidc::scopes::{self, Scopes};
use crate::platform::random::base64url;

/// What is known of a person beside [`PROFILE_CLAIMS`].
const OTHER_CLAIMS: [&str; 5] = ["name", "updated_at", "email", "email_verified", "groups"];

/// A claim without its language (OpenID Connect Core §5.2).
fn untagged(claim: &str) -> &str {
    claim.split_once('#').map_or(claim, |(base, _)| base)
}

/// The scope that asks for a claim about the person (OpenID Connect Core §5.4), in whatever language; none for any other claim.
fn scope_of(claim: &str) -> Option<&'static str> {
    match untagged(claim) {
        "email" | "email_verified" => Some("email"),
        "address" => Some("address"),
        "phone_number" | "phone_number_verified" => Some("phone"),
        "groups" => Some("groups"),
        "name" | "updated_at" => Some("profile"),
        base => PROFILE_CLAIMS.contains(&base).then_some("profile"),
    }
}

/// How one claim is asked for (OpenID Connect Core §5.5.1).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Wish {
    /// Whether the client cannot do without.
    pub essential: bool,
    /// The value it must have.
    pub value: Option<Value>,
    /// The values it may have.
    pub values: Option<Vec<Value>>,
}

impl Wish {
    /// Whether `value` is one that was asked for.
    #[must_use]
    pub fn accepts(&self, value: &Value) -> bool {
        self.value.as_ref().is_none_or(|v| v == value) && self.values.as_ref().is_none_or(|all| all.contains(value))
    }
}

/// The `claims` parameter.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Wishes {
    /// For the userinfo answer.
    pub userinfo: BTreeMap<String, Option<Wish>>,
    /// For the ID token.
    pub id_token: BTreeMap<String, Option<Wish>>,
}

impl Wishes {
    /// The subject that is asked for by its value.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        [&self.id_token, &self.userinfo]
            .into_iter()
            .find_map(|claims| claims.get("sub")?.as_ref()?.value.as_ref()?.as_str())
    }

    /// The names of claims about the person that are asked for one by one, for the consent page.
    #[must_use]
    pub fn about_person(&self) -> std::collections::BTreeSet<String> {
        let asked = self.userinfo.keys().chain(self.id_token.keys()).filter(|name| scope_of(name).is_some());
        asked.map(|name| untagged(name).to_owned()).collect()
    }

    /// Leaves out what a client may not learn: claims of a scope that it may not ask for. Any claim may be left out without an error
    /// (§5.5.1).
    #[must_use]
    pub fn within(mut self, may_ask: impl Fn(&str) -> bool) -> Self {
        for wished in [&mut self.userinfo, &mut self.id_token] {
            wished.retain(|name, _| scope_of(name).is_none_or(&may_ask));
        }
        self
    }
}

/// The subject that `client` sees (OpenID Connect Core §8).
#[must_use]
pub fn subject(app: &App, client: &Client, user_id: Uuid) -> String {
    match client.metadata.subject_type {
        SubjectType::Public => user_id.to_string(),
        SubjectType::Pairwise => {
            // §8.1: not reversible by who does not know our key; the fixed length of the id keeps the parts apart.
            let mut context = ring::hmac::Context::with_key(&app.pairwise_key);
            context.update(user_id.as_bytes());
            context.update(client.sector().as_bytes());
            base64url(context.sign().as_ref())
        }
    }
}

/// What userinfo tells about the grant's person, without `sub`.
///
/// # Errors
/// Of the database.
pub async fn for_userinfo(app: &App, grant: &Grant, token_scopes: &Scopes) -> Result<Map<String, Value>, OAuthError> {
    let mut claims = Map::new();
    let person = Facts::of(app, &grant.person, token_scopes.contains("groups")).await?;
    let is_asked = |name: &&str| scope_of(name).is_some_and(|scope| token_scopes.contains(scope));
    let tagged = grant.person.profile.keys().map(String::as_str).filter(|name| name.contains('#'));
    for name in OTHER_CLAIMS.into_iter().chain(PROFILE_CLAIMS).chain(tagged).filter(is_asked) {
        person.tell(&mut claims, name);
    }
    if let Some(wishes) = wishes(app, grant) {
        add_wished(app, grant, &wishes.userinfo, &mut claims).await?;
    }
    Ok(claims)
}

/// What the ID token tells about the grant's person: only what was asked for one by one, since an access token comes with
/// it (OpenID Connect Core §5.4).
///
/// # Errors
/// Of the database.
pub async fn for_id_token(app: &App, grant: &Grant) -> Result<Map<String, Value>, OAuthError> {
    let mut claims = Map::new();
    // §3.1.3.3: without openid there is no ID token to tell it in.
    if let Some(wishes) = wishes(app, grant).filter(|_| grant.scopes.split(' ').any(|scope| scope == "openid")) {
        add_wished(app, grant, &wishes.id_token, &mut claims).await?;
    }
    Ok(claims)
}

/// What was asked for one by one, and what of it the client may still ask for: its scopes may be fewer since.
fn wishes(app: &App, grant: &Grant) -> Option<Wishes> {
    let wishes: Wishes = serde_json::from_str(grant.claims.as_deref()?).ok()?;
    let snapshot = app.directory.snapshot();
    let client = snapshot.client(&grant.client_id)?;
    Some(wishes.within(|scope| snapshot.may_ask(client, scope)))
}

async fn add_wished(
    app: &App,
    grant: &Grant,
    wished: &BTreeMap<String, Option<Wish>>,
    claims: &mut Map<String, Value>,
) -> Result<(), OAuthError> {
    if wished.is_empty() {
        return Ok(());
    }
    let person = Facts::of(app, &grant.person, wished.contains_key("groups")).await?;
    for name in wished.keys().filter(|name| scope_of(name).is_some()) {
        person.tell(claims, name);
    }
    Ok(())
}

/// What is known of a person, by claim.
struct Facts<'a> {
    person: &'a Person,
    groups: Option<Vec<String>>,
}

impl<'a> Facts<'a> {
    async fn of(app: &App, person: &'a Person, needs_groups: bool) -> Result<Self, OAuthError> {
        let groups = if needs_groups { Some(users::groups_of(app, person.id).await?) } else { None };
        Ok(Self { person, groups })
    }

    /// Adds the claim where its value is known; an unknown one is left out, never null or empty (§5.3.2).
    fn tell(&self, claims: &mut Map<String, Value>, name: &str) {
        let person = self.person;
        let value = match name {
            "name" => person.name.as_ref().map(|n| json!(n)),
            "preferred_username" => Some(json!(person.username)),
            "email" => person.email.as_ref().map(|(address, _)| json!(address)),
            "email_verified" => person.email.as_ref().map(|(_, is_verified)| json!(is_verified)),
            "updated_at" => Some(json!(person.updated_at / 1000)),
            "groups" => self.groups.as_ref().map(|g| json!(g)),
            other => person.profile.get(other).cloned(),
        };
        if let Some(value) = value.and_then(known) {
            claims.insert(name.to_owned(), value);
        }
    }
}

/// The value without what is null or empty in it.
fn known(value: Value) -> Option<Value> {
    match value {
        Value::Null => None,
        Value::String(text) if text.trim().is_empty() => None,
        Value::Object(members) => {
            let members: Map<String, Value> =
                members.into_iter().filter_map(|(name, value)| Some((name, known(value)?))).collect();
            (!members.is_empty()).then_some(Value::Object(members))
        }
        value => Some(value),
    }
}

/// The scopes of a grant.
///
/// # Errors
/// Where the row is damaged.
pub fn scopes_of(grant: &Grant) -> Result<Scopes, OAuthError> {
    scopes::parse(&grant.scopes)
}
