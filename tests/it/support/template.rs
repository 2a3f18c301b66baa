//! The people, clients, resources and keys that every test finds. They are made once, since RSA keys and password hashes are slow, and
//! copied into the database of each test.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use doorward::app::{App, Parts};
use doorward::config::{Config, Secret};
use doorward::db::Db;
use doorward::domain::clients::{self, Metadata, NewClient};
use doorward::domain::resources;
use doorward::domain::users::{self, NewUser};
use doorward::platform::clock::{Clock, ManualClock, SystemClock};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel};
use serde_json::json;
use tempfile::TempDir;

/// The password of everybody.
pub(crate) const PASSWORD: &str = "correct horse battery staple";
/// The secret of every client that has one.
pub(crate) const SECRET: &str = "a-client-secret-that-is-long-enough-for-anyone";
/// The master key, so that copies open.
const MASTER_KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
/// An API with JWTs: `orders:read`, `orders:write`.
pub(crate) const API: &str = "https://api.example";
/// An API with opaque tokens: `files:read`.
pub(crate) const OPAQUE_API: &str = "https://files.example";
/// An API with HS256 tokens of `typ: JWT`: `small:use`.
pub(crate) const SMALL_API: &str = "urn:example:small";
/// The secret that the small API shares with us.
pub(crate) const SMALL_SECRET: &str = "a-secret-that-the-small-api-shares-with-us";

/// What is copied.
pub(crate) struct Template {
    dir: TempDir,
    /// When it was made; the clock of a test begins there.
    pub(crate) made_at: i64,
    rows: Rows,
}

macro_rules! rows {
    ($($table:ident),+ $(,)?) => {
        struct Rows { $($table: Vec<entity::$table::Model>),+ }

        impl Rows {
            async fn read(app: &App) -> Self {
                Self { $($table: entity::$table::Entity::find().all(app.db.write()).await.unwrap()),+ }
            }

            async fn write(&self, db: &Db) {
                $(
                    let rows = self.$table.iter().cloned().map(|row| row.into_active_model().reset_all());
                    if rows.len() > 0 {
                        entity::$table::Entity::insert_many(rows).exec_without_returning(db.write()).await.unwrap();
                    }
                )+
            }
        }
    };
}
rows!(
    users,
    user_emails,
    password_credentials,
    groups,
    group_members,
    resources,
    clients,
    client_secrets,
    signing_keys,
    versions
);

/// The one template of this process.
pub(crate) fn template() -> &'static Template {
    static TEMPLATE: OnceLock<Template> = OnceLock::new();
    TEMPLATE.get_or_init(|| {
        // On a runtime of its own: the one of the first test ends with that test.
        let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        std::thread::spawn(move || runtime().block_on(make())).join().unwrap()
    })
}

impl Template {
    /// A copy of the SQLite file.
    pub(crate) fn copy_file(&self, dir: &Path) {
        std::fs::copy(self.dir.path().join("doorward.sqlite"), dir.join("doorward.sqlite")).unwrap();
    }

    /// A copy of the rows in the database of a server, and nothing else.
    pub(crate) async fn copy_rows(&self, config: &Config) {
        let db = Db::open(&doorward::app::db_options(config)).await.unwrap();
        db.migrate(&config.data_dir).await.unwrap();
        empty(&db).await;
        self.rows.write(&db).await;
        db.write().clone().close().await.unwrap();
    }
}

/// Removes every row of every table, those that point at others first.
async fn empty(db: &Db) {
    macro_rules! empty {
        ($($table:ident),+ $(,)?) => {
            $(entity::$table::Entity::delete_many().exec(db.write()).await.unwrap();)+
        };
    }
    empty!(
        passkeys,
        totp_secrets,
        recovery_codes,
        signature_keys,
        upstream_links,
        trusted_devices,
        invitations,
        outbox,
        client_sessions,
        grants,
        consents,
        browser_sessions,
        http_sessions,
        login_flows,
        action_tokens,
        used_jtis,
        revoked_tokens,
        throttles,
        events,
        settings,
        client_secrets,
        clients,
        resources,
        signing_keys,
        group_members,
        groups,
        password_credentials,
        user_emails,
        users,
        versions,
    );
}

/// The configuration of every test before it changes something.
pub(crate) fn config(dir: &Path) -> Config {
    let mut config =
        Config { data_dir: dir.to_owned(), master_key: Some(Secret::new(MASTER_KEY)), ..Config::default() };
    config.issuer = "https://id.example".parse().unwrap();
    config.database.read_connections = 2;
    config
}

