//! One function for each parser of outside data: it must not panic, and what it accepts must hold what is asserted here.
//!
//! `fuzz_targets/` hands them to cargo-fuzz, `tests/corpus.rs` runs them without it. To add one: a function and a line in
//! [`TARGETS`], a file in `fuzz_targets/`, a `[[bin]]` in `Cargo.toml`, and a few seeds in `corpus/`.
#![forbid(unsafe_code)]

use std::net::{IpAddr, Ipv4Addr};
use std::sync::LazyLock;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use doorward::domain::clients::Metadata;
use doorward::domain::directory::check_redirect_uri;
use doorward::fuzzing;
use doorward::jose::{Alg, ClientKeys, Header, Limits, Policy, Unverified, Verifier};
use doorward::oidc::access_token::bearer;
use doorward::oidc::params::{Params, shown};
use doorward::oidc::redirect_uri::is_registered;
use doorward::platform::hashing::{Options, PasswordHasher};
use doorward::platform::public_key::PublicKey;
use doorward::platform::random::Random;
use doorward::platform::real_ip::{client_ip, is_https_forwarded};
use doorward::platform::templates::Lang;
use doorward::session::{self, Browser};
use http::{HeaderMap, HeaderName, HeaderValue, header};
use url::Url;

/// A target by name.
pub type Target = (&'static str, fn(&[u8]));

/// All of them.
pub const TARGETS: [Target; 13] = [
    ("params", params),
    ("redirect_uri", redirect_uri),
    ("scopes", scopes),
    ("jwt", jwt),
    ("client_keys", client_keys),
    ("basic_header", basic_header),
    ("client_metadata", client_metadata),
    ("accept_language", accept_language),
    ("claims_parameter", claims_parameter),
    ("forwarded_headers", forwarded_headers),
    ("cookies", cookies),
    ("public_key", public_key),
    ("password_hash", password_hash),
];

/// A query or a form body.
pub fn params(data: &[u8]) {
    let Ok(params) = Params::parse(data) else { return };
    assert_eq!(Params::parse(params.to_query().as_bytes()).ok().as_ref(), Some(&params));
    for (name, value) in params.iter() {
        assert!(!value.is_empty() && params.get(name).is_some());
        assert!(shown(name).len() <= 60);
    }
    let _ = params.repeated();
}

/// Two lines: a registered redirect URI and the one that was sent.
pub fn redirect_uri(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let (registered, sent) = text.split_once('\n').unwrap_or((text, text));
    let all = [&registered.to_owned()];
    if check_redirect_uri("redirect_uris", registered).is_err() || !is_registered(all, sent, true) {
        return;
    }
    assert_eq!(is_registered(all, sent, false), registered == sent);
    // As a browser reads the two.
    let (there, here) =
        (Url::parse(registered).expect("was checked"), Url::parse(sent).expect("matches one that parses"));
    assert_eq!(
        (there.scheme(), there.host(), there.path(), there.query()),
        (here.scheme(), here.host(), here.path(), here.query())
    );
    assert!(here.username().is_empty() && here.password().is_none() && here.fragment().is_none());
    if registered != sent {
        assert!(
            here.scheme() == "http"
                && ["127.0.0.1", "[::1]"].contains(&here.host_str().unwrap_or_default())
        );
    }
}

/// A `scope` parameter.
pub fn scopes(data: &[u8]) {
    use doorward::oidc::scopes::{parse, print};
    let Ok(read) = parse(&String::from_utf8_lossy(data)) else { return };
    let printed = print(&read);
    assert_eq!(parse(&printed).ok(), Some(read));
    assert!(printed.is_ascii() && !printed.contains(['"', '\\']));
}

const SECRET: &[u8; 32] = b"0123456789abcdef0123456789abcdef";

/// A token: as it is, and (header, newline, claims) under a right signature, so that what follows the signature is reached too.
pub fn jwt(data: &[u8]) {
    let verifier = Verifier::hmac(SECRET).expect("a good secret");
    let token = String::from_utf8_lossy(data);
    let verified = Unverified::parse(&token).and_then(|token| token.verify(|_| Ok([&verifier])));
    assert!(verified.is_err(), "nobody guesses a signature");

    let (header, claims) = data.split_at(data.iter().position(|b| *b == b'\n').unwrap_or(0));
    let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, SECRET);
    let token = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(ring::hmac::sign(&key, signed.as_bytes())));
    let Ok(verified) = Unverified::parse(&token).and_then(|token| token.verify(|_| Ok([&verifier]))) else { return };
    assert!(token.len() <= Limits::TOKEN && verified.header.alg == Alg::Hs256);
    let policy = Policy {
        typ: &["JWT", ""],
        issuer: Some("i"),
        audience: &["a"],
        leeway_s: 10,
        max_lifetime_s: Some(300),
        ..Policy::default()
    };
    if policy.check(&verified, 1_800_000_000).is_ok() {
        assert_eq!(verified.claims.get("iss").and_then(|v| v.as_str()), Some("i"));
        assert!(verified.claims.get("exp").and_then(|v| v.as_f64()).is_some_and(|exp| exp > 1_799_999_990.0));
    }
}

/// The key set of a client.
pub fn client_keys(data: &[u8]) {
    let Ok(keys) = ClientKeys::parse(data) else { return };
    for alg in Alg::ALL {
        for kid in [None, Some("1".to_owned())] {
            let found = keys.find(&Header { alg, kid, typ: None });
            assert!(found.len() <= Limits::CANDIDATES);
            for verifier in found {
                assert_ne!(verifier.alg(), Alg::Hs256, "a public set never brings a secret");
            }
        }
    }
}

