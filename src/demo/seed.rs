//! What `doorward dev` finds in its database: two people, three clients and an API; and what it says at its start.

use std::collections::BTreeMap;

use sea_orm::EntityTrait;
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use super::apps::{self, API, APPS, SERVICE};
use crate::app::App;
use crate::domain::clients::{self, Metadata, NewClient, TokenFormat};
use crate::domain::resources::{self, Scopes};
use crate::domain::users::{self, NewUser};
use crate::domain::{Error, Result, settings};
use crate::jose::Alg;
use crate::urls;

/// The setting of a database that `dev` has made.
pub(crate) const MARK: &str = "demo.seeded";

/// The password of the demo people.
pub(super) const PASSWORD: &str = "demo-password";

/// The demo people: user name and full name. The first is the administrator.
pub(super) const PEOPLE: [(&str, &str); 2] = [("alice", "Alice Example"), ("bob", "Bob Example")];

/// Makes what is missing and leads the demo clients back to the issuer of today; what somebody changed otherwise stays.
///
/// # Errors
/// Of the database; [`Error::Conflict`] where the database holds people that `dev` did not make, since it would add an
/// administrator whose password everybody knows.
pub async fn seed(app: &App) -> Result<()> {
    if settings::find(app.db.write(), MARK).await?.is_none() {
        if entity::users::Entity::find().one(app.db.read()).await?.is_some() {
            return Err(Error::Conflict(
                "this database belongs to a real server: `doorward dev` would add people with well-known passwords to it. \
                 Start `doorward serve`, or give `dev` a database of its own, for example --data-dir data/dev"
                    .to_owned(),
            ));
        }
        settings::claim(app, app.db.write(), MARK, env!("CARGO_PKG_VERSION")).await?;
    }
    for (index, (username, name)) in PEOPLE.into_iter().enumerate() {
        if users::find_id(app.db.read(), username).await?.is_none() {
            users::create(app, person(username, name, index == 0)).await?;
        }
    }
    let snapshot = app.directory.snapshot();
    if snapshot.resource(API).is_none() {
        resources::create(app, api(), None).await?;
    }
    for demo in &APPS {
        ensure(app, demo.client_id, demo.secret, demo.metadata(app)).await?;
    }
    ensure(app, SERVICE.0, Some(SERVICE.1), apps::service()).await
}

async fn ensure(app: &App, id: &str, secret: Option<&str>, wanted: Metadata) -> Result<()> {
    let found = match clients::find(app, id).await {
        Ok(found) => found,
        Err(Error::NotFound(_)) => {
            let new = NewClient { id: Some(id.to_owned()), secret: secret.map(str::to_owned), metadata: wanted };
            clients::create(app, new).await?;
            return Ok(());
        }
        Err(error) => return Err(error),
    };
    let has = &found.metadata;
    let places = |m: &Metadata| (m.redirect_uris.clone(), m.post_logout_redirect_uris.clone(), m.client_uri.clone());
    if places(has) != places(&wanted) {
        let (redirect_uris, post_logout_redirect_uris, client_uri) = places(&wanted);
        let metadata = Metadata { redirect_uris, post_logout_redirect_uris, client_uri, ..found.metadata };
        clients::update(app, id, metadata).await?;
    }
    Ok(())
}

fn api() -> resources::Metadata {
    let words = [("demo:read", "Read your notes"), ("demo:write", "Write notes for you")];
    resources::Metadata {
        audience: API.to_owned(),
        name: Some("Demo API".to_owned()),
        scopes: Scopes(
            words.into_iter().map(|(scope, text)| (scope.to_owned(), text.to_owned())).collect::<BTreeMap<_, _>>(),
        ),
        token_format: TokenFormat::Jwt,
        signing_alg: Alg::Es256,
        access_token_ttl: None,
        typ: "at+jwt".to_owned(),
    }
}

fn person(username: &str, name: &str, is_admin: bool) -> NewUser {
    NewUser {
        username: username.to_owned(),
        email: format!("{username}@example.com"),
        is_email_verified: true,
        name: Some(name.to_owned()),
        is_admin,
        password: Zeroizing::new(PASSWORD.to_owned()),
        profile: profile(name, is_admin),
        ..NewUser::default()
    }
}

