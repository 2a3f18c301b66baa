//! A browser without a screen: cookies, redirects within the house, and the first form of a page.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use axum::body::Body;
use axum::http::{Request, header};
use doorward::platform::server::PeerAddr;
use url::form_urlencoded;

use super::{Answer, Ask, PASSWORD, TestApp};

/// A browser.
pub(crate) struct Browser<'a> {
    t: &'a TestApp,
    pub(crate) cookies: BTreeMap<String, String>,
    /// `Accept-Language`.
    pub(crate) language: Option<&'static str>,
    /// The address it asks from; that of everybody else where there is none.
    pub(crate) address: Option<IpAddr>,
}

/// The first form of a page.
#[derive(Debug)]
pub(crate) struct Form {
    pub(crate) action: String,
    pub(crate) fields: Vec<(String, String)>,
    /// Name and value of its boxes that are not ticked; one that is filled in is.
    pub(crate) boxes: Vec<(String, String)>,
    /// Name and value of its submit buttons.
    pub(crate) buttons: Vec<(String, String)>,
}

impl<'a> Browser<'a> {
    pub(crate) fn new(t: &'a TestApp) -> Self {
        Self { t, cookies: BTreeMap::new(), language: None, address: None }
    }

    /// The same browser at another replica.
    pub(crate) fn at<'b>(&self, t: &'b TestApp) -> Browser<'b> {
        Browser { t, cookies: self.cookies.clone(), language: self.language, address: self.address }
    }

    async fn send(&mut self, method: &str, path: &str, body: Option<String>) -> Answer {
        self.send_as("application/x-www-form-urlencoded", method, path, body).await
    }

    async fn send_as(&mut self, media_type: &str, method: &str, path: &str, body: Option<String>) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if !self.cookies.is_empty() {
            let text: Vec<_> = self.cookies.iter().map(|(n, v)| format!("{n}={v}")).collect();
            request = request.header(header::COOKIE, text.join("; "));
        }
        if let Some(language) = self.language {
            request = request.header(header::ACCEPT_LANGUAGE, language);
        }
        if body.is_some() {
            request = request
                .header(header::CONTENT_TYPE, media_type)
                .header("sec-fetch-site", "same-origin")
                .header(header::ORIGIN, self.t.app.urls.origin());
        }
        if let Some(address) = self.address {
            request = request.extension(PeerAddr(Some(SocketAddr::from((address, 40_000)))));
        }
        let answer = self.t.send(request.body(body.map_or_else(Body::empty, Body::from)).unwrap()).await;
        for line in answer.set_cookies() {
            self.keep(line);
        }
        answer
    }

    fn keep(&mut self, line: &str) {
        let (pair, attributes) = line.split_once(';').unwrap();
        let (name, value) = pair.split_once('=').unwrap();
        let has = |wanted: &str| attributes.split(';').any(|a| a.trim().eq_ignore_ascii_case(wanted));
        if has("Max-Age=0") {
            self.cookies.remove(name);
            return;
        }
        assert!(
            !name.starts_with("__Host-") || (has("Secure") && has("Path=/")),
            "browsers refuse this cookie: {line}"
        );
        assert!(
            !has("Secure") || self.t.app.urls.is_https(),
            "browsers do not send this cookie back over http: {line}"
        );
        self.cookies.insert(name.to_owned(), value.to_owned());
    }

    /// GET, redirects not followed.
    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.send("GET", path, None).await
    }

    /// POST of a form, redirects not followed.
    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.send("POST", path, Some(body)).await
    }

    /// POST of JSON by a script of ours.
    pub(crate) async fn post_json(&mut self, path: &str, body: &serde_json::Value) -> Answer {
        self.send_as("application/json", "POST", path, Some(body.to_string())).await
    }

    /// GET, and wherever that leads within the house.
    pub(crate) async fn open(&mut self, path: &str) -> Answer {
        let answer = self.get(path).await;
        self.follow(answer).await
    }

    /// Wherever an answer leads within the house.
    pub(crate) async fn follow(&mut self, mut answer: Answer) -> Answer {
        for _ in 0..10 {
            match answer.location() {
                Some(local) if local.starts_with('/') => {
                    let local = local.to_owned();
                    answer = self.get(&local).await;
                }
                _ => return answer,
            }
        }
        panic!("it redirects for ever: {answer:?}");
    }

    /// Submits the first form of a page with these fields filled in, by the button of that name.
    pub(crate) async fn submit(&mut self, page: &Answer, filled: &[(&str, &str)], button: &str) -> Answer {
        let answer = self.submit_once(page, filled, button).await;
        self.follow(answer).await
    }

    /// The same, redirects not followed.
    pub(crate) async fn submit_once(&mut self, page: &Answer, filled: &[(&str, &str)], button: &str) -> Answer {
        let form = form(page);
        let mut fields: Vec<(&str, &str)> = Vec::new();
        for (name, value) in &form.fields {
            let value = filled.iter().find(|(n, _)| n == name).map_or(value.as_str(), |(_, v)| v);
            fields.push((name, value));
        }
        let ticked = form.boxes.iter().filter(|(name, _)| filled.iter().any(|(n, _)| n == name));
        fields.extend(ticked.map(|(name, value)| (name.as_str(), value.as_str())));
        if !button.is_empty() {
            let (name, value) = form
                .buttons
                .iter()
                .find(|(n, v)| n == button || v == button)
                .unwrap_or_else(|| panic!("no {button}: {form:?}"));
            fields.push((name, value));
        }
        self.post(&form.action, &fields).await
    }

    /// Signs in at the start page.
    pub(crate) async fn sign_in(&mut self, username: &str) {
        let page = self.open(&self.t.app.urls.local("/login")).await;
        let answer = self.submit(&page, &[("username", username), ("password", PASSWORD)], "").await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert!(answer.text().contains(username), "{answer:?}");
    }

    /// Sends a request and does what its pages ask: signs in as alice, allows. Gives the answer for the client.
    pub(crate) async fn allow(&mut self, ask: &Ask) -> Answer {
        let base = self.t.app.urls.base();
        let mut answer = self.open(&format!("{base}{}", ask.path())).await;
        for _ in 0..4 {
            let path = answer.path.strip_prefix(base).unwrap_or(&answer.path).to_owned();
            if answer.status == 200 && path.starts_with("/login/choose") {
                answer = self.submit(&answer.clone(), &[], "choice").await;
            } else if answer.status == 200 && path.starts_with("/login") {
                answer = self.submit(&answer.clone(), &[("username", "alice"), ("password", PASSWORD)], "").await;
            } else if answer.status == 200 && path.starts_with("/consent") {
                answer = self.submit(&answer.clone(), &[], "allow").await;
            } else {
                break;
            }
        }
        answer
    }
}

