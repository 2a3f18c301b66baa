//! Resources: an API with an audience of its own, its scopes, and the form of its access tokens (RFC 8707, RFC 9068).

use std::collections::BTreeMap;

use entity::resources;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, QueryOrder};
use serde::{Deserialize, Serialize};

use super::clients::TokenFormat;
use super::{Error, Result, events, names, versions};
use crate::app::App;
use crate::jose::Alg;

/// What is registered of a resource.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metadata {
    /// The `aud` of its tokens and the value of `resource`.
    pub audience: String,
    /// To show to people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its scopes; a map gives each the words that people read on the consent page.
    #[serde(default)]
    pub scopes: Scopes,
    /// Whether the API can read its tokens.
    #[serde(default = "jwt")]
    pub token_format: TokenFormat,
    /// With which algorithm they are signed.
    #[serde(default = "es256")]
    pub signing_alg: Alg,
    /// Seconds they live.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_token_ttl: Option<u64>,
    /// The `typ` in their header: `at+jwt` (RFC 9068 §2.1), or `JWT` where a library's default decoder refuses that.
    #[serde(default = "at_jwt")]
    pub typ: String,
}

fn jwt() -> TokenFormat {
    TokenFormat::Jwt
}
fn es256() -> Alg {
    Alg::Es256
}
fn at_jwt() -> String {
    "at+jwt".into()
}

/// The scopes of a resource: a list, a space-separated string, or a map from scope to human words.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(transparent)]
pub struct Scopes(pub BTreeMap<String, String>);

impl<'de> Deserialize<'de> for Scopes {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Form {
            Text(String),
            List(Vec<String>),
            Map(BTreeMap<String, String>),
        }
        let plain = |names: Vec<String>| names.into_iter().map(|n| (n, String::new())).collect();
        Ok(Self(match Form::deserialize(deserializer)? {
            Form::Text(text) => plain(text.split_whitespace().map(str::to_owned).collect()),
            Form::List(names) => plain(names),
            Form::Map(map) => map,
        }))
    }
}

/// A registered resource, ready for use.
#[derive(Debug, Clone)]
pub struct Resource {
    /// What is registered.
    pub metadata: Metadata,
    /// Signs with the shared secret, where tokens are HS256.
    pub shared: Option<std::sync::Arc<Shared>>,
}

/// The key of a resource whose tokens are HS256.
pub struct Shared {
    /// Signs.
    pub signer: crate::jose::Signer,
    /// Verifies.
    pub verifier: crate::jose::Verifier,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Shared(***)")
    }
}

/// A registered resource with its shared secret, which is shown once.
#[derive(Debug, Clone)]
pub struct Registered {
    /// The resource.
    pub resource: Resource,
    /// The secret of HS256, where it was made or given now.
    pub secret: Option<String>,
}

/// Registers a resource.
///
/// # Errors
/// [`Error::Invalid`] with the member at fault, [`Error::Conflict`] where the audience is taken.
pub async fn create(app: &App, metadata: Metadata, secret: Option<String>) -> Result<Registered> {
    let metadata = checked(app, metadata)?;
    let secret = checked_secret(app, &metadata, secret, true)?;
    let now = app.clock.now_ms();
    let row = resources::ActiveModel {
        audience: Set(metadata.audience.clone()),
        metadata: Set(serde_json::to_string(&metadata).map_err(Error::internal)?),
        sealed_secret: Set(seal(app, &metadata.audience, secret.as_deref())?),
        created_at: Set(now),
        updated_at: Set(now),
    };
    let tx = app.db.begin_write().await?;
    match resources::Entity::insert(row).exec_without_returning(&tx).await {
        Ok(_) => {}
        Err(error) if crate::db::is_unique_violation(&error) => {
            return Err(Error::Conflict(format!(
                "the resource {:?} exists already; change it with `doorward resource set`",
                metadata.audience
            )));
        }
        Err(error) => return Err(error.into()),
    }
    finish(app, tx, events::Kind::ResourceCreated, &metadata.audience).await?;
    Ok(Registered { resource: find(app, &metadata.audience).await?, secret })
}

/// Replaces what is registered; the shared secret stays unless one is given.
///
/// # Errors
/// As [`create`], and [`Error::NotFound`].
pub async fn update(app: &App, metadata: Metadata, secret: Option<String>) -> Result<Registered> {
    let metadata = checked(app, metadata)?;
    let old = find(app, &metadata.audience).await?;
    let secret = checked_secret(app, &metadata, secret, old.shared.is_none())?;
    let mut row = resources::ActiveModel {
        audience: Set(metadata.audience.clone()),
        metadata: Set(serde_json::to_string(&metadata).map_err(Error::internal)?),
        updated_at: Set(app.clock.now_ms()),
        ..Default::default()
    };
    if secret.is_some() || metadata.signing_alg != Alg::Hs256 {
        row.sealed_secret = Set(seal(app, &metadata.audience, secret.as_deref())?);
    }
    let tx = app.db.begin_write().await?;
    row.update(&tx).await?;
    finish(app, tx, events::Kind::ResourceChanged, &metadata.audience).await?;
    Ok(Registered { resource: find(app, &metadata.audience).await?, secret })
}

/// Removes a resource; no new token is issued for it.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn remove(app: &App, audience: &str) -> Result<()> {
    let tx = app.db.begin_write().await?;
    if resources::Entity::delete_by_id(audience).exec(&tx).await?.rows_affected == 0 {
        return Err(Error::NotFound(format!("the resource {audience:?}")));
    }
    finish(app, tx, events::Kind::ResourceRemoved, audience).await
}

