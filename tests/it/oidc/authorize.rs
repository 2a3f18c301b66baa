//! The authorization request: the right answer in the right place, and every refusal where it belongs.

use axum::body::Body;
use doorward::domain::clients;
use serde_json::json;

use crate::support::{Answer, Ask, PASSWORD, TestApp, decode, form};

const CB: &str = "https://web.example/cb";

#[tokio::test]
async fn what_is_wrong_before_the_redirect_uri_is_proven_is_a_page() {
    let t = TestApp::new().await;
    clients::set_disabled(&t.app, "wiki", true).await.unwrap();
    let good = Ask::new("web");
    for (what, ask) in [
        ("no client", good.clone().without("client_id")),
        ("an unknown client", good.clone().set("client_id", "nobody")),
        ("a repeated client", good.clone().also("client_id", "web")),
        ("two clients", good.clone().also("client_id", "spa")),
        ("a disabled client", Ask::new("wiki")),
        ("no redirect URI where there are two", good.clone().without("redirect_uri")),
        ("no redirect URI with openid", Ask::new("spa").without("redirect_uri")),
        ("another redirect URI", good.clone().set("redirect_uri", "https://evil.example/cb")),
        ("a longer redirect URI", good.clone().set("redirect_uri", "https://web.example/cb/more")),
        ("a redirect URI with a query", good.clone().set("redirect_uri", "https://web.example/cb?x=1")),
        ("a redirect URI with a fragment", good.clone().set("redirect_uri", "https://web.example/cb#x")),
        ("a redirect URI in capitals", good.clone().set("redirect_uri", "https://WEB.example/cb")),
        ("another client's redirect URI", good.clone().set("redirect_uri", "https://spa.example/cb")),
        ("a script", good.clone().set("redirect_uri", "javascript:alert(1)")),
        ("a repeated redirect URI", good.clone().also("redirect_uri", CB)),
        (
            "nothing",
            Ask::new("web").without("client_id").without("redirect_uri").without("response_type").without("scope"),
        ),
    ] {
        for silent in [ask.clone(), ask.set("prompt", "none")] {
            let answer = t.get(&silent.path()).await;
            assert_eq!((answer.status, answer.location()), (400, None), "{what}: {answer:?}");
            let reference = answer.header("x-request-id").unwrap();
            assert!(answer.text().contains(reference), "{what}: the page names the reference");
        }
    }
}

#[tokio::test]
async fn nothing_of_a_refused_request_is_echoed_unescaped() {
    let t = TestApp::new().await;
    let evil = "\"><script>alert(1)</script>";
    for ask in [
        Ask::new("web").set("client_id", evil),
        Ask::new("web").set("redirect_uri", &format!("https://web.example/{evil}")),
        Ask::new("web").set("ui_locales", evil),
    ] {
        let answer = t.browser().open(&ask.path()).await;
        assert!(!answer.text().contains("<script>alert"), "{answer:?}");
    }
    let page = t.browser().open(&Ask::new("web").set("login_hint", evil).path()).await;
    page.assert_page(200);
    assert!(!page.text().contains("<script>alert"), "{page:?}");
    assert_eq!(form(&page).fields.iter().find(|(n, _)| n == "username").unwrap().1, evil);
}

