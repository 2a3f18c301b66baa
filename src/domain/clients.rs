//! Clients: what is registered of an app, what of it is acceptable, and who may change it.
//!
//! The metadata keeps the names of RFC 7591 §2 and OpenID Connect Dynamic Client Registration 1.0 §2, and a few of our own.

use std::collections::{BTreeSet, HashMap};

use entity::{client_secrets, clients};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter,
    QueryOrder, TransactionTrait,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Error, Result, events, grants, versions};
use crate::app::App;
use crate::jose::{Alg, ClientKeys};
use crate::platform::random::sha256;

/// How a client proves who it is at the token endpoint (OpenID Connect Core §9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthMethod {
    /// A public client: it cannot keep a secret and proves nothing.
    None,
    /// HTTP Basic (RFC 6749 §2.3.1).
    ClientSecretBasic,
    /// The secret in the form body.
    ClientSecretPost,
    /// A JWT signed with the secret (RFC 7523).
    ClientSecretJwt,
    /// A JWT signed with the client's own key (RFC 7523).
    PrivateKeyJwt,
}

impl AuthMethod {
    /// All of them, as discovery lists them.
    pub const ALL: [Self; 5] =
        [Self::ClientSecretBasic, Self::ClientSecretPost, Self::ClientSecretJwt, Self::PrivateKeyJwt, Self::None];

    /// The name in metadata.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::ClientSecretBasic => "client_secret_basic",
            Self::ClientSecretPost => "client_secret_post",
            Self::ClientSecretJwt => "client_secret_jwt",
            Self::PrivateKeyJwt => "private_key_jwt",
        }
    }

    /// Whether a secret is shared with the client.
    #[must_use]
    pub fn uses_secret(self) -> bool {
        matches!(self, Self::ClientSecretBasic | Self::ClientSecretPost | Self::ClientSecretJwt)
    }
}

/// Web or native (OpenID Connect Registration §2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ApplicationType {
    /// Runs on a server or in a browser.
    Web,
    /// Runs on a device; loopback redirects take any port (RFC 8252 §7.3).
    Native,
}

/// Whether every client sees the same subject for a person (OpenID Connect Core §8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SubjectType {
    /// The same for all.
    Public,
    /// Another for each sector.
    Pairwise,
}

/// Whether an access token can be read by who receives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TokenFormat {
    /// RFC 9068.
    Jwt,
    /// Only we can read it; resources ask at introspection.
    Opaque,
}

/// Which tokens a client may introspect (RFC 7662 §4: an extension of ours).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum MayIntrospect {
    /// All or none.
    Any(bool),
    /// Those for these audiences.
    Audiences(Vec<String>),
}

/// What is registered of a client (RFC 7591 §2, OpenID Connect Registration §2, and extensions of ours).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the fields keep the names and meanings of the two specifications")]
pub struct Metadata {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_name: Option<String>,
    pub redirect_uris: Vec<String>,
    pub token_endpoint_auth_method: AuthMethod,
    pub grant_types: Vec<String>,
    pub response_types: Vec<String>,
    pub application_type: ApplicationType,
    pub subject_type: SubjectType,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sector_identifier_uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logo_uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy_uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tos_uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwks_uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwks: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub software_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub software_version: Option<String>,
    pub id_token_signed_response_alg: Alg,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub userinfo_signed_response_alg: Option<Alg>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_endpoint_auth_signing_alg: Option<Alg>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_max_age: Option<i64>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub require_auth_time: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub default_acr_values: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initiate_login_uri: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub post_logout_redirect_uris: Vec<String>,
    /// Whether PKCE is required. Only a confidential OpenID client may be registered without it.
    pub require_pkce: bool,
    /// One of the operator's own apps: people are not asked for consent.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub trusted: bool,
    /// The audiences it may get tokens for (RFC 8707).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<String>,
    /// Whether it may ask about tokens (RFC 7662).
    pub may_introspect: MayIntrospect,
    /// The form of its access tokens where the resource does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_token_format: Option<TokenFormat>,
    /// Seconds that its access tokens live where the resource does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_token_ttl: Option<u64>,
}