/// One resource, as the database has it now.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn find(app: &App, audience: &str) -> Result<Resource> {
    let row = resources::Entity::find_by_id(audience).one(app.db.write()).await?;
    from_row(app, &row.ok_or_else(|| Error::NotFound(format!("the resource {audience:?}")))?)
}

/// All resources by audience.
///
/// # Errors
/// Of the database.
pub async fn list(app: &App) -> Result<Vec<Resource>> {
    let rows = resources::Entity::find().order_by_asc(resources::Column::Audience).all(app.db.read()).await?;
    let mut all = Vec::with_capacity(rows.len());
    for row in &rows {
        match from_row(app, row) {
            Ok(resource) => all.push(resource),
            Err(error) => tracing::error!(audience = row.audience, %error, "a resource cannot be read and is left out"),
        }
    }
    Ok(all)
}

/// RFC 6749 §3.3: `1*( %x21 / %x23-5B / %x5D-7E )`.
#[must_use]
pub fn is_scope_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b == 0x21 || (0x23..=0x5b).contains(&b) || (0x5d..=0x7e).contains(&b))
}

async fn finish(app: &App, tx: sea_orm::DatabaseTransaction, kind: events::Kind, audience: &str) -> Result<()> {
    let about = events::About { data: serde_json::json!({ "audience": audience }), ..Default::default() };
    events::record(app, &tx, kind, about).await?;
    versions::bump(app, &tx, versions::Kind::Clients).await?;
    tx.commit().await?;
    app.directory.reload(app).await
}

fn from_row(app: &App, row: &resources::Model) -> Result<Resource> {
    let metadata: Metadata = serde_json::from_str(&row.metadata).map_err(Error::internal)?;
    let shared = match &row.sealed_secret {
        Some(sealed) => {
            let secret = app.sealers.resource_secret.open(row.audience.as_bytes(), sealed).map_err(Error::internal)?;
            Some(std::sync::Arc::new(Shared {
                signer: crate::jose::Signer::hmac(&secret).map_err(Error::internal)?,
                verifier: crate::jose::Verifier::hmac(&secret).map_err(Error::internal)?,
            }))
        }
        None => None,
    };
    Ok(Resource { metadata, shared })
}

fn seal(app: &App, audience: &str, secret: Option<&str>) -> Result<Option<Vec<u8>>> {
    secret
        .map(|s| app.sealers.resource_secret.seal(&app.random, audience.as_bytes(), s.as_bytes()))
        .transpose()
        .map_err(Error::internal)
}

fn checked_secret(app: &App, metadata: &Metadata, given: Option<String>, is_needed: bool) -> Result<Option<String>> {
    match (metadata.signing_alg, given) {
        (Alg::Hs256, Some(secret)) if secret.len() < super::clients::SECRET_MIN_CHARS => {
            Err(Error::invalid("secret", "has fewer than 32 characters; leave it out and a strong one is made"))
        }
        (Alg::Hs256, Some(secret)) => Ok(Some(secret)),
        (Alg::Hs256, None) if is_needed => Ok(Some(app.random.token()?)),
        (Alg::Hs256, None) => Ok(None),
        (_, Some(_)) => {
            Err(Error::invalid("secret", "only a resource with \"signing_alg\": \"HS256\" shares a secret"))
        }
        (_, None) => Ok(None),
    }
}

fn checked(app: &App, metadata: Metadata) -> Result<Metadata> {
    // RFC 8707 §2: an absolute URI without a fragment.
    let parsed = url::Url::parse(&metadata.audience);
    let fits =
        parsed.as_ref().is_ok_and(|u| u.fragment().is_none() && u.scheme() != "javascript" && u.scheme() != "data");
    if !fits || metadata.audience.len() > 191 || metadata.audience.contains(char::is_whitespace) {
        return Err(Error::invalid(
            "audience",
            "an absolute URI without fragment, at most 191 characters, for example \"https://api.example\" or \"urn:example:api\"",
        ));
    }
    if metadata.audience == app.urls.issuer() {
        return Err(Error::invalid("audience", "this is the issuer itself; the API needs an audience of its own"));
    }
    if let Some(bad) = metadata.scopes.0.keys().find(|s| !is_scope_token(s) || s.len() > 100) {
        return Err(Error::invalid(
            "scopes",
            format!("{bad:?} is not a scope (RFC 6749 §3.3), for example \"orders:read\""),
        ));
    }
    if let Some(taken) = metadata.scopes.0.keys().find(|s| super::directory::STANDARD_SCOPES.contains(&s.as_str())) {
        return Err(Error::invalid("scopes", format!("{taken:?} is a scope of OpenID Connect; choose another name")));
    }
    // People read them on the consent page, operators in a terminal.
    if metadata.name.as_ref().is_some_and(|name| !names::is_title(name)) {
        return Err(Error::invalid("name", "1 to 100 characters, no control characters, for example \"Orders\""));
    }
    let is_fine = |words: &str| words.chars().count() <= 200 && names::is_plain(words);
    if let Some((scope, _)) = metadata.scopes.0.iter().find(|(_, words)| !is_fine(words)) {
        return Err(Error::invalid(
            "scopes",
            format!(
                "the words of {scope:?}: at most 200 characters, no control characters, for example \"See your orders\""
            ),
        ));
    }
    if metadata.access_token_ttl.is_some_and(|s| s == 0 || s > 86_400) {
        return Err(Error::invalid("access_token_ttl", "1 to 86400 seconds, for example 600"));
    }
    if metadata.typ != "at+jwt" && metadata.typ != "JWT" {
        return Err(Error::invalid("typ", "\"at+jwt\" (RFC 9068) or \"JWT\""));
    }
    Ok(metadata)
}