#[tokio::test]
async fn what_is_wrong_after_it_is_answered_there_with_state_and_iss() {
    let t = TestApp::new().await;
    let good = Ask::new("web");
    let long = "x".repeat(1001);
    for (ask, error) in [
        (good.clone().without("response_type"), "invalid_request"),
        (good.clone().set("response_type", "nonsense"), "unsupported_response_type"),
        (good.clone().set("response_mode", "nonsense"), "invalid_request"),
        (good.clone().set("response_mode", "jwt"), "invalid_request"),
        (good.clone().without("scope"), "invalid_scope"),
        (good.clone().set("scope", "openid nonsense"), "invalid_scope"),
        (good.clone().set("scope", "openid \u{e9}"), "invalid_scope"),
        (good.clone().without_pkce(), "invalid_request"),
        (good.clone().without("code_challenge"), "invalid_request"),
        (good.clone().without("code_challenge_method"), "invalid_request"),
        (good.clone().set("code_challenge_method", "plain"), "invalid_request"),
        (good.clone().set("code_challenge", "short"), "invalid_request"),
        (good.clone().set("prompt", "nonsense"), "invalid_request"),
        (good.clone().set("prompt", "none login"), "invalid_request"),
        (good.clone().set("max_age", "-1"), "invalid_request"),
        (good.clone().set("max_age", "soon"), "invalid_request"),
        (good.clone().set("id_token_hint", "nonsense"), "invalid_request"),
        (good.clone().set("claims", "nonsense"), "invalid_request"),
        (good.clone().set("claims", "[]"), "invalid_request"),
        (good.clone().set("nonce", &long), "invalid_request"),
        (good.clone().set("request", "eyJhbGciOiJub25lIn0.e30."), "request_not_supported"),
        (good.clone().set("request_uri", "https://web.example/request"), "request_uri_not_supported"),
        (good.clone().set("registration", "{}"), "registration_not_supported"),
        (good.clone().set("resource", "https://nowhere.example"), "invalid_target"),
        (
            good.clone().also("resource", "https://api.example").also("resource", "https://files.example"),
            "invalid_target",
        ),
        (good.clone().also("scope", "openid"), "invalid_request"),
        (good.clone().also("unknown", "1").also("unknown", "2"), "invalid_request"),
        (good.clone().set("prompt", "none"), "login_required"),
    ] {
        let answer = t.get(&ask.path()).await;
        assert!(answer.param("error").is_some(), "{ask:?}: {answer:?}");
        answer.assert_redirected(&format!("{CB}?"), error);
    }
}

#[tokio::test]
async fn a_repeated_state_is_not_guessed() {
    let t = TestApp::new().await;
    let answer = t.get(&Ask::new("web").also("state", "other").path()).await;
    assert_eq!(answer.param("error").as_deref(), Some("invalid_request"), "{answer:?}");
    assert_eq!(answer.param("state"), None);
}

#[tokio::test]
async fn what_would_be_in_the_fragment_is_refused_in_the_fragment() {
    let t = TestApp::new().await;
    for response_type in ["token", "id_token", "code id_token", "id_token token"] {
        let answer = t.get(&Ask::new("web").set("response_type", response_type).path()).await;
        answer.assert_redirected(&format!("{CB}#"), "unsupported_response_type");
    }
}

#[tokio::test]
async fn a_client_that_is_not_registered_for_it_is_told_so() {
    let t = TestApp::new().await;
    t.client("other", json!({ "grant_types": ["client_credentials"], "redirect_uris": ["https://other.example/cb"] }))
        .await;
    t.get(&Ask::new("other").path()).await.assert_redirected("https://other.example/cb?", "unauthorized_client");
    let outside = Ask::new("spa").set("scope", "openid orders:read");
    t.get(&outside.path()).await.assert_redirected("https://spa.example/cb?", "invalid_scope");
}

#[tokio::test]
async fn the_answer_travels_as_asked() {
    let t = TestApp::new().await;
    let mut browser = t.alice().await;
    for (mode, start) in [("query", "?"), ("fragment", "#")] {
        let answer = browser.get(&Ask::new("web").set("response_mode", mode).path()).await;
        assert!(answer.location().unwrap().starts_with(&format!("{CB}{start}code=")), "{answer:?}");
        assert_eq!(answer.param("state").as_deref(), Some("state & more"));
        assert_eq!(answer.param("iss").as_deref(), Some("https://id.example"));
        let error = browser.get(&Ask::new("web").set("response_mode", mode).without("scope").path()).await;
        error.assert_redirected(&format!("{CB}{start}"), "invalid_scope");
    }
    let ask = Ask::new("web").set("response_mode", "form_post");
    let page = browser.get(&ask.path()).await;
    page.assert_page(200);
    let form = form(&page);
    assert_eq!(form.action, CB);
    let field = |name: &str| form.fields.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone());
    assert_eq!(field("state").as_deref(), Some("state & more"));
    assert_eq!(field("iss").as_deref(), Some("https://id.example"));
    assert!(page.header("content-security-policy").unwrap().contains("form-action 'self' https:"), "{page:?}");
    assert_eq!(t.redeem(&ask, &field("code").unwrap()).await.status, 200);
}