async fn make() -> Template {
    let dir = TempDir::new().unwrap();
    let made_at = SystemClock.now_ms() / 1000 * 1000;
    let parts = Parts { clock: Arc::new(ManualClock::new(made_at)), ..Parts::default() };
    let (app, _) = App::open(config(dir.path()), parts).await.unwrap();
    people(&app).await;
    for (metadata, secret) in [
        (
            json!({ "audience": API, "name": "Orders", "scopes": {"orders:read": "Read your orders", "orders:write": ""},
                "access_token_ttl": 900 }),
            None,
        ),
        (json!({ "audience": OPAQUE_API, "scopes": "files:read", "token_format": "opaque" }), None),
        (
            json!({ "audience": SMALL_API, "scopes": ["small:use"], "signing_alg": "HS256", "typ": "JWT" }),
            Some(SMALL_SECRET.to_owned()),
        ),
    ] {
        resources::create(&app, serde_json::from_value(metadata).unwrap(), secret).await.unwrap();
    }
    let code = json!(["authorization_code", "refresh_token"]);
    let all = json!([API, OPAQUE_API, SMALL_API]);
    for (id, metadata) in [
        // The operator's own app: no consent.
        (
            "web",
            json!({ "client_name": "Web", "redirect_uris": ["https://web.example/cb", "https://web.example/other?x=1"],
                "grant_types": code, "trusted": true, "resources": all,
                "post_logout_redirect_uris": ["https://web.example/bye"] }),
        ),
        // A stranger's app: asks for consent.
        (
            "wiki",
            json!({ "client_name": "Wiki", "redirect_uris": ["https://wiki.example/cb"], "grant_types": code, "resources": all,
                "token_endpoint_auth_method": "client_secret_post", "client_uri": "https://wiki.example" }),
        ),
        // In the browser, without a secret.
        (
            "spa",
            json!({ "client_name": "Spa", "redirect_uris": ["https://spa.example/cb"], "grant_types": code, "trusted": true,
                "token_endpoint_auth_method": "none" }),
        ),
        // An older client: no PKCE.
        ("old", json!({ "redirect_uris": ["https://old.example"], "trusted": true, "require_pkce": false })),
        ("svc", json!({ "grant_types": ["client_credentials"], "resources": all })),
        // The API itself, which asks about tokens.
        ("api", json!({ "grant_types": ["client_credentials"], "may_introspect": true })),
    ] {
        client(&app, id, metadata).await;
    }
    let rows = Rows::read(&app).await;
    sea_orm::ConnectionTrait::execute_unprepared(app.db.write(), "PRAGMA wal_checkpoint(TRUNCATE)").await.unwrap();
    app.db.read().clone().close().await.unwrap();
    app.db.write().clone().close().await.unwrap();
    Template { dir, made_at, rows }
}

/// Registers a client whose secret, where it has one, is [`SECRET`].
pub(crate) async fn client(app: &App, id: &str, metadata: serde_json::Value) {
    let metadata: Metadata = serde_json::from_value(metadata).unwrap();
    let secret = metadata.token_endpoint_auth_method.uses_secret().then(|| SECRET.to_owned());
    clients::create(app, NewClient { id: Some(id.to_owned()), secret, metadata }).await.unwrap();
}

async fn people(app: &App) {
    let profile = json!({ "given_name": "Alice", "family_name": "Ames", "locale": "en", "phone_number": "+49 30 1234567",
        "address": { "formatted": "Unter den Linden 1, Berlin" } });
    let alice = NewUser {
        username: "alice".into(),
        email: "alice@example.com".into(),
        is_email_verified: true,
        name: Some("Alice Ames".into()),
        password: PASSWORD.to_owned().into(),
        profile: profile.as_object().unwrap().clone(),
        ..NewUser::default()
    };
    let alice = users::create(app, alice).await.unwrap();
    let bob = NewUser {
        username: "bob".into(),
        email: "bob@example.com".into(),
        password: PASSWORD.to_owned().into(),
        ..NewUser::default()
    };
    users::create(app, bob).await.unwrap();
    let tx = app.db.begin_write().await.unwrap();
    users::join(app, &tx, alice.id, "staff").await.unwrap();
    tx.commit().await.unwrap();
}
