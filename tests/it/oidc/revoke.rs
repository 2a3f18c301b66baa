//! Giving a token back.

use doorward::domain::versions::Watch;

use crate::support::{Ask, Auth, OPAQUE_API, TestApp};

#[tokio::test]
async fn either_token_takes_the_whole_grant_with_it() {
    let t = TestApp::new().await;
    for given_back in ["refresh_token", "access_token"] {
        let tokens = t.tokens(&Ask::new("web")).await;
        let [access, refresh] = ["access_token", "refresh_token"].map(|n| tokens[n].as_str().unwrap());
        assert!(t.is_active(access).await);
        let answer =
            t.post_as("/revoke", &Auth::Basic("web"), &[("token", tokens[given_back].as_str().unwrap())]).await;
        assert_eq!((answer.status, answer.body.len()), (200, 0));
        assert!(!t.is_active(access).await, "{given_back}");
        assert!(!t.is_active(refresh).await, "{given_back}");
        t.refresh("web", refresh).await.assert_refused(400, "invalid_grant");
        t.userinfo(access).await.assert_refused(401, "invalid_token");
    }
}

#[tokio::test]
async fn a_service_gives_back_a_single_token() {
    let t = TestApp::new().await;
    for resource in ["https://api.example", OPAQUE_API] {
        let fields = [("grant_type", "client_credentials"), ("resource", resource)];
        let [one, two] = [t.token(&Auth::Basic("svc"), &fields).await, t.token(&Auth::Basic("svc"), &fields).await];
        let (one, two) = (one.member("access_token"), two.member("access_token"));
        assert!(t.is_active(&one).await && t.is_active(&two).await);
        assert_eq!(t.post_as("/revoke", &Auth::Basic("svc"), &[("token", &one)]).await.status, 200);
        assert_eq!(
            t.post_as("/revoke", &Auth::Basic("svc"), &[("token", &one)]).await.status,
            200,
            "again is no error"
        );
        assert!(!t.is_active(&one).await && t.is_active(&two).await);
    }
}

#[tokio::test]
async fn another_clients_token_is_left_alone_without_a_word() {
    let t = TestApp::new().await;
    let tokens = t.tokens(&Ask::new("web")).await;
    for token in ["access_token", "refresh_token"] {
        for thief in ["wiki", "spa"] {
            let answer = t.post_as("/revoke", &Auth::of(thief), &[("token", tokens[token].as_str().unwrap())]).await;
            assert_eq!(answer.status, 200);
        }
        assert!(t.is_active(tokens[token].as_str().unwrap()).await);
    }
}

#[tokio::test]
async fn what_is_no_token_is_no_error_but_a_missing_one_is() {
    let t = TestApp::new().await;
    for token in ["nonsense", "a.b.c", "dr_AAAA", "da_AAAA"] {
        assert_eq!(t.post_as("/revoke", &Auth::None("spa"), &[("token", token)]).await.status, 200);
    }
    t.post_as("/revoke", &Auth::None("spa"), &[]).await.assert_refused(400, "invalid_request");
    t.post_as("/revoke", &Auth::Nothing, &[("token", "x")]).await.assert_refused(401, "invalid_client");
}

#[tokio::test]
async fn an_old_refresh_token_still_gives_the_grant_back() {
    let t = TestApp::new().await;
    let first = t.tokens(&Ask::new("spa")).await["refresh_token"].as_str().unwrap().to_owned();
    let second = t.refresh("spa", &first).await.member("refresh_token");
    t.clock.advance_s(1000);
    assert_eq!(t.post_as("/revoke", &Auth::None("spa"), &[("token", &first)]).await.status, 200);
    t.refresh("spa", &second).await.assert_refused(400, "invalid_grant");
}

#[tokio::test]
async fn another_replica_sees_it_at_its_next_look() {
    let t = TestApp::new().await;
    let other = t.replica().await;
    let mut watch = Watch::default();
    watch.look(&other.app).await.unwrap();
    let access = t.tokens(&Ask::new("web")).await["access_token"].as_str().unwrap().to_owned();
    let fields = [("grant_type", "client_credentials"), ("scope", "orders:read")];
    let single = t.token(&Auth::Basic("svc"), &fields).await.member("access_token");
    assert!(other.is_active(&access).await && other.is_active(&single).await);
    t.post_as("/revoke", &Auth::Basic("web"), &[("token", &access)]).await;
    t.post_as("/revoke", &Auth::Basic("svc"), &[("token", &single)]).await;
    watch.look(&other.app).await.unwrap();
    assert!(!other.is_active(&access).await);
    assert!(!other.is_active(&single).await);
    other.userinfo(&access).await.assert_refused(401, "invalid_token");
}

#[tokio::test]
async fn without_a_look_it_is_believed_for_five_seconds_at_most() {
    let t = TestApp::new().await;
    let other = t.replica().await;
    let access = t.tokens(&Ask::new("web")).await["access_token"].as_str().unwrap().to_owned();
    assert!(other.is_active(&access).await);
    t.post_as("/revoke", &Auth::Basic("web"), &[("token", &access)]).await;
    t.clock.advance_s(5);
    assert!(!other.is_active(&access).await);
}