#[tokio::test]
async fn a_redirect_uri_keeps_its_query_and_needs_no_path() {
    let t = TestApp::new().await;
    let mut browser = t.alice().await;
    let answer = browser.get(&Ask::new("web").set("redirect_uri", "https://web.example/other?x=1").path()).await;
    assert!(answer.location().unwrap().starts_with("https://web.example/other?x=1&code="), "{answer:?}");
    let answer = browser.get(&Ask::new("old").path()).await;
    assert!(answer.location().unwrap().starts_with("https://old.example?code="), "{answer:?}");
    t.client(
        "cli",
        json!({ "redirect_uris": ["http://127.0.0.1/cb"], "application_type": "native", "trusted": true,
        "token_endpoint_auth_method": "none" }),
    )
    .await;
    let ask = Ask::new("cli").set("redirect_uri", "http://127.0.0.1:50123/cb");
    let answer = browser.get(&ask.path()).await;
    assert!(answer.location().unwrap().starts_with("http://127.0.0.1:50123/cb?code="), "{answer:?}");
    assert_eq!(t.redeem(&ask, &answer.param("code").unwrap()).await.status, 200);
    let code = browser.get(&ask.path()).await.param("code").unwrap();
    let other_port = ask.set("redirect_uri", "http://127.0.0.1:50124/cb");
    t.redeem(&other_port, &code).await.assert_refused(400, "invalid_grant");
}

#[tokio::test]
async fn a_post_is_as_good_as_a_get() {
    let t = TestApp::new().await;
    let mut browser = t.alice().await;
    let answer = browser.post("/authorize", &Ask::new("web").pairs()).await;
    assert!(answer.param("code").is_some(), "{answer:?}");
    let json = t.request("POST", "/authorize", &[("content-type", "application/json")], Body::from("{}")).await;
    json.assert_page(415);
    let put = t.request("PUT", "/authorize", &[], Body::empty()).await;
    assert_eq!((put.status, put.header("allow")), (405, Some("GET,HEAD,POST")), "{put:?}");
    // A form on another site posts without our cookies; the GET that we make of it brings them.
    let pairs = Ask::new("web").pairs().iter().map(|(n, v)| (n.to_string(), v.to_string())).collect::<Vec<_>>();
    let pairs: Vec<(&str, &str)> = pairs.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    for says in [("sec-fetch-site", "cross-site"), ("origin", "https://web.example")] {
        let bounced = t.post_with("/authorize", &pairs, &[says]).await;
        assert_eq!(bounced.status, 303);
        assert!(bounced.set_cookies().is_empty(), "{bounced:?}");
        let answer = browser.get(bounced.location().unwrap()).await;
        assert!(answer.param("code").is_some(), "{answer:?}");
    }
}

/// What a page is, by its path.
#[track_caller]
fn assert_at(answer: &Answer, path: &str) {
    assert_eq!(answer.status, 200, "{answer:?}");
    assert!(answer.path.starts_with(path), "{answer:?}");
}

#[tokio::test]
async fn prompt_login_asks_again_and_moves_auth_time() {
    let t = TestApp::new().await;
    let mut browser = t.alice().await;
    let before = t.app.clock.now_s();
    t.clock.advance_s(100);
    let ask = Ask::new("web").set("prompt", "login");
    let page = browser.open(&ask.path()).await;
    assert_at(&page, "/login?");
    // To go back without signing in does not help.
    let flow = form(&page).fields.iter().find(|(n, _)| n == "flow").unwrap().1.clone();
    assert_at(&browser.open(&format!("/authorize?flow={flow}")).await, "/login?");
    let answer = browser.submit(&page, &[("username", "alice"), ("password", PASSWORD)], "").await;
    let tokens = t.redeem(&ask, &answer.param("code").unwrap()).await.json();
    assert_eq!(decode(tokens["id_token"].as_str().unwrap()).1["auth_time"], before + 100);
    // Once more: each request asks anew.
    assert_at(&browser.open(&ask.path()).await, "/login?");
    let page = browser.open(&Ask::new("web").set("prompt", "create").path()).await;
    assert_at(&page, "/login?");
    assert!(page.text().contains("New accounts are made by the operator here."), "{page:?}");
}

