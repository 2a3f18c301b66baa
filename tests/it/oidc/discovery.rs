//! The metadata documents.

use serde_json::Value;

use crate::support::TestApp;

#[tokio::test]
async fn both_paths_give_one_document() {
    let t = TestApp::new().await;
    let document = t.get("/.well-known/openid-configuration").await;
    assert_eq!(document.status, 200);
    assert_eq!(document.header("content-type"), Some("application/json"));
    assert!(document.header("cache-control").unwrap().contains("max-age="));
    assert_eq!(t.get("/.well-known/oauth-authorization-server").await.body, document.body);
    insta::assert_json_snapshot!("discovery", document.json());
}

#[tokio::test]
async fn a_known_document_is_not_sent_again_until_it_changes() {
    let t = TestApp::new().await;
    let first = t.get("/.well-known/openid-configuration").await;
    let etag = first.header("etag").unwrap().to_owned();
    let known = t.get_with("/.well-known/openid-configuration", &[("if-none-match", &etag)]).await;
    assert_eq!((known.status, known.body.len(), known.header("etag")), (304, 0, Some(etag.as_str())));
    let metadata = serde_json::json!({ "audience": "https://new.example", "scopes": "new:scope" });
    doorward::domain::resources::create(&t.app, serde_json::from_value(metadata).unwrap(), None).await.unwrap();
    let changed = t.get_with("/.well-known/openid-configuration", &[("if-none-match", &etag)]).await;
    assert_eq!(changed.status, 200);
    assert!(changed.json()["scopes_supported"].as_array().unwrap().contains(&Value::from("new:scope")));
}

#[tokio::test]
async fn every_endpoint_that_it_names_is_there() {
    for issuer in ["https://id.example", "https://example.com/auth"] {
        let t = TestApp::with(|c| c.issuer = issuer.parse().unwrap()).await;
        let base = t.app.urls.base().to_owned();
        let document = t.get(&format!("{base}/.well-known/openid-configuration")).await.json();
        assert_eq!(document["issuer"], issuer);
        let mut seen = 0;
        for (name, value) in document.as_object().unwrap() {
            if name.ends_with("_endpoint") || name == "jwks_uri" {
                let path = format!("{base}{}", value.as_str().unwrap().strip_prefix(issuer).unwrap());
                let answer = t.get(&path).await;
                assert_ne!(answer.status, 404, "{name}: {answer:?}");
                seen += 1;
            }
        }
        assert_eq!(seen, 7);
    }
}

#[tokio::test]
async fn an_issuer_with_a_path_has_its_documents_where_each_specification_says() {
    let t = TestApp::with(|c| c.issuer = "https://example.com/auth".parse().unwrap()).await;
    // OpenID Connect Discovery §4.1 appends, RFC 8414 §3.1 inserts.
    for path in ["/auth/.well-known/openid-configuration", "/.well-known/oauth-authorization-server/auth"] {
        assert_eq!(t.get(path).await.json()["issuer"], "https://example.com/auth", "{path}");
    }
    assert_eq!(t.get("/.well-known/openid-configuration").await.status, 404);
}
