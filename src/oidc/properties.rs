//! What holds of the shared vocabulary for every input, not only for the examples beside each function.

use std::collections::HashMap;

use axum::http::{HeaderMap, HeaderValue, header};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use proptest::prelude::*;
use url::{Url, form_urlencoded};

use super::access_token::bearer;
use super::client_auth::basic;
use super::params::Params;
use super::redirect_uri::is_registered;
use super::scopes::{self, Scopes};
use crate::domain::directory::check_redirect_uri;

/// URIs that may be registered, of every kind.
fn registered() -> impl Strategy<Value = String> {
    let start = prop_oneof![
        Just("http://127.0.0.1"),
        Just("http://[::1]"),
        Just("http://localhost"),
        Just("https://127.0.0.1"),
        Just("https://localhost"),
        Just("https://app.example"),
        Just("https://bücher.example"),
        Just("https://[2001:db8::1]"),
        Just("com.example.app:"),
    ];
    let parts =
        (start, prop::option::of(0_u16..), "(/[a-zA-Z0-9._~%@:!$&'()+,;=-]{0,6}){0,3}", "(\\?[a-z0-9=&/:@%]{0,8})?");
    let uri = parts.prop_map(|(start, port, path, query)| {
        let port = port.filter(|_| !start.ends_with(':')).map(|p| format!(":{p}")).unwrap_or_default();
        format!("{start}{port}{path}{query}")
    });
    uri.prop_filter("it may be registered", |uri| check_redirect_uri("redirect_uris", uri).is_ok())
}

/// What attackers put into a URI: everything that one parser reads differently from another.
const NASTY: [&str; 32] = [
    ":",
    "@",
    "/",
    "//",
    "\\",
    "?",
    "#",
    ".",
    "..",
    "%",
    "%2f",
    "%40",
    "%00",
    "[",
    "]",
    " ",
    "\t",
    "\n",
    "\0",
    "1",
    "a",
    "A",
    ":80",
    ":0",
    ":443",
    "@evil.example",
    ".evil.example",
    "//evil.example",
    "\u{ff0e}",
    "\u{3002}",
    "\u{200d}",
    "é",
];

/// A URI with some of its bytes taken out and something nasty put in, up to three times.
fn mutated(uri: String) -> impl Strategy<Value = (String, String)> {
    let edits =
        prop::collection::vec((any::<prop::sample::Index>(), 0_usize..4, prop::sample::select(&NASTY[..])), 0..3);
    edits.prop_map(move |edits| {
        let mut sent: Vec<char> = uri.chars().collect();
        for (at, take, put) in edits {
            let at = at.index(sent.len() + 1);
            let end = (at + take).min(sent.len());
            sent.splice(at..end, put.chars());
        }
        (uri.clone(), sent.into_iter().collect())
    })
}

/// A registered loopback URI and the same with other ports, right and wrong ones.
fn other_port() -> impl Strategy<Value = (String, String)> {
    let port = prop_oneof![any::<u16>().prop_map(|p| p.to_string()), "[0-9]{0,7}", "[0-9a-z+-]{0,4}"];
    let host = prop::sample::select(&["http://127.0.0.1", "http://[::1]", "http://localhost", "https://localhost"][..]);
    (host, any::<u16>(), port, "(/[a-z]{0,3})?(\\?[a-z]{0,3})?").prop_map(|(host, registered, sent, rest)| {
        (format!("{host}:{registered}{rest}"), format!("{host}:{sent}{rest}"))
    })
}

fn authorization(value: &[u8]) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    headers.insert(header::AUTHORIZATION, HeaderValue::from_bytes(value).ok()?);
    Some(headers)
}