/// Standard claims (OpenID Connect Core §5.1); the number is one that is kept free for fiction.
fn profile(name: &str, is_first: bool) -> Map<String, Value> {
    let (given_name, family_name) = name.split_once(' ').unwrap_or((name, ""));
    let (phone, street, gender) = if is_first {
        ("+44 20 7946 0123", "1 Meadow Lane", "female")
    } else {
        ("+44 20 7946 0456", "2 Meadow Lane", "male")
    };
    let claims = json!({
        "given_name": given_name,
        "family_name": family_name,
        "nickname": given_name,
        "middle_name": "Jo",
        "gender": gender,
        "profile": format!("https://example.com/people/{given_name}"),
        "picture": format!("https://example.com/people/{given_name}.png"),
        "zoneinfo": "Europe/London",
        "locale": "en-GB",
        "birthdate": "1990-04-01",
        "website": "https://example.com/",
        "phone_number": phone,
        "phone_number_verified": true,
        "address": {
            "formatted": format!("{street}\nLondon\nN1 9GU\nUnited Kingdom"),
            "street_address": street,
            "locality": "London",
            "postal_code": "N1 9GU",
            "country": "United Kingdom",
        },
    });
    match claims {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

/// What to open and what to type.
#[must_use]
pub fn announcement(app: &App) -> String {
    let (url, demo, token) = (app.urls.issuer(), app.urls.absolute(urls::DEMO), app.urls.absolute(urls::TOKEN));
    let mail = app.urls.absolute(urls::DEV_MAIL);
    let [(first, _), (second, _)] = PEOPLE;
    let (id, secret) = SERVICE;
    format!(
        "
  Doorward for development: {url}

  1. Open       {demo}
  2. Sign in    {first} or {second}, with the password {PASSWORD}
                ({first} is the administrator)
  3. Read mail  {mail}

  A token for a service:

    curl -u {id}:{secret} \\
         -d grant_type=client_credentials -d scope=demo:read \\
         {token}

  The people and secrets here are well known: keep this server on this machine. Ctrl+C stops it.
"
    )
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::app::Parts;
    use crate::config::{Config, Overrides};

    async fn open(folder: &Path, issuer: &str) -> App {
        let overrides =
            Overrides { issuer: Some(issuer.to_owned()), data_dir: Some(folder.to_owned()), ..Overrides::default() };
        let config = Config::from_parts(None, std::iter::empty(), &overrides).unwrap();
        App::open(config, Parts { is_dev: true, ..Parts::default() }).await.unwrap().0
    }

    #[tokio::test]
    async fn a_second_start_changes_only_where_the_apps_live() {
        let folder = tempfile::tempdir().unwrap();
        let app = open(folder.path(), "http://localhost:8080").await;
        seed(&app).await.unwrap();
        let alice = users::find_id(app.db.read(), "alice").await.unwrap().unwrap();
        assert_eq!(users::groups_of(&app, alice).await.unwrap(), [users::ADMINISTRATORS]);
        let bob = users::find_id(app.db.read(), "bob@example.com").await.unwrap().unwrap();
        assert!(users::groups_of(&app, bob).await.unwrap().is_empty());
        let first = clients::find(&app, "demo-app").await.unwrap().metadata;
        clients::update(&app, "demo-app", Metadata { trusted: true, ..first }).await.unwrap();
        drop(app);

        let app = open(folder.path(), "https://id.example/auth").await;
        seed(&app).await.unwrap();
        seed(&app).await.unwrap();
        let client = clients::find(&app, "demo-app").await.unwrap();
        assert_eq!(client.metadata.redirect_uris, ["https://id.example/auth/demo/callback"]);
        assert_eq!(client.metadata.post_logout_redirect_uris, ["https://id.example/auth/demo"]);
        assert!(client.metadata.trusted, "what somebody changed stays");
        assert_eq!(client.secrets.len(), 1);
        assert_eq!(users::find_id(app.db.read(), "alice").await.unwrap(), Some(alice));
        assert_eq!(users::list(&app).await.unwrap().len(), PEOPLE.len());
    }

    #[tokio::test]
    async fn no_well_known_password_comes_into_a_real_database() {
        let folder = tempfile::tempdir().unwrap();
        let app = open(folder.path(), "http://localhost:8080").await;
        users::create(&app, person("carol", "Carol Real", false)).await.unwrap();
        assert!(matches!(seed(&app).await, Err(Error::Conflict(_))));
        assert_eq!(users::list(&app).await.unwrap().len(), 1);
        assert!(clients::list(&app).await.unwrap().is_empty());
    }
}