#[tokio::test]
async fn max_age_asks_again_when_the_sign_in_is_older() {
    let t = TestApp::new().await;
    let mut browser = t.alice().await;
    t.clock.advance_s(100);
    let ask = |seconds: &str| Ask::new("web").set("max_age", seconds);
    let silent = |seconds: &str| ask(seconds).set("prompt", "none").path();
    assert!(browser.get(&silent("100")).await.param("code").is_some());
    browser.get(&silent("99")).await.assert_redirected(CB, "login_required");
    let page = browser.open(&ask("0").path()).await;
    assert_at(&page, "/login?");
    let answer = browser.submit(&page, &[("username", "alice"), ("password", PASSWORD)], "").await;
    let tokens = t.redeem(&ask("0"), &answer.param("code").unwrap()).await.json();
    assert_eq!(decode(tokens["id_token"].as_str().unwrap()).1["auth_time"], t.app.clock.now_s());
    t.client("bank", json!({ "redirect_uris": ["https://bank.example/cb"], "trusted": true, "default_max_age": 50 }))
        .await;
    assert!(browser.get(&Ask::new("bank").set("prompt", "none").path()).await.param("code").is_some());
    t.clock.advance_s(51);
    browser
        .get(&Ask::new("bank").set("prompt", "none").path())
        .await
        .assert_redirected("https://bank.example/cb", "login_required");
    assert!(
        browser.get(&Ask::new("bank").set("prompt", "none").set("max_age", "60").path()).await.param("code").is_some()
    );
}

#[tokio::test]
async fn prompt_none_shows_nothing_whatever_is_missing() {
    let t = TestApp::new().await;
    t.get(&Ask::new("web").set("prompt", "none").path()).await.assert_redirected(CB, "login_required");
    let mut browser = t.alice().await;
    let wiki = Ask::new("wiki").set("prompt", "none");
    browser.get(&wiki.path()).await.assert_redirected("https://wiki.example/cb?", "consent_required");
    let answer = browser.get(&Ask::new("web").set("prompt", "none").path()).await;
    assert!(answer.param("code").is_some(), "{answer:?}");
    // Older clients load it in a hidden frame.
    for header in ["x-frame-options", "content-security-policy"] {
        assert_eq!(answer.header(header), None);
    }
    assert_eq!(t.count("login_flows", "1 = 1").await, 1, "only the one of the sign-in");
}

#[tokio::test]
async fn prompt_select_account_offers_the_choice() {
    let t = TestApp::new().await;
    let mut browser = t.alice().await;
    let ask = Ask::new("web").set("prompt", "select_account");
    let page = browser.open(&ask.path()).await;
    assert_at(&page, "/login/choose?");
    assert!(page.text().contains("alice"));
    let answer = browser.submit(&page, &[], "choice").await;
    assert!(answer.param("code").is_some(), "{answer:?}");
    let page = browser.open(&ask.path()).await;
    let page = browser.submit(&page, &[], "other").await;
    assert_at(&page, "/login?");
    let answer = browser.submit(&page, &[("username", "bob"), ("password", PASSWORD)], "").await;
    let tokens = t.redeem(&ask, &answer.param("code").unwrap()).await.json();
    assert_eq!(decode(tokens["id_token"].as_str().unwrap()).1["sub"], t.id_of("bob").await.to_string());
    // Both are signed in now, who came last first; either can go on.
    let page = browser.open(&ask.path()).await;
    assert!(page.text().contains("alice") && page.text().contains("bob"), "{page:?}");
    let sessions: Vec<String> = form(&page).buttons.iter().map(|(_, value)| value.clone()).collect();
    assert_eq!(sessions.len(), 3, "two people and another");
    let answer = browser.submit(&page, &[], &sessions[1]).await;
    let tokens = t.redeem(&ask, &answer.param("code").unwrap()).await.json();
    assert_eq!(decode(tokens["id_token"].as_str().unwrap()).1["sub"], t.id_of("alice").await.to_string());
    // With nobody signed in there is nobody to choose.
    assert_at(&t.browser().open(&ask.path()).await, "/login?");
}