impl Default for Metadata {
    fn default() -> Self {
        Self {
            client_name: None,
            redirect_uris: Vec::new(),
            // RFC 7591 §2: the defaults where a value is omitted.
            token_endpoint_auth_method: AuthMethod::ClientSecretBasic,
            grant_types: vec!["authorization_code".into()],
            response_types: vec!["code".into()],
            application_type: ApplicationType::Web,
            subject_type: SubjectType::Public,
            sector_identifier_uri: None,
            scope: None,
            contacts: Vec::new(),
            client_uri: None,
            logo_uri: None,
            policy_uri: None,
            tos_uri: None,
            jwks_uri: None,
            jwks: None,
            software_id: None,
            software_version: None,
            // OpenID Connect Registration §2: RS256 where nothing is asked.
            id_token_signed_response_alg: Alg::Rs256,
            userinfo_signed_response_alg: None,
            token_endpoint_auth_signing_alg: None,
            default_max_age: None,
            require_auth_time: false,
            default_acr_values: Vec::new(),
            initiate_login_uri: None,
            post_logout_redirect_uris: Vec::new(),
            require_pkce: true,
            trusted: false,
            resources: Vec::new(),
            may_introspect: MayIntrospect::Any(false),
            access_token_format: None,
            access_token_ttl: None,
        }
    }
}

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
    let metadata = checked(app, new.metadata)?;
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
    let metadata = checked(app, metadata)?;
    check_sector(app, &metadata).await?;
    let old = find(app, id).await?;
    let must_sign = signs_with_secret(&metadata);
    let needs_one = must_sign || metadata.token_endpoint_auth_method.uses_secret();
    let has_one = old
        .secrets
        .iter()
        .any(|s| s.expires_at.is_none_or(|at| at > app.clock.now_ms()) && (s.sealed.is_some() || !must_sign));
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

/// Whether the secret is a key: of the client's assertions, or of its ID tokens or userinfo (OpenID Connect Core §10.1).
fn signs_with_secret(metadata: &Metadata) -> bool {
    metadata.token_endpoint_auth_method == AuthMethod::ClientSecretJwt
        || metadata.id_token_signed_response_alg == Alg::Hs256
        || metadata.userinfo_signed_response_alg == Some(Alg::Hs256)
}

async fn checked_id(app: &App, id: String) -> Result<String> {
    // RFC 6749 appendix A.1: VSCHAR; we leave out what would need escaping in a URL path or a log line.
    let fits = !id.is_empty()
        && id.len() <= 191
        && id.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'"' | b'\\' | b'<' | b'>' | b'`'));
    if !fits {
        return Err(Error::invalid("client_id", "1 to 191 visible ASCII characters, for example \"my-app\""));
    }
    // RFC 9700 §4.15: the subject of a client must not be the subject of a person.
    if let Ok(uuid) = id.parse::<uuid::Uuid>()
        && entity::users::Entity::find_by_id(uuid).one(app.db.read()).await?.is_some()
    {
        return Err(Error::invalid("client_id", "this is the id of a person; choose another"));
    }
    Ok(id)
}

fn checked_secret(secret: String) -> Result<String> {
    if secret.chars().count() < SECRET_MIN_CHARS {
        return Err(Error::invalid(
            "client_secret",
            format!("has fewer than {SECRET_MIN_CHARS} characters; leave it out and a strong one is made"),
        ));
    }
    if secret.len() > 512 || !secret.bytes().all(|b| (0x20..0x7f).contains(&b)) {
        return Err(Error::invalid("client_secret", "at most 512 printable ASCII characters"));
    }
    Ok(secret)
}

/// Checks what a client registers, member by member.
fn checked(app: &App, mut metadata: Metadata) -> Result<Metadata> {
    check(&metadata)?;
    let snapshot = app.directory.snapshot();
    for audience in &metadata.resources {
        if snapshot.resource(audience).is_none() {
            return Err(Error::invalid(
                "resources",
                format!("{audience:?} is not registered; add it first with `doorward resource add`"),
            ));
        }
    }
    metadata.grant_types.dedup();
    Ok(metadata)
}

