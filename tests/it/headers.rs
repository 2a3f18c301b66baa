//! What every answer carries: cookies, policies, references; and what no answer or log line may carry.

use std::io::Write;
use std::sync::{Arc, Mutex};

use axum::body::Body;

use crate::support::{Ask, Auth, OPAQUE_API, PASSWORD, SECRET, TestApp, VERIFIER, basic_header, form};

#[tokio::test]
async fn a_page_runs_nothing_but_our_own_and_cannot_be_framed_or_kept() {
    let t = TestApp::new().await;
    let mut browser = t.alice().await;
    let consent = browser.open(&Ask::new("wiki").path()).await;
    for page in [
        browser.get("/").await,
        browser.open("/login").await,
        consent,
        browser.get("/logout").await,
        browser.get("/nowhere").await,
    ] {
        let policy = page.header("content-security-policy").unwrap();
        for rule in
            ["default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"]
        {
            assert!(policy.contains(rule), "{rule}: {page:?}");
        }
        assert!(!policy.contains("unsafe"), "{page:?}");
        for (name, value) in [
            ("x-frame-options", "DENY"),
            ("referrer-policy", "no-referrer"),
            ("cache-control", "no-store"),
            ("x-content-type-options", "nosniff"),
            ("strict-transport-security", "max-age=31536000"),
        ] {
            assert_eq!(page.header(name), Some(value), "{page:?}");
        }
        for inline in ["<style", " style=", " onclick=", "<script>"] {
            assert!(!page.text().contains(inline), "{inline}: {page:?}");
        }
    }
}

#[tokio::test]
async fn a_redirect_has_no_framing_header() {
    let t = TestApp::new().await;
    let mut browser = t.alice().await;
    for path in
        [Ask::new("web").path(), Ask::new("web").set("prompt", "none").path(), Ask::new("web").without("scope").path()]
    {
        let answer = browser.get(&path).await;
        assert_eq!(answer.status, 303);
        assert_eq!(
            (answer.header("x-frame-options"), answer.header("content-security-policy")),
            (None, None),
            "{answer:?}"
        );
    }
}

#[tokio::test]
async fn cookies_are_locked_to_the_host_over_https_and_work_over_http() {
    for (issuer, is_https) in [("https://id.example", true), ("http://localhost:8080", false)] {
        let t = TestApp::with(|c| c.issuer = issuer.parse().unwrap()).await;
        let mut browser = t.browser();
        let page = browser.open("/login").await;
        let answer = browser.submit_once(&page, &[("username", "alice"), ("password", PASSWORD)], "").await;
        let first = t.get("/login").await;
        let lines: Vec<_> = first.set_cookies().into_iter().chain(answer.set_cookies()).map(str::to_owned).collect();
        assert_eq!(
            lines.len(),
            4,
            "the browser's (renewed at the sign-in), the session's and the last method's: {lines:?}"
        );
        for line in lines {
            assert_eq!(line.starts_with("__Host-doorward-"), is_https, "{line}");
            assert_eq!(line.contains("; Secure"), is_https, "{line}");
            for attribute in ["; HttpOnly", "; SameSite=Lax", "; Path=/"] {
                assert!(line.contains(attribute), "{line}");
            }
            assert!(!line.contains("Domain"), "{line}");
        }
        assert_eq!(
            t.get("/login").await.header("strict-transport-security").is_some(),
            is_https && t.get("/login").await.status == 200
        );
        assert!(browser.get(&Ask::new("web").path()).await.param("code").is_some());
    }
}

#[tokio::test]
async fn the_session_cookie_is_taken_back_as_it_was_given() {
    let t = TestApp::new().await;
    let mut browser = t.alice().await;
    let page = browser.get("/logout").await;
    let answer = browser.submit_once(&page, &[], "logout").await;
    let line = answer.set_cookies().into_iter().find(|l| l.contains("session=")).map(str::to_owned);
    let line = line.unwrap_or_else(|| panic!("{answer:?}"));
    assert!(line.contains("Max-Age=0"), "{line}");
    assert!(line.contains("Secure") && line.contains("Path=/"), "a browser refuses a __Host- cookie without: {line}");
}

#[tokio::test]
async fn what_is_not_there_and_what_is_not_meant_so_has_a_page() {
    let t = TestApp::new().await;
    t.get("/nowhere").await.assert_page(404);
    t.get("/login/nowhere").await.assert_page(404);
    let wrong = t.request("DELETE", "/login", &[], Body::empty()).await;
    wrong.assert_page(405);
    // RFC 9110 §15.5.6: it says what would do.
    assert_eq!(wrong.header("allow"), Some("GET,HEAD,POST"));
    t.request("POST", "/login", &[("content-type", "text/plain")], Body::from("x")).await.assert_page(415);
    let huge = "x".repeat(t.app.config.server.body_limit + 1);
    assert_eq!(t.post("/login", &[("username", &huge)]).await.status, 413);
}

#[tokio::test]
async fn every_answer_has_a_name_of_its_own() {
    let t = TestApp::new().await;
    let [one, two] = [t.get("/jwks").await, t.get("/jwks").await];
    assert_ne!(one.header("x-request-id").unwrap(), two.header("x-request-id").unwrap());
    let chosen = t.get_with("/jwks", &[("x-request-id", "chosen-by-somebody")]).await;
    assert_ne!(chosen.header("x-request-id"), Some("chosen-by-somebody"));
}

