//! The demo of `doorward dev`: two apps that sign people in, as real relying parties (through the openidconnect crate, over HTTP), and
//! show what went over the wire.
//!
//! | file | what |
//! |---|---|
//! | `apps.rs` | the apps, the service and the API, as registered |
//! | `seed.rs` | makes them and the demo people; says what to open at the start |
//! | `party.rs` | the relying party: discovery, code, refresh, userinfo, introspection, revocation, sign-out |
//! | `wire.rs` | its HTTP client, which remembers what it sent and got |
//! | `visits.rs` | what the apps remember of a browser |
//! | `pages.rs` | the pages under `/demo` |
//! | `mail.rs` | the mails that were not sent, at `/dev/mail` |

mod apps;
mod mail;
mod pages;
mod party;
mod seed;
mod visits;
mod wire;

use std::sync::Arc;

use axum::{Extension, Router};

use crate::app::App;
use crate::route::{get, post};
use crate::urls;

pub(crate) use seed::MARK;
pub use seed::{announcement, seed};

/// Its routes. What the apps remember lives as long as they do.
pub fn routes() -> Router<App> {
    let mut routes = Router::new()
        .route(urls::DEMO, get(pages::index))
        .route(urls::DEV_MAIL, get(mail::list))
        .route(urls::DEV_MAIL_ONE, get(mail::one));
    for which in &apps::APPS {
        let path = |name: &str| format!("{}/{name}", which.path);
        let mut own = Router::new()
            .route(&path("start"), get(pages::start))
            .route(&path("silent"), get(pages::silent))
            .route(&path("login"), get(pages::login))
            .route(&path("callback"), get(pages::callback))
            .route(&path("steps"), get(pages::steps));
        for action in pages::Action::ALL {
            own = own.route(&path(action.name()), post(pages::act).layer(Extension(action)));
        }
        routes = routes.merge(own.layer(Extension(which)));
    }
    routes.layer(Extension(Arc::new(pages::Demo::default())))
}