#[tokio::test]
async fn id_token_hint_names_who_must_be_signed_in() {
    let t = TestApp::new().await;
    let alices = t.tokens(&Ask::new("web")).await["id_token"].as_str().unwrap().to_owned();
    let ask = |hint: &str| Ask::new("web").set("prompt", "none").set("id_token_hint", hint);
    let (mut alice, mut bob) = (t.alice().await, t.signed_in("bob").await);
    assert!(alice.get(&ask(&alices).path()).await.param("code").is_some());
    bob.get(&ask(&alices).path()).await.assert_redirected(CB, "login_required");
    assert_at(&bob.open(&ask(&alices).without("prompt").path()).await, "/login?");
    t.clock.advance_s(10_000);
    assert!(alice.get(&ask(&alices).path()).await.param("code").is_some(), "an expired hint is still a hint");
    // One for another client, a changed one, and an access token are none.
    let foreign = t.tokens(&Ask::new("spa")).await;
    let (head, _) = alices.rsplit_once('.').unwrap();
    for wrong in
        [foreign["id_token"].as_str().unwrap(), foreign["access_token"].as_str().unwrap(), &format!("{head}.AAAA")]
    {
        alice.get(&ask(wrong).path()).await.assert_redirected(CB, "invalid_request");
    }
}

#[tokio::test]
async fn essential_claims_that_cannot_be_met_are_said_so() {
    let t = TestApp::new().await;
    let mut browser = t.alice().await;
    let with = |claims: serde_json::Value| Ask::new("web").set("claims", &claims.to_string()).path();
    let acr =
        |essential: bool, value: &str| json!({ "id_token": { "acr": { "essential": essential, "values": [value] } } });
    browser.get(&with(acr(true, "urn:nowhere"))).await.assert_redirected(CB, "unmet_authentication_requirements");
    assert!(browser.get(&with(acr(false, "urn:nowhere"))).await.param("code").is_some());
    assert!(browser.get(&with(acr(true, "urn:doorward:acr:single"))).await.param("code").is_some());
    let sub = |id: String| json!({ "id_token": { "sub": { "value": id } } });
    assert!(browser.get(&with(sub(t.id_of("alice").await.to_string()))).await.param("code").is_some());
    let bob = with(sub(t.id_of("bob").await.to_string()));
    let answer = browser.get(&format!("{bob}&prompt=none")).await;
    answer.assert_redirected(CB, "login_required");
    // A wish of userinfo counts as much, also where the ID token merely names it.
    let bob = t.id_of("bob").await.to_string();
    let both = with(json!({ "id_token": { "sub": null }, "userinfo": { "sub": { "value": bob } } }));
    browser.get(&format!("{both}&prompt=none")).await.assert_redirected(CB, "login_required");
}

/// OpenID Connect Core §3.1.2.2: asking for a subject by its value is as good as `id_token_hint`.
#[tokio::test]
async fn a_subject_that_is_asked_for_by_value_may_come() {
    let t = TestApp::new().await;
    let mut browser = t.signed_in("bob").await;
    let claims = json!({ "id_token": { "sub": { "value": t.id_of("alice").await } } });
    let ask = Ask::new("web").set("claims", &claims.to_string());
    let subject = async |answer: &Answer| {
        let tokens = t.redeem(&ask, &answer.param("code").unwrap()).await.json();
        decode(tokens["id_token"].as_str().unwrap()).1["sub"].clone()
    };
    let page = browser.open(&ask.path()).await;
    assert_at(&page, "/login?");
    let page = browser.submit(&page, &[("username", "bob"), ("password", PASSWORD)], "").await;
    assert!(page.param("code").is_none(), "{page:?}");
    let answer = browser.submit(&page, &[("username", "alice"), ("password", PASSWORD)], "").await;
    assert_eq!(subject(&answer).await, claims["id_token"]["sub"]["value"]);
    // Alice came last; Bob is signed in beside her.
    let bobs = json!({ "userinfo": { "sub": { "value": t.id_of("bob").await } } });
    let answer = browser.get(&Ask::new("web").set("claims", &bobs.to_string()).set("prompt", "none").path()).await;
    assert_eq!(subject(&answer).await, bobs["userinfo"]["sub"]["value"]);
}