/// What can be said of metadata alone.
pub(crate) fn check(metadata: &Metadata) -> Result<()> {
    check_grants(metadata)?;
    check_redirect_uris(metadata)?;
    for (field, uri) in [
        ("client_uri", &metadata.client_uri),
        ("logo_uri", &metadata.logo_uri),
        ("policy_uri", &metadata.policy_uri),
        ("tos_uri", &metadata.tos_uri),
        ("initiate_login_uri", &metadata.initiate_login_uri),
        ("sector_identifier_uri", &metadata.sector_identifier_uri),
        ("jwks_uri", &metadata.jwks_uri),
    ] {
        if let Some(uri) = uri {
            check_web_uri(field, uri)?;
        }
    }
    for uri in &metadata.post_logout_redirect_uris {
        super::directory::check_redirect_uri("post_logout_redirect_uris", uri)?;
    }
    check_keys(metadata)?;
    check_algorithms(metadata)?;
    if metadata.client_name.as_ref().is_some_and(|n| n.trim().is_empty() || n.chars().count() > 100) {
        return Err(Error::invalid("client_name", "1 to 100 characters, for example \"Wiki\""));
    }
    if metadata.default_max_age.is_some_and(|s| !(0..=i64::from(u32::MAX)).contains(&s)) {
        return Err(Error::invalid("default_max_age", "a number of seconds, 0 or more"));
    }
    if metadata.access_token_ttl.is_some_and(|s| s == 0 || s > 86_400) {
        return Err(Error::invalid("access_token_ttl", "1 to 86400 seconds, for example 600"));
    }
    if metadata.scope.as_ref().is_some_and(|s| s.len() > 2000) {
        return Err(Error::invalid("scope", "at most 2000 characters"));
    }
    if let Some(scope) = &metadata.scope
        && let Some(bad) = scope.split(' ').find(|s| !s.is_empty() && !super::resources::is_scope_token(s))
    {
        return Err(Error::invalid("scope", format!("{bad:?} is not a scope (RFC 6749 §3.3)")));
    }
    if !metadata.require_pkce && metadata.token_endpoint_auth_method == AuthMethod::None {
        return Err(Error::invalid(
            "require_pkce",
            "a public client cannot do without PKCE; only a client with a secret or a key may be registered so",
        ));
    }
    Ok(())
}

fn check_grants(metadata: &Metadata) -> Result<()> {
    for grant in &metadata.grant_types {
        if !grants::GRANT_TYPES.contains(&grant.as_str()) {
            return Err(Error::invalid(
                "grant_types",
                format!("{grant:?} is not supported; choose from {}", grants::GRANT_TYPES.join(", ")),
            ));
        }
    }
    for response_type in &metadata.response_types {
        if response_type != "code" {
            return Err(Error::invalid(
                "response_types",
                format!("{response_type:?} is not supported; only \"code\" is"),
            ));
        }
    }
    let has = |grant: &str| metadata.grant_types.iter().any(|g| g == grant);
    if has("client_credentials") && metadata.token_endpoint_auth_method == AuthMethod::None {
        // RFC 6749 §4.4: only for confidential clients.
        return Err(Error::invalid("grant_types", "client_credentials needs a client with a secret or a key"));
    }
    if has("refresh_token") && !has("authorization_code") {
        return Err(Error::invalid("grant_types", "refresh_token needs authorization_code beside it"));
    }
    Ok(())
}

fn check_redirect_uris(metadata: &Metadata) -> Result<()> {
    let uses_code = metadata.grant_types.iter().any(|g| g == "authorization_code");
    if uses_code && metadata.redirect_uris.is_empty() {
        return Err(Error::invalid(
            "redirect_uris",
            "an app that signs people in needs at least one, for example [\"https://app.example/callback\"]; a service that only \
             calls others registers \"grant_types\": [\"client_credentials\"]",
        ));
    }
    if metadata.redirect_uris.len() > 100 {
        return Err(Error::invalid("redirect_uris", "at most 100"));
    }
    for uri in &metadata.redirect_uris {
        super::directory::check_redirect_uri("redirect_uris", uri)?;
    }
    if metadata.subject_type == SubjectType::Pairwise && metadata.sector_identifier_uri.is_none() {
        // OpenID Connect Core §8.1: without a sector identifier all redirect URIs share one host.
        let hosts: BTreeSet<Option<String>> = metadata
            .redirect_uris
            .iter()
            .map(|u| url::Url::parse(u).ok().and_then(|u| u.host_str().map(str::to_owned)))
            .collect();
        if hosts.len() > 1 {
            return Err(Error::invalid(
                "sector_identifier_uri",
                "pairwise subjects with redirect URIs on several hosts need one",
            ));
        }
    }
    Ok(())
}

