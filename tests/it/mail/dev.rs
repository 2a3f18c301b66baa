//! `/dev/mail`: only `doorward dev` shows what it would have sent.

use axum::body::Body;
use axum::http::Request;
use doorward::app::{App, Parts};
use doorward::mail::messages::MagicLink;
use doorward::mail::{Recipient, outbox, post};
use doorward::platform::templates::Lang;
use tower::ServiceExt;

use crate::support::{Answer, TestApp};

async fn get(app: &App, path: &str) -> Answer {
    let request = Request::builder().uri(path).body(Body::empty()).unwrap();
    Answer::read(path.to_owned(), doorward::router::router(app).oneshot(request).await.unwrap()).await
}

#[tokio::test]
async fn dev_shows_every_mail_with_its_links_and_nobody_else_does() {
    let t = TestApp::new().await;
    t.get("/dev/mail").await.assert_page(404);

    let (app, _) = App::open(t.app.config.clone(), Parts { is_dev: true, ..Parts::default() }).await.unwrap();
    get(&app, "/dev/mail").await.assert_page(200);
    let tx = app.db.begin_write().await.unwrap();
    let to = Recipient { address: "alice@example.com".into(), lang: Lang::Fr, user_id: None };
    let link = "https://id.example/login/link?token=s3cr3t".to_owned();
    let message = MagicLink { link, code: "042137".into(), app: None, minutes: 15 };
    post(&app, &tx, &to, &message, app.clock.now_ms() + 60_000).await.unwrap();
    tx.commit().await.unwrap();
    outbox::run(&app).await.unwrap().join_all().await;

    let page = get(&app, "/dev/mail").await;
    page.assert_page(200);
    for part in ["alice@example.com", "042137", "href=\"https://id.example/login/link?token=s3cr3t\"", "Votre lien"] {
        assert!(page.text().contains(part), "{part}: {page:?}");
    }
    let path = page.text().split("href=\"/dev/mail/").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let shown = get(&app, &format!("/dev/mail/{path}")).await;
    assert!(shown.status == 200 && shown.text().contains("<html lang=\"fr\""), "{shown:?}");
    assert!(shown.header("content-security-policy").unwrap().starts_with("default-src 'none'; style-src"));
    get(&app, "/dev/mail/unknown").await.assert_page(404);
}
