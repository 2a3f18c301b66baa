//! Mail: the outbox, its way out, and what an operator sees of it.

mod dev;
mod limits;
mod operator;
mod outbox;
mod smtp;
mod stub;

use doorward::mail::messages::VerifyEmail;
use doorward::mail::{Recipient, post};
use doorward::platform::templates::Lang;

use crate::support::TestApp;

/// Posts a mail whose link is good for so many seconds.
async fn post_to(t: &TestApp, address: &str, good_for_s: i64) {
    let tx = t.app.db.begin_write().await.unwrap();
    let to = Recipient { address: address.to_owned(), lang: Lang::En, user_id: None };
    let message =
        VerifyEmail { name: "Alice".into(), link: "https://id.example/verify-email?token=s3cr3t".into(), hours: 24 };
    let expires_at = t.app.clock.now_ms() + good_for_s * 1000;
    post(&t.app, &tx, &to, &message, expires_at).await.unwrap();
    tx.commit().await.unwrap();
}

/// A column of the one row of the outbox, as text.
async fn column(t: &TestApp, name: &str) -> String {
    let row = t.app.db.one(&format!("SELECT {name} AS v FROM outbox"), []).await.unwrap().unwrap();
    match row.try_get::<Option<String>>("", "v") {
        Ok(text) => text.unwrap_or_default(),
        Err(_) => row.try_get::<i64>("", "v").unwrap().to_string(),
    }
}