#[tokio::test]
async fn a_refusal_is_an_event_under_the_reference_that_was_shown() {
    let t = TestApp::new().await;
    let queue = t.refusals.lock().unwrap().take().unwrap();
    tokio::spawn(queue.run(t.app.clone()));
    let page = t.get(&Ask::new("web").set("redirect_uri", "https://evil.example/cb").path()).await;
    let token = t.refresh("web", "nonsense").await;
    let answer = t.get(&Ask::new("web").set("scope", "nonsense").path()).await;
    for (answer, reason) in [(page, "redirect-uri-mismatch"), (token, "invalid_grant"), (answer, "invalid_scope")] {
        let reference = answer.header("x-request-id").unwrap();
        let condition = format!(
            "kind = 'refused' AND reference = '{reference}' AND client_id = 'web' AND data LIKE '%\"{reason}\"%'"
        );
        for _ in 0..200 {
            if t.count("events", &condition).await == 1 {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        assert_eq!(t.count("events", &condition).await, 1, "{condition}");
    }
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Everything that is said at the lowest level while secrets of every kind go through, rightly and wrongly.
#[tokio::test]
async fn no_secret_reaches_a_log_line_or_an_error() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(move || writer.clone()).finish();
    let guard = tracing::subscriber::set_default(subscriber);
    let t = TestApp::with(|c| c.log.access = true).await;
    let mut secrets: Vec<String> =
        vec![PASSWORD.into(), SECRET.into(), VERIFIER.into(), "a-wrong-password".into(), "a-wrong-secret".into()];
    let mut refused = Vec::new();

    let mut browser = t.browser();
    let page = browser.open(&Ask::new("wiki").path()).await;
    let form = form(&page);
    secrets.extend(form.fields.iter().filter(|(n, _)| n == "csrf").map(|(_, v)| v.clone()));
    browser.submit(&page, &[("username", "alice"), ("password", "a-wrong-password")], "").await;
    let page = browser.submit(&page, &[("username", "alice"), ("password", PASSWORD)], "").await;
    secrets.extend(browser.cookies.values().cloned());
    let answer = browser.submit(&page, &[], "allow").await;
    let code = answer.param("code").unwrap();
    let ask = Ask::new("wiki");
    let wrong = basic_header("web", "a-wrong-secret");
    refused.push(
        t.post_with("/token", &[("grant_type", "authorization_code"), ("code", &code)], &[("authorization", &wrong)])
            .await,
    );
    refused.push(
        t.post(
            "/token",
            &[("grant_type", "refresh_token"), ("client_id", "wiki"), ("client_secret", "a-wrong-secret")],
        )
        .await,
    );
    let tokens = t.redeem(&ask, &code).await.json();
    for name in ["access_token", "refresh_token", "id_token"] {
        secrets.push(tokens[name].as_str().unwrap().to_owned());
    }
    let [access, refresh] = ["access_token", "refresh_token"].map(|n| tokens[n].as_str().unwrap().to_owned());
    t.userinfo(&access).await;
    t.is_active(&refresh).await;
    let opaque = t.token(&Auth::Basic("svc"), &[("grant_type", "client_credentials"), ("resource", OPAQUE_API)]).await;
    let opaque = opaque.member("access_token");
    t.is_active(&opaque).await;
    t.post_as("/revoke", &Auth::Basic("svc"), &[("token", &opaque)]).await;
    let next = t.refresh("wiki", &refresh).await.member("refresh_token");
    let after = t.refresh("wiki", &next).await.member("refresh_token");
    refused.push(t.refresh("wiki", &refresh).await);
    refused.push(t.refresh("wiki", &after).await);
    refused.push(t.redeem(&ask, &code).await);
    refused.push(t.userinfo(&access).await);
    refused.push(t.userinfo(&format!("{access}x")).await);
    refused.push(t.get(&format!("/authorize?id_token_hint={access}&{}", ask.query())).await);
    refused.push(t.get(&format!("/logout?id_token_hint={access}")).await);
    refused.push(browser.post("/login", &[("flow", "x"), ("csrf", "x"), ("password", PASSWORD)]).await);
    secrets.extend([code, opaque, next, after]);
    drop(guard);

    let said = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(said.contains("refused"), "the log was captured");
    for secret in &secrets {
        assert!(
            !said.contains(secret.as_str()),
            "the log holds {secret}: {}",
            said.lines().find(|l| l.contains(secret.as_str())).unwrap()
        );
    }
    for answer in &refused {
        assert!(answer.status >= 300, "{answer:?}");
        let text = format!("{:?}{:?}", answer.headers, String::from_utf8_lossy(&answer.body));
        for secret in secrets.iter().filter(|s| !answer.path.contains(s.as_str())) {
            assert!(!text.contains(secret.as_str()), "{secret} in {answer:?}");
        }
    }
    for table in ["events", "grants", "browser_sessions", "http_sessions", "login_flows", "revoked_tokens"] {
        let rows = t.dump(table).await;
        for secret in &secrets {
            assert!(!rows.contains(secret.as_str()), "{table} holds {secret}");
        }
    }
}
