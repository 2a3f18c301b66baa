//! The published keys.

use doorward::jose::thumbprint;

use crate::support::TestApp;

#[tokio::test]
async fn one_key_for_each_algorithm_and_nothing_private() {
    let t = TestApp::new().await;
    let answer = t.get("/jwks").await;
    assert_eq!(answer.status, 200);
    let set = answer.json();
    insta::assert_json_snapshot!("jwks", set, { ".keys[].kid" => "[kid]", ".keys[].x" => "[x]", ".keys[].y" => "[y]", ".keys[].n" => "[n]" });
    for key in set["keys"].as_array().unwrap() {
        assert_eq!(thumbprint(key).unwrap(), key["kid"], "RFC 7638");
        for private in ["d", "p", "q", "dp", "dq", "qi", "k", "oth"] {
            assert_eq!(key.get(private), None, "{private}");
        }
    }
}

#[tokio::test]
async fn caches_are_told_how_long_and_may_ask_again() {
    let t = TestApp::new().await;
    let first = t.get("/jwks").await;
    assert_eq!(first.header("cache-control"), Some("public, max-age=5, must-revalidate"));
    let etag = first.header("etag").unwrap();
    for tags in [etag.to_owned(), format!("W/{etag}"), format!("\"x\", {etag}")] {
        let known = t.get_with("/jwks", &[("if-none-match", &tags)]).await;
        assert_eq!((known.status, known.body.len()), (304, 0), "{tags}");
    }
    assert_eq!(t.get_with("/jwks", &[("if-none-match", "\"x\"")]).await.status, 200);
}