/// OpenID Connect Registration §5: the document at `sector_identifier_uri` lists every redirect URI, which proves that they
/// belong together.
async fn check_sector(app: &App, metadata: &Metadata) -> Result<()> {
    let Some(uri) = &metadata.sector_identifier_uri else { return Ok(()) };
    let bad = |reason: String| Error::invalid("sector_identifier_uri", reason);
    let fetched = app.fetch.get(uri).await.map_err(|e| bad(format!("cannot be fetched: {e}")))?;
    let listed: Vec<String> = serde_json::from_slice(&fetched.bytes)
        .map_err(|_| bad("must answer with a JSON array of redirect URIs".to_owned()))?;
    match metadata.redirect_uris.iter().find(|u| !listed.contains(u)) {
        None => Ok(()),
        Some(missing) => Err(bad(format!("does not list {missing:?}"))),
    }
}

fn check_web_uri(field: &str, uri: &str) -> Result<()> {
    let bad = || Error::invalid(field, format!("{uri:?} is not an https URL"));
    let parsed = url::Url::parse(uri).map_err(|_| bad())?;
    let is_loopback = matches!(parsed.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    let fits = parsed.scheme() == "https" || (parsed.scheme() == "http" && is_loopback);
    if fits && uri.len() <= 2000 && parsed.username().is_empty() && parsed.password().is_none() {
        Ok(())
    } else {
        Err(bad())
    }
}

fn check_keys(metadata: &Metadata) -> Result<()> {
    if metadata.jwks.is_some() && metadata.jwks_uri.is_some() {
        // OpenID Connect Registration §2: the two must not be used together.
        return Err(Error::invalid("jwks", "give either jwks or jwks_uri, not both"));
    }
    if let Some(jwks) = &metadata.jwks {
        let keys = ClientKeys::parse(jwks.to_string().as_bytes()).map_err(|e| Error::invalid("jwks", e.to_string()))?;
        if keys.is_empty() && metadata.token_endpoint_auth_method == AuthMethod::PrivateKeyJwt {
            return Err(Error::invalid("jwks", "holds no public key that a signature could be checked with"));
        }
    }
    if metadata.token_endpoint_auth_method == AuthMethod::PrivateKeyJwt
        && metadata.jwks.is_none()
        && metadata.jwks_uri.is_none()
    {
        return Err(Error::invalid("jwks", "private_key_jwt needs the client's public keys as jwks or jwks_uri"));
    }
    Ok(())
}

fn check_algorithms(metadata: &Metadata) -> Result<()> {
    if let Some(alg) = metadata.token_endpoint_auth_signing_alg {
        let fits = match metadata.token_endpoint_auth_method {
            AuthMethod::ClientSecretJwt => alg == Alg::Hs256,
            AuthMethod::PrivateKeyJwt => alg != Alg::Hs256,
            _ => true,
        };
        if !fits {
            return Err(Error::invalid(
                "token_endpoint_auth_signing_alg",
                "HS256 goes with client_secret_jwt, the others with private_key_jwt",
            ));
        }
    }
    let uses_secret_key = metadata.id_token_signed_response_alg == Alg::Hs256
        || metadata.userinfo_signed_response_alg == Some(Alg::Hs256);
    if uses_secret_key && !metadata.token_endpoint_auth_method.uses_secret() {
        return Err(Error::invalid(
            "id_token_signed_response_alg",
            "HS256 is keyed with the client secret, so the client must authenticate with one",
        ));
    }
    Ok(())
}

/// Whether there is any client yet.
///
/// # Errors
/// Of the database.
pub async fn exist<C: ConnectionTrait + TransactionTrait>(connection: &C) -> Result<bool> {
    Ok(clients::Entity::find().one(connection).await?.is_some())
}
