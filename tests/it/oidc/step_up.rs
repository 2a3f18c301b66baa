//! How well somebody must prove who they are: `acr_values`, the `acr` claim, `require_mfa`, `max_age` (OpenID Connect Core §3.1.2.1,
//! §5.5.1.1; RFC 9470). What is missing is asked for, and no more.

use serde_json::{Value, json};

use crate::support::{API, Answer, Ask, Browser, PASSWORD, Phone, TestApp, decode};

const CB: &str = "https://web.example/cb";
const SINGLE: &str = "urn:doorward:acr:single";
const MULTI: &str = "urn:doorward:acr:mfa";

/// A request that asks for an `acr`, essential or not.
fn claims(essential: bool, values: &[&str]) -> Ask {
    let acr = json!({ "id_token": { "acr": { "essential": essential, "values": values } } });
    Ask::new("web").set("claims", &acr.to_string())
}

fn acr_values(values: &str) -> Ask {
    Ask::new("web").set("acr_values", values)
}

/// Where a request leads: a page, or to the app with a code.
async fn leads(browser: &mut Browser<'_>, ask: &Ask) -> String {
    let answer = browser.open(&ask.path()).await;
    match answer.param("code") {
        Some(_) => "code".to_owned(),
        None if answer.status == 200 => answer.path.split('?').next().unwrap().to_owned(),
        None => answer.param("error").unwrap_or_else(|| panic!("{answer:?}")),
    }
}

/// Answers the page of the second factor; gives the claims of the ID token that follows.
async fn step_up(t: &TestApp, browser: &mut Browser<'_>, ask: &Ask, phone: &Phone) -> Value {
    let page = browser.open(&ask.path()).await;
    assert!(page.path.starts_with("/login/second?"), "{page:?}");
    let answer = browser.submit(&page, &[("code", &phone.code(t, 0))], "").await;
    id_token(t, ask, &answer).await
}

async fn id_token(t: &TestApp, ask: &Ask, answer: &Answer) -> Value {
    let code = answer.param("code").unwrap_or_else(|| panic!("{answer:?}"));
    decode(&t.redeem(ask, &code).await.member("id_token")).1
}

/// A browser with a session of one factor, of somebody who has a phone.
async fn single<'a>(t: &'a TestApp) -> (Browser<'a>, Phone) {
    let browser = t.alice().await;
    let phone = t.phone("alice").await;
    (browser, phone)
}

#[tokio::test]
async fn an_essential_acr_asks_for_the_missing_factor_only() {
    let t = TestApp::new().await;
    let signed_in_at = t.app.clock.now_s();
    let (mut browser, phone) = single(&t).await;
    let ask = claims(true, &[MULTI]);
    browser.get(&ask.clone().set("prompt", "none").path()).await.assert_redirected(CB, "interaction_required");
    let claims = step_up(&t, &mut browser, &ask, &phone).await;
    assert_eq!(claims["acr"], MULTI);
    assert_eq!(claims["amr"], json!(["pwd", "otp", "mfa"]));
    assert_eq!(claims["auth_time"], signed_in_at, "nobody signed in anew");
    // From now on the session has it.
    assert!(browser.get(&ask.set("prompt", "none").path()).await.param("code").is_some());
    assert_eq!(t.count("browser_sessions", "1 = 1").await, 1);
    assert_eq!(t.count("browser_sessions", "second_at IS NOT NULL").await, 1);
}

#[tokio::test]
async fn without_a_factor_an_essential_acr_leads_to_setting_one_up() {
    let t = TestApp::new().await;
    let mut browser = t.alice().await;
    let ask = claims(true, &[MULTI]);
    browser.get(&ask.clone().set("prompt", "none").path()).await.assert_redirected(CB, "interaction_required");
    let page = browser.open(&ask.path()).await;
    assert!(page.path.starts_with("/login/enrol?"), "{page:?}");
    let phone = Phone::read(&page);
    let shown = browser.submit(&page, &[("code", &phone.code(&t, 0))], "").await;
    let answer = browser.submit(&shown, &[], "done").await;
    let claims = id_token(&t, &ask, &answer).await;
    assert_eq!(claims["acr"], MULTI);
}