#[tokio::test]
async fn offline_access_is_not_granted_to_whom_no_refresh_token_can_be_issued() {
    let t = TestApp::new().await;
    let metadata =
        json!({ "redirect_uris": ["https://one.example/cb"], "trusted": true, "grant_types": ["authorization_code"] });
    t.client("one", metadata).await;
    let ask = Ask::new("one").set("redirect_uri", "https://one.example/cb").set("scope", "openid offline_access");
    let tokens = t.tokens(&ask).await;
    assert_eq!((tokens["scope"].as_str(), tokens.get("refresh_token")), (Some("openid"), None), "{tokens}");
}

#[tokio::test]
async fn what_is_no_text_is_refused_before_it_could_come_back_as_something_else() {
    let t = TestApp::new().await;
    let mut browser = t.alice().await;
    for wrong in ["state=%FF", "nonce=%c3%28"] {
        let answer = browser.get(&format!("{}&{wrong}", Ask::new("web").path())).await;
        answer.assert_page(400);
    }
    let answer = browser.get(&Ask::new("web").set("state", "gr\u{fc}n \u{1f511}").path()).await;
    assert_eq!(answer.param("state").as_deref(), Some("gr\u{fc}n \u{1f511}"));
}

#[tokio::test]
async fn an_older_client_does_without_pkce_for_openid_alone() {
    let t = TestApp::new().await;
    let mut browser = t.alice().await;
    assert!(browser.get(&Ask::new("old").without_pkce().path()).await.param("code").is_some());
    let plain = Ask::new("old").without_pkce().set("scope", "profile");
    browser.get(&plain.path()).await.assert_redirected("https://old.example?", "invalid_request");
    let weak = Ask::new("old").set("code_challenge_method", "plain");
    browser.get(&weak.path()).await.assert_redirected("https://old.example?", "invalid_request");
}

#[tokio::test]
async fn a_flow_answers_only_to_the_browser_that_began_it_and_in_time() {
    let t = TestApp::new().await;
    let mut browser = t.browser();
    let page = browser.open(&Ask::new("web").path()).await;
    let path = page.path.clone();
    let mut thief = t.browser();
    thief.open("/").await;
    thief.get(&path).await.assert_page(400);
    t.get(&path).await.assert_page(400);
    let form = form(&page);
    let mut fields: Vec<(&str, &str)> =
        form.fields.iter().filter(|(n, _)| n == "flow").map(|(n, v)| (n.as_str(), v.as_str())).collect();
    fields.extend([("username", "alice"), ("password", PASSWORD)]);
    thief.post("/login", &fields).await.assert_page(403);
    t.clock.advance_s(1800);
    browser.submit(&page, &[("username", "alice"), ("password", PASSWORD)], "").await.assert_page(400);
    browser.get("/authorize?flow=nonsense").await.assert_page(400);
}

#[tokio::test]
async fn a_flow_is_answered_once() {
    let t = TestApp::new().await;
    let mut browser = t.browser();
    let page = browser.open(&Ask::new("web").path()).await;
    let flow = form(&page).fields.iter().find(|(n, _)| n == "flow").unwrap().1.clone();
    let answer = browser.submit(&page, &[("username", "alice"), ("password", PASSWORD)], "").await;
    assert!(answer.param("code").is_some(), "{answer:?}");
    browser.open(&format!("/authorize?flow={flow}")).await.assert_page(400);
}

#[tokio::test]
async fn a_request_cannot_be_changed_on_the_way() {
    let t = TestApp::new().await;
    let mut browser = t.browser();
    let page = browser.open(&Ask::new("web").path()).await;
    let flow = form(&page).fields.iter().find(|(n, _)| n == "flow").unwrap().1.clone();
    browser.submit_once(&page, &[("username", "alice"), ("password", PASSWORD)], "").await;
    let changed = browser.get(&format!("/authorize?flow={flow}&scope=openid+email&state=evil")).await;
    assert_eq!(changed.param("state").as_deref(), Some("state & more"), "{changed:?}");
}

