//! What the tests of the account area share.

use crate::support::{Answer, Browser, PASSWORD, TestApp};

/// The pages whose forms change what guards the account, or take it away.
pub(super) const SENSITIVE: [&str; 3] = ["/account/emails", "/account/data", "/account/delete"];
/// All others of these tests.
pub(super) const ORDINARY: [&str; 7] = [
    "/account",
    "/account/profile",
    "/account/password",
    "/account/sessions",
    "/account/apps",
    "/account/activity",
    "/account/language",
];

/// The token of the forms of a page of the account area.
#[track_caller]
pub(super) fn csrf(page: &Answer) -> String {
    let form =
        page.text().split("<form").find(|f| f.contains("action=\"/account")).unwrap_or_else(|| panic!("{page:?}"));
    let (_, rest) = form.split_once("name=\"csrf\" value=\"").unwrap();
    rest.split_once('"').unwrap().0.to_owned()
}

/// POST of a form of this person; redirects not followed.
pub(super) async fn post(browser: &mut Browser<'_>, path: &str, fields: &[(&str, &str)]) -> Answer {
    let shown = browser.get("/account/profile").await;
    assert_eq!(shown.status, 200, "{shown:?}");
    let token = csrf(&shown);
    let mut all = vec![("csrf", token.as_str())];
    all.extend_from_slice(fields);
    browser.post(path, &all).await
}

/// That a form was taken: 303 to the page, which says so.
pub(super) async fn assert_saved(browser: &mut Browser<'_>, answer: &Answer, word: &str) -> Answer {
    assert_eq!(answer.status, 303, "{answer:?}");
    let location = answer.location().unwrap().to_owned();
    assert!(location.ends_with(&format!("?saved={word}")), "{location}");
    let page = browser.get(&location).await;
    page.assert_page(200);
    assert!(page.text().contains("role=\"status\""), "{page:?}");
    page
}

/// That an answer leads to the sign-in page; gives that page.
pub(super) async fn assert_sign_in(browser: &mut Browser<'_>, answer: &Answer) -> Answer {
    assert_eq!(answer.status, 303, "{answer:?}");
    assert!(answer.location().unwrap().starts_with("/login?flow="), "{answer:?}");
    let location = answer.location().unwrap().to_owned();
    browser.get(&location).await
}

/// Signs in at the page that is shown, and goes where that leads.
pub(super) async fn sign_in(browser: &mut Browser<'_>, page: &Answer, username: &str) -> Answer {
    browser.submit(page, &[("username", username), ("password", PASSWORD)], "").await
}

/// Makes the sign-in too old to change what guards the account.
pub(super) fn grow_stale(t: &TestApp) {
    t.clock.advance_s(i64::try_from(t.app.config.login.fresh_ttl).unwrap() + 1);
}