#[tokio::test]
async fn whoever_signed_in_long_ago_does_so_again_before_setting_one_up() {
    let t = TestApp::new().await;
    let mut browser = t.alice().await;
    t.clock.advance_s(601);
    let page = browser.open(&claims(true, &[MULTI]).path()).await;
    assert!(page.path.starts_with("/login?") && page.path.contains("reason=reauthenticate"), "{page:?}");
    let page = browser.submit(&page, &[("username", "alice"), ("password", PASSWORD)], "").await;
    assert!(page.path.starts_with("/login/enrol?"), "{page:?}");
}

#[tokio::test]
async fn acr_values_are_taken_in_their_order() {
    let t = TestApp::new().await;
    let mut without = t.signed_in("bob").await;
    let (mut with, _) = single(&t).await;
    for (values, has_factor, has_none) in [
        // Two factors, or one: a wish.
        (format!("{MULTI} {SINGLE}"), "/login/second", "code"),
        // Nothing less is named: an API refused less (RFC 9470 §5).
        (MULTI.to_owned(), "/login/second", "/login/enrol"),
        (format!("urn:unknown {MULTI}"), "/login/second", "/login/enrol"),
        // One is enough.
        (SINGLE.to_owned(), "code", "code"),
        (format!("{SINGLE} {MULTI}"), "code", "code"),
        ("urn:unknown 1".to_owned(), "code", "code"),
        (String::new(), "code", "code"),
    ] {
        assert_eq!(leads(&mut with, &acr_values(&values)).await, has_factor, "{values}");
        assert_eq!(leads(&mut without, &acr_values(&values)).await, has_none, "{values}");
    }
}

#[tokio::test]
async fn claims_say_which_acr_will_do() {
    let t = TestApp::new().await;
    let mut without = t.signed_in("bob").await;
    let (mut with, phone) = single(&t).await;
    for (ask, has_factor, has_none) in [
        (claims(true, &[MULTI]), "/login/second", "/login/enrol"),
        (claims(false, &[MULTI]), "/login/second", "code"),
        (claims(true, &[SINGLE, MULTI]), "code", "code"),
        (claims(true, &["urn:nowhere"]), "unmet_authentication_requirements", "unmet_authentication_requirements"),
        (claims(false, &["urn:nowhere"]), "code", "code"),
        // §5.5.1.1 leaves open what both together mean: the claim, which is the more exact.
        (claims(true, &[SINGLE]).set("acr_values", MULTI), "code", "code"),
    ] {
        assert_eq!(leads(&mut with, &ask).await, has_factor, "{ask:?}");
        assert_eq!(leads(&mut without, &ask).await, has_none, "{ask:?}");
    }
    // Who has shown two has shown one.
    step_up(&t, &mut with, &acr_values(MULTI), &phone).await;
    let ask = claims(true, &[SINGLE]);
    let answer = with.get(&ask.path()).await;
    assert_eq!(id_token(&t, &ask, &answer).await["acr"], SINGLE);
}

#[tokio::test]
async fn a_client_can_require_two_factors_for_itself() {
    let t = TestApp::new().await;
    let app = |more: Value| {
        let mut metadata = json!({ "redirect_uris": [CB], "trusted": true });
        metadata.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        metadata
    };
    t.client("bank", app(json!({ "require_mfa": true }))).await;
    t.client("wish", app(json!({ "default_acr_values": [MULTI, SINGLE] }))).await;
    let ask = |client: &str| Ask::new(client).set("redirect_uri", CB);
    let mut without = t.signed_in("bob").await;
    let (mut with, phone) = single(&t).await;
    assert_eq!(leads(&mut without, &ask("bank")).await, "/login/enrol");
    assert_eq!(leads(&mut without, &ask("wish")).await, "code");
    assert_eq!(leads(&mut with, &ask("wish")).await, "/login/second");
    // What the request says does not weaken what is registered.
    let weaker = ask("bank").set("acr_values", SINGLE);
    assert_eq!(leads(&mut with, &weaker.clone().set("prompt", "none")).await, "interaction_required");
    let claims = step_up(&t, &mut with, &weaker, &phone).await;
    assert_eq!(claims["acr"], MULTI);
}

