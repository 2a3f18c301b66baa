//! One grant, from its authorization code to its last refresh.

use sea_orm::entity::prelude::*;

/// One grant, from its authorization code to its last refresh.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "grants")]
pub struct Model {
    /// UUIDv7; `gid` of the access tokens.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Who granted.
    pub user_id: Uuid,
    /// To whom.
    pub client_id: String,
    /// The browser session in which it was granted.
    pub session_id: Option<Uuid>,
    /// Space-separated, sorted.
    pub scopes: String,
    /// Audiences named by `resource`, space-separated.
    pub resources: String,
    /// The `claims` parameter as JSON (OpenID Connect Core §5.5).
    pub claims: Option<String>,
    /// To be repeated in the ID token.
    pub nonce: Option<String>,
    /// How well the person proved who they are.
    pub acr: String,
    /// By which means, space-separated (RFC 8176).
    pub amr: String,
    /// When, epoch milliseconds.
    pub auth_time: i64,
    /// As the authorization request sent it.
    pub redirect_uri: Option<String>,
    /// PKCE S256 challenge (RFC 7636).
    pub code_challenge: Option<String>,
    /// SHA-256 of the authorization code.
    pub code_hash: Vec<u8>,
    /// Epoch milliseconds.
    pub code_expires_at: i64,
    /// When the code was exchanged.
    pub redeemed_at: Option<i64>,
    /// Whether the grant outlives the browser session (`offline_access`).
    pub is_offline: bool,
    /// Of the refresh token that is current.
    pub generation: i64,
    /// When that generation was made.
    pub rotated_at: Option<i64>,
    /// When the refresh token ends however it is used.
    pub expires_at: Option<i64>,
    /// When the grant ends if it is not used.
    pub idle_expires_at: i64,
    /// Epoch milliseconds.
    pub revoked_at: Option<i64>,
    /// Why, as a code.
    pub revoke_reason: Option<String>,
    /// Epoch milliseconds.
    pub created_at: i64,
}

/// No relation is declared: every query names its columns.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
