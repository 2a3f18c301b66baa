//! The HTTP client of the demo apps, which remembers what went over the wire, in a form to read.

use std::pin::Pin;
use std::sync::{Mutex, PoisonError};

use axum::http::{HeaderMap, HeaderName, header};
use openidconnect::{AsyncHttpClient, HttpClientError, HttpRequest, HttpResponse};
use serde_json::Value;

/// A value longer than this is shown by its beginning.
const SHOWN_CHARS: usize = 72;

/// One request and its answer.
#[derive(Clone)]
pub(super) struct Exchange {
    /// What was sent.
    pub(super) request: String,
    /// What came back.
    pub(super) response: Option<String>,
    /// The body of the answer as JSON, where it is.
    pub(super) json: Option<Value>,
}

/// A client for one round of requests.
pub(super) struct Wire {
    http: reqwest::Client,
    seen: Mutex<Vec<Exchange>>,
}

impl Wire {
    /// Over an existing client.
    pub(super) fn new(http: reqwest::Client) -> Self {
        Self { http, seen: Mutex::default() }
    }

    /// What was seen since the last call.
    pub(super) fn take(&self) -> Vec<Exchange> {
        std::mem::take(&mut *self.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn note(&self, exchange: Exchange) {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).push(exchange);
    }
}

impl<'c> AsyncHttpClient<'c> for Wire {
    type Error = HttpClientError<reqwest::Error>;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, Self::Error>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move {
            let mut exchange = Exchange { request: shown_request(&request), response: None, json: None };
            let answer = <reqwest::Client as AsyncHttpClient<'_>>::call(&self.http, request).await;
            if let Ok(response) = &answer {
                exchange.response = Some(shown_response(response));
                exchange.json = serde_json::from_slice(response.body()).ok();
            }
            self.note(exchange);
            answer
        })
    }
}

fn shown_request(request: &HttpRequest) -> String {
    let uri = request.uri();
    let host = uri.authority().map_or("", |a| a.as_str());
    let mut text = format!("{} {} HTTP/1.1\nHost: {host}\n", request.method(), uri.path());
    push_headers(&mut text, request.headers(), &[header::AUTHORIZATION, header::CONTENT_TYPE, header::ACCEPT]);
    if !request.body().is_empty() {
        text.push('\n');
        text.push_str(&shown_form(&String::from_utf8_lossy(request.body())));
    }
    text.trim_end().to_owned()
}

fn shown_response(response: &HttpResponse) -> String {
    let mut text = format!("HTTP/1.1 {}\n", response.status());
    push_headers(
        &mut text,
        response.headers(),
        &[header::CONTENT_TYPE, header::CACHE_CONTROL, header::WWW_AUTHENTICATE],
    );
    text.push('\n');
    match serde_json::from_slice::<Value>(response.body()) {
        Ok(json) => text.push_str(&shown_json(&json, true)),
        Err(_) => text.push_str(&shortened(&String::from_utf8_lossy(response.body()), 2000)),
    }
    text.trim_end().to_owned()
}

fn push_headers(text: &mut String, headers: &HeaderMap, names: &[HeaderName]) {
    for name in names {
        if let Some(value) = headers.get(name).and_then(|v| v.to_str().ok()) {
            // As people write them: Content-Type.
            let words = name.as_str().split('-').map(|w| w[..1].to_uppercase() + &w[1..]).collect::<Vec<_>>();
            *text += &format!("{}: {}\n", words.join("-").replace("Www-", "WWW-"), shortened(value, SHOWN_CHARS + 40));
        }
    }
}

/// `a=b&c=d`, a pair on each line.
pub(super) fn shown_form(text: &str) -> String {
    text.split('&').map(|pair| shortened(pair, SHOWN_CHARS + 40)).collect::<Vec<_>>().join("\n&")
}

/// The address of a GET, a parameter on each line.
pub(super) fn shown_get(url: &url::Url) -> String {
    match url.query() {
        Some(query) => format!("GET {}\n?{}", url.path(), shown_form(query)),
        None => format!("GET {}", url.path()),
    }
}

/// JSON to read: a member on each line, a list of plain values on one.
pub(super) fn shown_json(value: &Value, is_short: bool) -> String {
    let mut text = String::new();
    push_json(&mut text, value, 1, is_short);
    text
}

fn push_json(text: &mut String, value: &Value, depth: usize, is_short: bool) {
    let line = |text: &mut String, depth: usize| *text += &format!("\n{}", "  ".repeat(depth));
    match value {
        Value::Object(map) if !map.is_empty() => {
            text.push('{');
            for (index, (name, value)) in map.iter().enumerate() {
                text.push_str(if index == 0 { "" } else { "," });
                line(text, depth);
                *text += &format!("{}: ", Value::from(name.as_str()));
                push_json(text, value, depth + 1, is_short);
            }
            line(text, depth - 1);
            text.push('}');
        }
        Value::Array(items) => {
            let is_flat = items.iter().all(|item| !item.is_object() && !item.is_array());
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                text.push_str(if index == 0 {
                    ""
                } else if is_flat {
                    ", "
                } else {
                    ","
                });
                if !is_flat {
                    line(text, depth);
                }
                push_json(text, item, depth + 1, is_short);
            }
            if !is_flat {
                line(text, depth - 1);
            }
            text.push(']');
        }
        Value::String(long) if is_short => *text += &Value::from(shortened(long, SHOWN_CHARS)).to_string(),
        other => *text += &other.to_string(),
    }
}

/// At most `chars` of a text, with a mark where more follows.
fn shortened(text: &str, chars: usize) -> String {
    match text.char_indices().nth(chars) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn json_is_shown_with_its_lists_on_one_line() {
        let value = json!({"a": [1, "b"], "o": {"x": {}}, "k": [{"n": 1}, {}], "e": []});
        let text = shown_json(&value, false);
        assert_eq!(
            text,
            "{\n  \"a\": [1, \"b\"],\n  \"o\": {\n    \"x\": {}\n  },\n  \"k\": [\n    {\n      \"n\": 1\n    },\n    {}\n  ],\n  \"e\": []\n}"
        );
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
        let long = json!("é".repeat(SHOWN_CHARS + 1));
        assert_eq!(shown_json(&long, true), format!("\"{}…\"", "é".repeat(SHOWN_CHARS)));
    }

    #[test]
    fn a_request_is_shown_as_it_is_sent() {
        let request = axum::http::Request::post("http://localhost:8080/token?x=y")
            .header("content-type", "application/x-www-form-urlencoded")
            .header("x-other", "1")
            .body(b"grant_type=refresh_token&scope=a+b".to_vec())
            .unwrap();
        assert_eq!(
            shown_request(&request),
            "POST /token HTTP/1.1\nHost: localhost:8080\nContent-Type: application/x-www-form-urlencoded\n\n\
             grant_type=refresh_token\n&scope=a+b"
        );
        let url = url::Url::parse("https://id.example/authorize?a=b&c=d").unwrap();
        assert_eq!(shown_get(&url), "GET /authorize\n?a=b\n&c=d");
    }
}
