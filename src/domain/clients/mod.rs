//! Clients: what is registered of an app, what of it is acceptable, and who may change it.
//!
//! The metadata keeps the names of RFC 7591 §2 and OpenID Connect Dynamic Client Registration 1.0 §2, and a few of our own.

mod checks;
mod metadata;

use std::collections::{BTreeSet, HashMap};

use entity::{client_secrets, clients};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder,
};

pub(crate) use checks::check;
use checks::{check_sector, checked, checked_id, checked_secret, signs_with_secret};
pub use metadata::{ApplicationType, AuthMethod, MayIntrospect, Metadata, SubjectType, TokenFormat};

use super::{Error, Result, events, grants, versions};
use crate::app::App;
use crate::jose::ClientKeys;
use crate::platform::random::sha256;

/// A secret as it is remembered.
#[derive(Debug, Clone)]
pub struct StoredSecret {
    /// SHA-256 of the secret.
    pub hash: [u8; 32],
    /// Sealed, where the client signs with it.
    pub sealed: Option<Vec<u8>>,
    /// Epoch milliseconds.
    pub expires_at: Option<i64>,
}

/// A registered client, ready for use.
#[derive(Debug, Clone)]
pub struct Client {
    /// The `client_id`.
    pub id: String,
    /// What is registered.
    pub metadata: Metadata,
    /// Its secrets, the newest first.
    pub secrets: Vec<StoredSecret>,
    /// Whether it is switched off.
    pub is_disabled: bool,
    /// The scopes it registered; `None` where it registered no list.
    pub scopes: Option<BTreeSet<String>>,
    /// Its own keys, where they are inline.
    pub keys: Option<ClientKeys>,
}

impl Client {
    fn from_rows(row: &clients::Model, secrets: Vec<StoredSecret>) -> Result<Self> {
        let metadata: Metadata = serde_json::from_str(&row.metadata).map_err(Error::internal)?;
        let keys = match &metadata.jwks {
            Some(jwks) => Some(ClientKeys::parse(jwks.to_string().as_bytes()).map_err(Error::internal)?),
            None => None,
        };
        Ok(Self {
            id: row.id.clone(),
            scopes: metadata.scope.as_deref().map(|s| s.split_whitespace().map(str::to_owned).collect()),
            metadata,
            secrets,
            is_disabled: row.disabled_at.is_some(),
            keys,
        })
    }

    /// Whether it can keep a secret (RFC 6749 §2.1).
    #[must_use]
    pub fn is_confidential(&self) -> bool {
        self.metadata.token_endpoint_auth_method != AuthMethod::None
    }

    /// Whether it registered `grant_type`.
    #[must_use]
    pub fn may_use_grant(&self, grant_type: &str) -> bool {
        self.metadata.grant_types.iter().any(|g| g == grant_type)
    }

    /// Whether its loopback redirects may come on any port: it is a native app, or at least one that keeps no secret
    /// (RFC 8252 §7.3).
    #[must_use]
    pub fn has_free_loopback_port(&self) -> bool {
        self.metadata.application_type == ApplicationType::Native || !self.is_confidential()
    }

    /// Its secrets that have not expired at `now_ms`, the newest first.
    pub fn live_secrets(&self, now_ms: i64) -> impl Iterator<Item = &StoredSecret> {
        self.secrets.iter().filter(move |secret| secret.expires_at.is_none_or(|at| at > now_ms))
    }

    /// The name to show to people.
    #[must_use]
    pub fn display_name(&self) -> &str {
        self.metadata.client_name.as_deref().unwrap_or(&self.id)
    }

    /// The hosts that share a pairwise subject (OpenID Connect Core §8.1).
    #[must_use]
    pub fn sector(&self) -> String {
        let uri = self.metadata.sector_identifier_uri.as_ref().or_else(|| self.metadata.redirect_uris.first());
        uri.and_then(|u| url::Url::parse(u).ok())
            .and_then(|u| u.host_str().map(str::to_owned))
            .unwrap_or_else(|| self.id.clone())
    }
}

/// A client to register.
#[derive(Debug, Clone)]
pub struct NewClient {
    /// Given, or made.
    pub id: Option<String>,
    /// Given, or made where the authentication method needs one.
    pub secret: Option<String>,
    /// What it registers.
    pub metadata: Metadata,
}

/// A registered client with the secret, which is shown once.
#[derive(Debug, Clone)]
pub struct Registered {
    /// The client.
    pub client: Client,
    /// The secret, where there is one.
    pub secret: Option<String>,
}

/// The shortest client secret that is accepted, in characters.
pub const SECRET_MIN_CHARS: usize = 32;