/// The first form of a page.
#[track_caller]
pub(crate) fn form(page: &Answer) -> Form {
    let text = page.text();
    let start = text.find("<form").unwrap_or_else(|| panic!("no form: {page:?}"));
    let end = start + text[start..].find("</form>").unwrap();
    let tags: Vec<&str> = text[start..end].split('<').filter_map(|t| t.split_once('>').map(|(tag, _)| tag)).collect();
    let inputs = || tags.iter().filter(|t| t.starts_with("input"));
    let is_empty_box = |tag: &str| tag.contains("type=\"checkbox\"") && !tag.contains(" checked");
    let named = |tag: &str| attribute(tag, "name").map(|n| (n, attribute(tag, "value").unwrap_or_default()));
    Form {
        action: attribute(tags[0], "action").unwrap(),
        fields: inputs().filter(|t| !is_empty_box(t)).filter_map(|t| named(t)).collect(),
        boxes: inputs().filter(|t| is_empty_box(t)).filter_map(|t| named(t)).collect(),
        buttons: tags.iter().filter(|t| t.starts_with("button")).filter_map(|t| named(t)).collect(),
    }
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    let (value, _) = rest.split_once('"')?;
    let pairs = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#x27;", "'"),
        ("&#39;", "'"),
        ("&#x2F;", "/"),
        ("&amp;", "&"),
    ];
    Some(pairs.into_iter().fold(value.to_owned(), |text, (from, to)| text.replace(from, to)))
}