proptest! {
    #[test]
    fn a_redirect_uri_that_matches_leads_a_browser_to_the_registered_place(
        (registered, sent) in prop_oneof![registered().prop_flat_map(mutated), other_port()],
    ) {
        prop_assert_eq!(is_registered([&registered], &sent, false), registered == sent);
        if is_registered([&registered], &sent, true) {
            let (there, here) = (Url::parse(&registered).unwrap(), Url::parse(&sent).unwrap());
            prop_assert_eq!(there.scheme(), here.scheme());
            prop_assert_eq!(there.host(), here.host());
            prop_assert_eq!(there.path(), here.path());
            prop_assert_eq!(there.query(), here.query());
            prop_assert!(here.username().is_empty() && here.password().is_none() && here.fragment().is_none());
            if registered != sent {
                let host = here.host_str().unwrap();
                prop_assert!(here.scheme() == "http" && ["127.0.0.1", "[::1]"].contains(&host), "{}", sent);
                // Nothing but the port was changed, byte by byte.
                let rest = |uri: &str| uri.split_once(host).unwrap().1.trim_start_matches(':').trim_start_matches(|c: char| c.is_ascii_digit()).to_owned();
                prop_assert_eq!(rest(&registered), rest(&sent));
            }
        }
    }

    #[test]
    fn a_redirect_uri_matches_itself(registered in registered()) {
        prop_assert!(is_registered([&registered], &registered, true) && is_registered([&registered], &registered, false));
    }

    #[test]
    fn a_scope_set_survives_being_sent(tokens in prop::collection::btree_set("[!#-\\[\\]-~]{1,12}", 0..8)) {
        let scopes: Scopes = tokens;
        prop_assert_eq!(scopes::parse(&scopes::print(&scopes)).unwrap(), scopes);
    }

    #[test]
    fn a_scope_is_read_to_a_sorted_set_or_refused(text in prop_oneof!["[a-d :!\"\\\\]{0,20}", "\\PC{0,20}", ".{0,20}"]) {
        match scopes::parse(&text) {
            Ok(read) => {
                let printed = scopes::print(&read);
                let words: Vec<&str> = printed.split(' ').filter(|w| !w.is_empty()).collect();
                prop_assert!(words.is_sorted_by(|a, b| a < b));
                let mut given: Vec<&str> = text.split(' ').filter(|w| !w.is_empty()).collect();
                given.sort_unstable();
                given.dedup();
                prop_assert_eq!(words, given);
                prop_assert_eq!(scopes::parse(&printed).unwrap(), read);
            }
            Err(_) => prop_assert!(text.chars().any(|c| !c.is_ascii_graphic() || c == '"' || c == '\\')),
        }
    }

    #[test]
    fn whatever_is_read_of_a_body_can_be_sent_again(
        body in prop_oneof![any::<Vec<u8>>(), "([a-c]?[=&%+;]?[0-9A-F]{0,2}){0,40}".prop_map(String::into_bytes)],
    ) {
        if let Ok(params) = Params::parse(&body) {
            prop_assert_eq!(Params::parse(params.to_query().as_bytes()).unwrap(), params);
        }
    }

    #[test]
    fn parameters_survive_being_sent(pairs in prop::collection::vec(("\\PC{0,6}", "\\PC{1,12}"), 0..8)) {
        let params = Params::from_pairs(pairs);
        prop_assert_eq!(Params::parse(params.to_query().as_bytes()).unwrap(), params);
    }

    #[test]
    fn a_repeated_parameter_is_found(names in prop::collection::vec(prop::sample::select(&["a", "b", "c", "state", "resource"][..]), 0..8)) {
        let params = Params::from_pairs(names.iter().enumerate().map(|(i, name)| ((*name).to_owned(), i.to_string())));
        let mut counts: HashMap<&str, usize> = HashMap::new();
        for name in &names {
            *counts.entry(name).or_default() += 1;
        }
        let twice = counts.iter().any(|(name, count)| *name != "resource" && *count > 1);
        prop_assert_eq!(params.repeated().is_some(), twice);
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        prop_assert_eq!(Params::from_form(&headers, params.to_query().as_bytes()).is_err(), twice);
        for (name, count) in counts {
            prop_assert_eq!(params.all(name).count(), count);
            prop_assert_eq!(params.single(name).is_some(), count == 1);
            prop_assert_eq!(params.get(name), params.all(name).next());
        }
    }

    #[test]
    fn a_client_is_read_from_basic_as_it_was_written(id in "\\PC{1,20}", secret in "\\PC{0,40}", scheme in "(B|b)(A|a)(S|s)(I|i)(C|c)") {
        // RFC 6749 §2.3.1: each form-urlencoded, then joined and encoded.
        let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let value = format!("{scheme} {}", STANDARD.encode(format!("{}:{}", encode(&id), encode(&secret))));
        prop_assert_eq!(basic(&authorization(value.as_bytes()).unwrap()).unwrap(), Some((id, secret)));
    }

    #[test]
    fn any_authorization_header_is_read_calmly(value: Vec<u8>, inside: Vec<u8>, form in prop::option::of("[a-z]{0,3}")) {
        let encoded = format!("Basic {}", STANDARD.encode(&inside));
        for value in [value.as_slice(), encoded.as_bytes(), &[b"Bearer ", value.as_slice()].concat()] {
            if let Some(headers) = authorization(value) {
                let _ = basic(&headers);
                let _ = bearer(&headers, form.as_deref());
            }
        }
    }

    #[test]
    fn a_bearer_token_is_taken_from_one_place(token in "[A-Za-z0-9._~+/-]{1,40}=?", scheme in "(B|b)(E|e)(A|a)(R|r)(E|e)r", other in "[A-Za-z]{1,8}") {
        let headers = authorization(format!("{scheme} {token}").as_bytes()).unwrap();
        prop_assert_eq!(bearer(&headers, None).unwrap(), &token);
        let none = HeaderMap::new();
        prop_assert_eq!(bearer(&none, Some(&token)).unwrap(), &token);
        prop_assert!(bearer(&headers, Some(&token)).is_err());
        prop_assert!(bearer(&none, None).is_err());
        if !other.eq_ignore_ascii_case("bearer") {
            let headers = authorization(format!("{other} {token}").as_bytes()).unwrap();
            prop_assert!(bearer(&headers, None).is_err());
        }
        let mut twice = headers;
        twice.append(header::AUTHORIZATION, HeaderValue::from_static("Bearer x"));
        prop_assert!(bearer(&twice, None).is_err());
        prop_assert!(basic(&twice).is_err());
    }
}