#[tokio::test]
async fn pages_speak_the_language_that_was_asked_for() {
    let t = TestApp::new().await;
    let text = async |language: Option<&'static str>, locales: &str| {
        let mut browser = t.browser();
        browser.language = language;
        browser.open(&Ask::new("web").set("ui_locales", locales).path()).await.text().to_owned()
    };
    assert!(text(None, "de").await.contains("<html lang=\"de\""));
    assert!(text(None, "xx fr").await.contains("<html lang=\"fr\""));
    assert!(text(Some("de-CH, en;q=0.5"), "").await.contains("<html lang=\"de\""));
    assert!(text(Some("de"), "en").await.contains("<html lang=\"en\""));
    assert!(text(Some("xx"), "yy").await.contains("<html lang=\"en\""));
}

#[tokio::test]
async fn beginning_endless_flows_from_one_address_is_slowed_down() {
    let t = TestApp::with(|c| c.throttle.flows_per_address = 5).await;
    for _ in 0..5 {
        assert_eq!(t.get(&Ask::new("web").path()).await.status, 303);
    }
    let slowed = t.get(&Ask::new("web").path()).await;
    slowed.assert_page(429);
    assert!(slowed.header("retry-after").is_some());
    t.clock.advance_s(61);
    assert_eq!(t.get(&Ask::new("web").path()).await.status, 303);
}

#[tokio::test]
async fn a_hint_finds_its_person_beside_the_current_one() {
    let t = TestApp::new().await;
    let mut browser = t.alice().await;
    let ask = Ask::new("web");
    let subject = async |answer: &Answer| {
        let code = answer.param("code").unwrap_or_else(|| panic!("no code: {answer:?}"));
        decode(&t.redeem(&ask, &code).await.member("id_token")).1["sub"].as_str().unwrap().to_owned()
    };
    let code = browser.allow(&ask).await.param("code").unwrap();
    let hint = t.redeem(&ask, &code).await.member("id_token");
    t.clock.advance_s(100);
    browser.sign_in("bob").await;
    let (alice, bob) = (t.id_of("alice").await.to_string(), t.id_of("bob").await.to_string());
    let hinted = |ask: &Ask| ask.clone().set("id_token_hint", &hint);
    let silent = ask.clone().set("prompt", "none");
    assert_eq!(subject(&browser.get(&hinted(&silent).path()).await).await, alice);
    assert_eq!(subject(&browser.get(&hinted(&ask).path()).await).await, alice);
    // For that request alone.
    assert_eq!(subject(&browser.get(&silent.path()).await).await, bob);
    // What holds of the current session holds of this one.
    let old = hinted(&silent).set("max_age", "50");
    browser.get(&old.path()).await.assert_redirected(CB, "login_required");
    // Somebody who is not signed in here is not found.
    let mut bobs = t.signed_in("bob").await;
    bobs.get(&hinted(&silent).path()).await.assert_redirected(CB, "login_required");
    assert_at(&bobs.open(&hinted(&ask).path()).await, "/login?");
}

#[tokio::test]
async fn a_page_speaks_to_who_is_current_whomever_the_hint_names() {
    let t = TestApp::new().await;
    let mut browser = t.alice().await;
    let ask = Ask::new("wiki");
    let code = browser.allow(&ask).await.param("code").unwrap();
    let hint = t.redeem(&ask, &code).await.member("id_token");
    browser.sign_in("bob").await;
    let more = ask.set("scope", "openid email").set("id_token_hint", &hint);
    let silent = more.clone().set("prompt", "none");
    browser.get(&silent.path()).await.assert_redirected("https://wiki.example/cb", "consent_required");
    let page = browser.open(&more.path()).await;
    assert_at(&page, "/login?");
    let page = browser.submit(&page, &[("username", "alice"), ("password", PASSWORD)], "").await;
    assert_at(&page, "/consent?");
    let answer = browser.submit(&page, &[], "allow").await;
    assert!(answer.param("code").is_some(), "{answer:?}");
}