/// Registers a client.
///
/// # Errors
/// [`Error::Invalid`] with the member at fault, [`Error::Conflict`] where the id is taken.
pub async fn create(app: &App, new: NewClient) -> Result<Registered> {
    let id = match new.id {
        Some(id) => checked_id(app, id).await?,
        None => app.random.token()?[..22].to_owned(),
    };
    let metadata = checked(app, new.metadata, &[])?;
    check_sector(app, &metadata).await?;
    let secret = match new.secret {
        Some(_) if !metadata.token_endpoint_auth_method.uses_secret() && !signs_with_secret(&metadata) => {
            return Err(Error::invalid(
                "client_secret",
                format!(
                    "a client that authenticates with {} has no secret; leave it out",
                    metadata.token_endpoint_auth_method.as_str()
                ),
            ));
        }
        Some(secret) => Some(checked_secret(secret)?),
        None if metadata.token_endpoint_auth_method.uses_secret() || signs_with_secret(&metadata) => {
            Some(app.random.token()?)
        }
        None => None,
    };
    let now = app.clock.now_ms();
    let tx = app.db.begin_write().await?;
    let row = clients::ActiveModel {
        id: Set(id.clone()),
        metadata: Set(serde_json::to_string(&metadata).map_err(Error::internal)?),
        created_at: Set(now),
        updated_at: Set(now),
        disabled_at: Set(None),
    };
    match clients::Entity::insert(row).exec_without_returning(&tx).await {
        Ok(_) => {}
        Err(error) if crate::db::is_unique_violation(&error) => {
            return Err(Error::Conflict(format!(
                "the client {id:?} exists already; change it with `doorward client set` or choose another client_id"
            )));
        }
        Err(error) => return Err(error.into()),
    }
    if let Some(secret) = &secret {
        insert_secret(app, &tx, &id, &metadata, secret, now).await?;
    }
    events::record(app, &tx, events::Kind::ClientCreated, events::About::client(&id)).await?;
    versions::bump(app, &tx, versions::Kind::Clients).await?;
    tx.commit().await?;
    app.directory.reload(app).await?;
    Ok(Registered { client: find(app, &id).await?, secret })
}

/// Replaces the metadata of a client; its secrets stay. Where it now needs a secret (one that we keep, where it signs with it)
/// and has none, one is made.
///
/// # Errors
/// As [`create`], and [`Error::NotFound`].
pub async fn update(app: &App, id: &str, metadata: Metadata) -> Result<Registered> {
    let old = find(app, id).await?;
    let metadata = checked(app, metadata, &old.metadata.resources)?;
    check_sector(app, &metadata).await?;
    let must_sign = signs_with_secret(&metadata);
    let needs_one = must_sign || metadata.token_endpoint_auth_method.uses_secret();
    let has_one = old.live_secrets(app.clock.now_ms()).any(|s| s.sealed.is_some() || !must_sign);
    let secret = if needs_one && !has_one { Some(app.random.token()?) } else { None };
    let now = app.clock.now_ms();
    let tx = app.db.begin_write().await?;
    let row = clients::ActiveModel {
        id: Set(id.to_owned()),
        metadata: Set(serde_json::to_string(&metadata).map_err(Error::internal)?),
        updated_at: Set(now),
        ..Default::default()
    };
    row.update(&tx).await?;
    if let Some(secret) = &secret {
        insert_secret(app, &tx, id, &metadata, secret, now).await?;
    }
    events::record(app, &tx, events::Kind::ClientChanged, events::About::client(id)).await?;
    versions::bump(app, &tx, versions::Kind::Clients).await?;
    tx.commit().await?;
    app.directory.reload(app).await?;
    Ok(Registered { client: find(app, id).await?, secret })
}

/// Gives a client a new secret; the old ones stay valid for `keep_old_s` seconds.
///
/// # Errors
/// [`Error::NotFound`], or [`Error::Invalid`] where the client has no use for one.
pub async fn rotate_secret(app: &App, id: &str, given: Option<String>, keep_old_s: u64) -> Result<Registered> {
    let client = find(app, id).await?;
    if !client.metadata.token_endpoint_auth_method.uses_secret() && !signs_with_secret(&client.metadata) {
        return Err(Error::invalid("client_secret", "this client does not authenticate with a secret"));
    }
    let secret = match given {
        Some(secret) => checked_secret(secret)?,
        None => app.random.token()?,
    };
    let now = app.clock.now_ms();
    let ends = now.saturating_add(i64::try_from(keep_old_s).unwrap_or(i64::MAX).saturating_mul(1000));
    let tx = app.db.begin_write().await?;
    crate::db::run(
        &tx,
        app.db.stmt(
            "UPDATE client_secrets SET expires_at = ? WHERE client_id = ? AND (expires_at IS NULL OR expires_at > ?)",
            [ends.into(), id.into(), ends.into()],
        ),
    )
    .await?;
    insert_secret(app, &tx, id, &client.metadata, &secret, now).await?;
    events::record(app, &tx, events::Kind::ClientSecretRotated, events::About::client(id)).await?;
    versions::bump(app, &tx, versions::Kind::Clients).await?;
    tx.commit().await?;
    app.directory.reload(app).await?;
    Ok(Registered { client: find(app, id).await?, secret: Some(secret) })
}