/// The value of `Authorization`.
pub fn basic_header(data: &[u8]) {
    let Ok(value) = HeaderValue::from_bytes(data) else { return };
    let mut headers = HeaderMap::new();
    headers.insert(header::AUTHORIZATION, value);
    let is_basic = fuzzing::basic_header(&headers).is_some();
    let token = bearer(&headers, None);
    assert!(!(is_basic && token.is_ok()), "one header is not both");
    assert!(token.is_ok_and(|t| !t.is_empty()) || bearer(&headers, Some("form")).is_err());
}

/// What a client registers.
pub fn client_metadata(data: &[u8]) {
    let Ok(metadata) = serde_json::from_slice::<Metadata>(data) else { return };
    let written = serde_json::to_value(&metadata).expect("what was read can be written");
    let again: Metadata = serde_json::from_value(written.clone()).expect("and read again");
    assert_eq!(serde_json::to_value(&again).expect("as it was"), written);
    if fuzzing::is_registrable(&metadata) {
        for uri in &metadata.redirect_uris {
            assert!(is_registered(&metadata.redirect_uris, uri, false) && Url::parse(uri).is_ok());
        }
    }
}

/// Two lines: `ui_locales` and `Accept-Language`.
pub fn accept_language(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (ui_locales, accept) = text.split_once('\n').unwrap_or(("", &text));
    for default in [Lang::En, Lang::De] {
        let _ = Lang::negotiate(None, Some(accept), default);
        let chosen = Lang::negotiate(Some(ui_locales), Some(accept), default);
        assert_eq!(Lang::lookup(chosen.as_str()), Some(chosen));
    }
}

/// The `claims` parameter of an authorization request.
pub fn claims_parameter(data: &[u8]) {
    let text = String::from_utf8_lossy(data).into_owned();
    let params = Params::from_pairs([("claims".to_owned(), text)]);
    let Some(wishes) = fuzzing::claims_parameter(&params) else { return };
    // It is kept with the grant, where a number may lose its last digit and nothing else.
    let kept = serde_json::to_string(&wishes).expect("it can be kept");
    let params = Params::from_pairs([("claims".to_owned(), kept)]);
    let again = fuzzing::claims_parameter(&params).expect("it can be read again");
    assert!(again.userinfo.keys().eq(wishes.userinfo.keys()) && again.id_token.keys().eq(wishes.id_token.keys()));
    for name in wishes.about_person() {
        assert!(wishes.userinfo.contains_key(&name) || wishes.id_token.contains_key(&name));
    }
}

/// Lines of `name: value`, as headers.
fn headers(data: &[u8]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for line in data.split(|b| *b == b'\n').take(50) {
        let (name, value) = line.split_at(line.iter().position(|b| *b == b':').unwrap_or(line.len()));
        let value = HeaderValue::from_bytes(value.get(1..).unwrap_or_default().trim_ascii());
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name), value) {
            headers.append(name, value);
        }
    }
    headers
}

/// Headers of a request that came through proxies.
pub fn forwarded_headers(data: &[u8]) {
    let headers = headers(data);
    let trusted = ["10.0.0.0/8".parse().expect("a network"), "::1/128".parse().expect("a network")];
    let peer = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));
    let _ = client_ip(Some(peer), &headers, &trusted, true);
    // Whatever is claimed left of the first hop that we do not know, or in another header, is not believed.
    let known = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 9));
    let mut told = headers.clone();
    told.append("x-forwarded-for", HeaderValue::from_static("203.0.113.9, 10.0.0.2"));
    let found = client_ip(Some(peer), &told, &trusted, true);
    assert!(found == Some(known) || (headers.contains_key("forwarded") && found == Some(peer)), "{found:?}");
    let _ = client_ip(None, &headers, &trusted, true);
    let _ = is_https_forwarded(Some(peer), &headers, &trusted, true);
    // A stranger's headers count for nothing.
    let stranger = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
    assert_eq!(client_ip(Some(stranger), &headers, &trusted, true), Some(stranger));
    assert!(!is_https_forwarded(Some(stranger), &headers, &trusted, true));
}

/// Headers of a browser.
pub fn cookies(data: &[u8]) {
    let headers = headers(data);
    for name in ["doorward-browser", "__Host-doorward-session"] {
        let value = session::cookie(&headers, name);
        if let Some(known) = Browser::read_value(value) {
            assert_eq!(URL_SAFE_NO_PAD.decode(&known).map(|bytes| bytes.len()), Ok(32));
        }
    }
}

/// A public key that a person registers.
pub fn public_key(data: &[u8]) {
    let Ok(key) = PublicKey::parse(&String::from_utf8_lossy(data)) else { return };
    assert_eq!(PublicKey::parse(&key.to_hex()).as_ref(), Ok(&key));
    assert!(!key.is_signature(b"", data) && !key.is_signature(data, &[0; 64]));
}

/// A password hash of another system.
pub fn password_hash(data: &[u8]) {
    static HASHER: LazyLock<PasswordHasher> =
        LazyLock::new(|| PasswordHasher::new(&Options::default(), Random::default()).expect("the usual cost"));
    let text = String::from_utf8_lossy(data);
    if HASHER.recognise(&text).is_ok() {
        assert!(text.len() <= 512 && text.matches('$').count() >= 3);
    }
}