#[tokio::test]
async fn an_old_sign_in_and_a_missing_factor_are_made_good_in_one_go() {
    let t = TestApp::new().await;
    let (mut browser, phone) = single(&t).await;
    let ask = acr_values(MULTI).set("max_age", "60");
    let page = browser.open(&ask.path()).await;
    assert!(page.path.starts_with("/login?"), "{page:?}");
    let page = browser.submit(&page, &[("username", "alice"), ("password", PASSWORD)], "").await;
    assert!(page.path.starts_with("/login/second?"), "{page:?}");
    let answer = browser.submit(&page, &[("code", &phone.code(&t, 0))], "").await;
    let claims = id_token(&t, &ask, &answer).await;
    assert_eq!((&claims["acr"], &claims["auth_time"]), (&json!(MULTI), &json!(t.app.clock.now_s())));
    // A factor shown long ago does not make the sign-in young: both are shown again.
    t.clock.advance_s(61);
    let page = browser.open(&ask.path()).await;
    assert!(page.path.starts_with("/login?"), "{page:?}");
    let page = browser.submit(&page, &[("username", "alice"), ("password", PASSWORD)], "").await;
    assert!(page.path.starts_with("/login/second?"), "{page:?}");
}

#[tokio::test]
async fn the_code_of_the_sign_in_does_not_step_up_again() {
    let t = TestApp::new().await;
    let (mut browser, phone) = single(&t).await;
    let code = phone.code(&t, 0);
    let mut other = t.browser();
    let page = other.open("/login").await;
    let page = other.submit(&page, &[("username", "alice"), ("password", PASSWORD)], "").await;
    other.submit(&page, &[("code", &code)], "").await;
    let page = browser.open(&acr_values(MULTI).path()).await;
    browser.submit_once(&page, &[("code", &code)], "").await.assert_page(422);
    // The session goes on as it was.
    assert_eq!(leads(&mut browser, &Ask::new("web").set("prompt", "none")).await, "code");
    assert_eq!(leads(&mut browser, &acr_values(MULTI).set("prompt", "none")).await, "interaction_required");
}

#[tokio::test]
async fn a_session_is_raised_only_for_who_was_asked() {
    let t = TestApp::new().await;
    let mut ended = t.alice().await;
    let (mut browser, phone) = single(&t).await;
    let page = browser.open(&acr_values(MULTI).path()).await;
    // In another tab somebody else signs in.
    let login = browser.open("/login").await;
    browser.submit(&login, &[("username", "bob"), ("password", PASSWORD)], "").await;
    browser.submit_once(&page, &[("code", &phone.code(&t, 0))], "").await.assert_page(400);
    assert_eq!(t.count("browser_sessions", "second_at IS NOT NULL").await, 0);
    // And a session that ended is not raised.
    let page = ended.open(&acr_values(MULTI).path()).await;
    t.app.db.execute("UPDATE browser_sessions SET ended_at = 1", []).await.unwrap();
    ended.submit_once(&page, &[("code", &phone.code(&t, 0))], "").await.assert_page(400);
}

/// RFC 9470 §6.1 and §6.2, RFC 9068 §2.2.1.
#[tokio::test]
async fn apis_are_told_how_and_when_somebody_signed_in() {
    let t = TestApp::new().await;
    let signed_in_at = t.app.clock.now_s();
    let (mut browser, phone) = single(&t).await;
    let ask = acr_values(MULTI).set("scope", "openid offline_access orders:read").set("resource", API);
    let page = browser.open(&ask.path()).await;
    let answer = browser.submit(&page, &[("code", &phone.code(&t, 0))], "").await;
    let tokens = t.redeem(&ask, &answer.param("code").unwrap()).await;
    let refreshed = t.refresh("web", &tokens.member("refresh_token")).await;
    for token in [tokens.member("access_token"), refreshed.member("access_token")] {
        for told in [decode(&token).1, t.introspect(&token).await] {
            assert_eq!(told["acr"], MULTI);
            assert_eq!(told["auth_time"], signed_in_at);
            assert_eq!(told["amr"], json!(["pwd", "otp", "mfa"]));
        }
    }
    // An opaque token tells the same at introspection.
    let ask = Ask::new("web").set("scope", "openid files:read").set("resource", crate::support::OPAQUE_API);
    let code = browser.get(&ask.path()).await.param("code").unwrap();
    let token = t.redeem(&ask, &code).await.member("access_token");
    assert_eq!(t.introspect(&token).await["acr"], MULTI);
}