/// Switches a client off or on. Switching it off ends its grants.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn set_disabled(app: &App, id: &str, is_disabled: bool) -> Result<()> {
    find(app, id).await?;
    let now = app.clock.now_ms();
    let tx = app.db.begin_write().await?;
    let row = clients::ActiveModel {
        id: Set(id.to_owned()),
        disabled_at: Set(is_disabled.then_some(now)),
        updated_at: Set(now),
        ..Default::default()
    };
    row.update(&tx).await?;
    if is_disabled {
        grants::revoke_of_client(app, &tx, id, "client_disabled").await?;
    }
    events::record(app, &tx, events::Kind::ClientChanged, events::About::client(id)).await?;
    versions::bump(app, &tx, versions::Kind::Clients).await?;
    tx.commit().await?;
    app.directory.reload(app).await
}

/// Removes a client with its secrets, grants and consents.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn remove(app: &App, id: &str) -> Result<()> {
    let tx = app.db.begin_write().await?;
    let gone = clients::Entity::delete_by_id(id).exec(&tx).await?;
    if gone.rows_affected == 0 {
        return Err(Error::NotFound(format!("the client {id:?}")));
    }
    events::record(app, &tx, events::Kind::ClientRemoved, events::About::client(id)).await?;
    versions::bump(app, &tx, versions::Kind::Clients).await?;
    versions::bump(app, &tx, versions::Kind::Grants).await?;
    tx.commit().await?;
    app.live.forget_all();
    app.directory.reload(app).await
}

/// One client, as the database has it now.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn find(app: &App, id: &str) -> Result<Client> {
    let row = clients::Entity::find_by_id(id).one(app.db.write()).await?;
    let row = row.ok_or_else(|| Error::NotFound(format!("the client {id:?}")))?;
    let secrets = client_secrets::Entity::find()
        .filter(client_secrets::Column::ClientId.eq(id))
        .order_by_desc(client_secrets::Column::CreatedAt)
        .all(app.db.write())
        .await?;
    Client::from_rows(&row, secrets.iter().filter_map(stored).collect())
}

/// All clients by id.
///
/// # Errors
/// Of the database.
pub async fn list(app: &App) -> Result<Vec<Client>> {
    let rows = clients::Entity::find().order_by_asc(clients::Column::Id).all(app.db.read()).await?;
    let mut secrets: HashMap<String, Vec<StoredSecret>> = HashMap::new();
    let all =
        client_secrets::Entity::find().order_by_desc(client_secrets::Column::CreatedAt).all(app.db.read()).await?;
    for secret in &all {
        if let Some(kept) = stored(secret) {
            secrets.entry(secret.client_id.clone()).or_default().push(kept);
        }
    }
    let mut clients = Vec::with_capacity(rows.len());
    for row in &rows {
        match Client::from_rows(row, secrets.remove(&row.id).unwrap_or_default()) {
            Ok(client) => clients.push(client),
            // One damaged row must not take the other clients down.
            Err(error) => tracing::error!(client.id = row.id, %error, "a client cannot be read and is left out"),
        }
    }
    Ok(clients)
}

fn stored(row: &client_secrets::Model) -> Option<StoredSecret> {
    let hash = row.secret_hash.as_slice().try_into().ok()?;
    Some(StoredSecret { hash, sealed: row.sealed.clone(), expires_at: row.expires_at })
}

async fn insert_secret(
    app: &App,
    tx: &DatabaseTransaction,
    id: &str,
    metadata: &Metadata,
    secret: &str,
    now: i64,
) -> Result<()> {
    let sealed = if signs_with_secret(metadata) {
        Some(app.sealers.client_secret.seal(&app.random, id.as_bytes(), secret.as_bytes()).map_err(Error::internal)?)
    } else {
        None
    };
    let row = client_secrets::ActiveModel {
        id: Set(app.new_id()?),
        client_id: Set(id.to_owned()),
        secret_hash: Set(sha256(secret.as_bytes()).to_vec()),
        sealed: Set(sealed),
        created_at: Set(now),
        expires_at: Set(None),
    };
    client_secrets::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}
