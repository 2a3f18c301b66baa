//! The whole of the configuration: order, refusals, masking, and the reference that must not drift.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::*;

const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHv8=";

fn none() -> std::iter::Empty<(String, String)> {
    std::iter::empty()
}

fn from_file(text: &str) -> Result<Config, ConfigError> {
    Config::from_parts(Some(text), none(), &Overrides::default())
}

fn from_env(variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let env = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Config::from_parts(None, env, &Overrides::default())
}

fn refusals(result: Result<Config, ConfigError>) -> Vec<Problem> {
    result.map(|config| config.masked()).unwrap_err().problems().to_vec()
}

/// `[oidc]` and its line, for `oidc.code_ttl = 60`.
fn as_file(path: &str, value: &str) -> String {
    match path.split_once('.') {
        Some((section, key)) => format!("[{section}]\n{key} = {value}\n"),
        None => format!("{path} = {value}\n"),
    }
}

#[test]
fn starts_with_nothing_configured() {
    let config = Config::from_parts(None, none(), &Overrides::default()).unwrap();
    assert_eq!(config.masked_json(), Config::default().masked_json());
    assert_eq!(config.issuer.as_str(), "http://localhost:8080");
    assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.data_dir, PathBuf::from("./data"));
    assert!(config.master_key.is_none() && config.database.url.is_none() && config.mail.smtp_url.is_none());
    assert_eq!((config.oidc.code_ttl, config.oidc.refresh_grace, config.oidc.clock_leeway), (60, 30, 10));
    assert_eq!(config.server.unix_mode_bits(), 0o660);
}

#[test]
fn defaults_pass_their_own_checks() {
    let text = Config::default().masked();
    assert_eq!(from_file(&text).unwrap().masked_json(), Config::default().masked_json());
}

#[test]
fn every_value_has_a_field_and_every_field_a_value() {
    let json = Config::default().masked_json();
    let mut values = BTreeSet::new();
    let provider = serde_json::to_value(Upstream::default()).unwrap();
    values.extend(provider.as_object().unwrap().keys().map(|key| format!("upstream.NAME.{key}")));
    for (key, value) in json.as_object().unwrap() {
        match value.as_object() {
            Some(section) => values.extend(section.keys().map(|inner| format!("{key}.{inner}"))),
            None => {
                values.insert(key.clone());
            }
        }
    }
    assert_eq!(values, all_fields().map(Field::path).collect());
    assert_eq!(all_fields().map(Field::env).collect::<BTreeSet<_>>().len(), values.len());
    for field in all_fields() {
        assert!(field.doc.trim().ends_with('.'), "{} needs a sentence", field.path());
        assert!(!field.example.is_empty(), "{} needs an example", field.path());
    }
}

#[test]
fn every_example_is_good_in_the_file_and_in_the_environment() {
    for field in all_fields().filter(|field| field.key != "master_key" && !field.section.ends_with(".NAME")) {
        let path = field.path();
        let with = |line: String| match field.key {
            "tls_key" => format!("issuer = \"https://id.example.com\"\n{line}tls_certificate = \"/c.pem\"\n"),
            "tls_certificate" => format!("issuer = \"https://id.example.com\"\n{line}tls_key = \"/k.pem\"\n"),
            "rp_id" => format!("issuer = \"https://id.example.com\"\n{line}"),
            _ => line,
        };
        let from_file = from_file(&with(as_file(&path, field.example))).unwrap_or_else(|error| panic!("{error}"));
        let plain = field.example.replace(['"', '[', ']'], "");
        let plain = if field.shape == field::Shape::List { plain } else { field.example.replace('"', "") };
        let mut variables = vec![(field.env(), plain)];
        match field.key {
            "tls_key" => variables.push(("DOORWARD_SERVER__TLS_CERTIFICATE".to_owned(), "/c.pem".to_owned())),
            "tls_certificate" => variables.push(("DOORWARD_SERVER__TLS_KEY".to_owned(), "/k.pem".to_owned())),
            _ => {}
        }
        if field.key.starts_with("tls_") || field.key == "rp_id" {
            variables.push(("DOORWARD_ISSUER".to_owned(), "https://id.example.com".to_owned()));
        }
        let from_env = Config::from_parts(None, variables.into_iter(), &Overrides::default());
        let from_env = from_env.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(from_file.masked_json(), from_env.masked_json(), "{path}");
    }
}

#[test]
fn the_example_of_the_master_key_is_no_key_that_someone_could_copy() {
    let [problem] = &refusals(from_file("master_key = \"<what openssl rand -base64 32 prints>\""))[..] else {
        panic!()
    };
    assert_eq!(problem.env.as_deref(), Some("DOORWARD_MASTER_KEY"));
    assert!(problem.reason.contains("32 random bytes"));
    assert!(from_env(&[("DOORWARD_MASTER_KEY", KEY)]).unwrap().master_key.is_some());
}

#[test]
fn the_later_source_wins() {
    let file =
        "listen = \"127.0.0.1:1\"\nissuer = \"https://file.example\"\n[oidc]\ncode_ttl = 10\nrefresh_grace = 5\n";
    let env = [("DOORWARD_LISTEN", "127.0.0.1:2"), ("DOORWARD_OIDC__REFRESH_GRACE", "0"), ("PATH", "/bin")];
    let env = env.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let flags = Overrides { listen: Some("[::1]:3".to_owned()), ..Overrides::default() };
    let config = Config::from_parts(Some(file), env.clone().into_iter(), &flags).unwrap();
    assert_eq!(config.listen.to_string(), "[::1]:3");
    assert_eq!((config.oidc.code_ttl, config.oidc.refresh_grace), (10, 0));
    assert_eq!(config.issuer.as_str(), "https://file.example");
    let config = Config::from_parts(Some(file), env.into_iter(), &Overrides::default()).unwrap();
    assert_eq!(config.listen.to_string(), "127.0.0.1:2");
}

#[test]
fn every_flag_reaches_its_field() {
    let flags = Overrides {
        config_file: None,
        issuer: Some("https://id.example.com/auth".to_owned()),
        listen: Some("unix:/run/d.sock".to_owned()),
        data_dir: Some(PathBuf::from("/srv/d")),
        database_url: Some("sqlite:/srv/x.sqlite".to_owned()),
    };
    let config = Config::from_parts(None, none(), &flags).unwrap();
    assert_eq!(config.issuer.path(), "/auth");
    assert_eq!(config.listen, Listen::Unix(PathBuf::from("/run/d.sock")));
    assert_eq!(config.data_dir, Path::new("/srv/d"));
    assert_eq!(config.database.url.unwrap().expose(), "sqlite:/srv/x.sqlite");
    let bad = Overrides { issuer: Some("http://id.example.com".to_owned()), ..Overrides::default() };
    let problems = refusals(Config::from_parts(None, none(), &bad));
    assert_eq!(problems[0].source.as_deref(), Some("the command line"));
}

#[cfg(unix)]
#[test]
fn a_flag_that_is_not_utf8_is_refused_by_name() {
    use std::os::unix::ffi::OsStringExt;
    let path = PathBuf::from(std::ffi::OsString::from_vec(vec![b'/', 0xff]));
    let flags = Overrides { data_dir: Some(path), ..Overrides::default() };
    let problems = refusals(Config::from_parts(None, none(), &flags));
    assert_eq!((problems[0].field.as_str(), problems.len()), ("data_dir", 1));
}

#[test]
fn the_issuer_follows_the_port_until_it_is_set() {
    let issuer = |listen| from_env(&[("DOORWARD_LISTEN", listen)]).unwrap().issuer.as_str().to_owned();
    assert_eq!(issuer("0.0.0.0:9000"), "http://localhost:9000");
    assert_eq!(issuer("[::]:80"), "http://localhost");
    assert_eq!(issuer("127.0.0.1:0"), "http://localhost:8080");
    assert_eq!(issuer("unix:/run/d.sock"), "http://localhost:8080");
    let set = from_env(&[("DOORWARD_LISTEN", "[::]:9000"), ("DOORWARD_ISSUER", "https://a.example")]).unwrap();
    assert_eq!(set.issuer.as_str(), "https://a.example");
}

#[test]
fn the_environment_reads_numbers_flags_lists_and_texts() {
    let config = from_env(&[
        ("DOORWARD_OIDC__CODE_TTL", " 45 "),
        ("DOORWARD_LOG__ACCESS", "Yes"),
        ("DOORWARD_SERVER__TRUST_UNIX_PEER", "0"),
        ("DOORWARD_SERVER__TRUSTED_PROXIES", "10.1.2.3/8, ::1 ,192.0.2.7,"),
        ("DOORWARD_OUTGOING__CA_CERTIFICATES", "/a.pem,/b.pem"),
        ("DOORWARD_OUTGOING__ALLOW_NETWORKS", "[\"10.20.0.0/16\", \"fd00::/8\"]"),
        ("DOORWARD_UI__NAME", "007"),
        ("DOORWARD_SERVER__UNIX_MODE", "0600"),
        ("DOORWARD_DATA_DIR", "12"),
    ])
    .unwrap();
    assert_eq!(config.oidc.code_ttl, 45);
    assert!(config.log.access && !config.server.trust_unix_peer);
    let proxies = config.server.trusted_proxies.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(proxies, ["10.0.0.0/8", "::1/128", "192.0.2.7/32"]);
    assert_eq!(config.outgoing.ca_certificates, [PathBuf::from("/a.pem"), PathBuf::from("/b.pem")]);
    assert_eq!(config.outgoing.allow_networks.len(), 2, "as the file has it");
    assert_eq!((config.ui.name.as_str(), config.server.unix_mode_bits()), ("007", 0o600));
    assert_eq!(config.data_dir, Path::new("12"));
}

#[test]
fn an_empty_list_in_the_environment_empties_the_list_of_the_file() {
    let env = [("DOORWARD_OUTGOING__ALLOW_NETWORKS".to_owned(), String::new())];
    let file = "[outgoing]\nallow_networks = [\"10.0.0.0/8\"]\n";
    let config = Config::from_parts(Some(file), env.into_iter(), &Overrides::default()).unwrap();
    assert!(config.outgoing.allow_networks.is_empty());
}

#[test]
fn a_refusal_reads_like_this() {
    let error = from_file("[oidc]\ncode_ttl = 90\n").unwrap_err();
    assert_eq!(
        error.to_string(),
        "the configuration has a mistake:\n  oidc.code_ttl (DOORWARD_OIDC__CODE_TTL): 90 is too long: a code lives at most 60 \
         seconds. Example: code_ttl = 60\n    (set in doorward.toml)"
    );
}

#[test]
fn all_mistakes_are_told_at_once_and_say_where_they_stand() {
    let file = "issuer = \"http://id.example.com\"\nnonsense = 1\n[oidc]\ncode_ttl = 90\nrefresh_ttl = \"long\"\n[odic]\na = 1\n";
    let env = [("DOORWARD_HASHING__MEMORY_KIB", "64"), ("DOORWARD_ISUER", "x")];
    let env = env.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let problems = refusals(Config::from_parts(Some(file), env.into_iter(), &Overrides::default()));
    let told = problems.iter().map(|problem| (problem.field.as_str(), problem.source.as_deref().unwrap_or_default()));
    let expected = [
        ("nonsense", "doorward.toml"),
        ("[odic]", "doorward.toml"),
        ("DOORWARD_ISUER", "the environment"),
        ("issuer", "doorward.toml"),
        ("oidc.code_ttl", "doorward.toml"),
        ("oidc.refresh_ttl", "doorward.toml"),
        ("hashing.memory_kib", "the environment"),
    ];
    assert_eq!(told.collect::<BTreeSet<_>>(), expected.into_iter().collect());
}

#[test]
fn a_bad_value_is_refused_with_field_reason_and_example() {
    for (path, value, reason) in [
        // of another kind
        ("issuer", "5", "5 is not an https address"),
        ("listen", "true", "true is not an address with a port"),
        ("data_dir", "[]", "a list is not a path"),
        ("data_dir", "\"\"", "empty"),
        ("oidc.code_ttl", "\"60\"", "`60` is not a whole number"),
        ("oidc.code_ttl", "59.5", "59.5 is not a whole number"),
        ("oidc.code_ttl", "{ a = 1 }", "a table is not a whole number"),
        ("log.access", "\"true\"", "`true` is not true or false"),
        ("log.access", "1", "1 is not true or false"),
        ("ui.name", "7", "7 is not a text"),
        ("server.trusted_proxies", "\"10.0.0.0/8\"", "`10.0.0.0/8` is not a list"),
        ("server.trusted_proxies", "[10]", "10 is not a network"),
        // out of bounds
        ("oidc.code_ttl", "0", "0 is too short: at least 1 second"),
        ("oidc.code_ttl", "-5", "-5 is too short"),
        ("oidc.code_ttl", "61", "a code lives at most 60 seconds"),
        ("oidc.clock_leeway", "31", "more than 30 seconds"),
        ("oidc.refresh_grace", "301", "301 is too long"),
        ("oidc.access_token_ttl", "86401", "at most a day"),
        ("keys.refresh_interval", "6", "within 5 seconds"),
        ("keys.refresh_interval", "0", "too short"),
        ("hashing.memory_kib", "19455", "19455 is too small: at least 19456 KiB"),
        ("hashing.iterations", "1", "too small"),
        ("hashing.permits", "0", "too small"),
        ("server.max_connections", "99999999999", "too large"),
        ("server.body_limit", "0", "too small"),
        ("database.max_connections", "0", "too small"),
        ("throttle.ipv6_prefix", "129", "too large"),
        // texts with a form
        ("issuer", "\"https://id.example.com/\"", "slash"),
        ("issuer", "\"http://id.example.com\"", "plain http is only for localhost"),
        ("listen", "\"localhost:8080\"", "name, not an address"),
        ("listen", "\"::1:8080\"", "brackets"),
        ("server.metrics_listen", "\"9464\"", "no address"),
        ("server.unix_mode", "\"0999\"", "octal"),
        ("server.unix_mode", "\"+660\"", "octal"),
        ("server.unix_mode", "\"7777\"", "octal"),
        ("server.trusted_proxies", "[\"proxy.example.com\"]", "neither a network"),
        ("server.trusted_proxies", "[\"0.0.0.0/0\"]", "every address"),
        ("outgoing.allow_networks", "[\"::/0\"]", "every address"),
        ("outgoing.allow_networks", "[\"::ffff:10.0.0.0/104\"]", "IPv4"),
        ("outgoing.allow_networks", "[\"10.0.0.0/33\"]", "neither a network"),
        ("database.sqlite_synchronous", "\"off\"", "not full or normal"),
        ("database.url", "\"oracle://db/x\"", "must begin with sqlite:"),
        ("database.url", "\"doorward.sqlite\"", "must begin with sqlite:"),
        ("database.url", "\"sqlite://\"", "names no file"),
        ("database.url", "\"postgres://db.example.com\"", "names no database"),
        ("database.url", "\"postgres://db.example.com:port/x\"", "cannot be read"),
        ("database.url", "5", "not a text"),
        ("mail.smtp_url", "\"smtp.example.com\"", "cannot be read"),
        ("mail.smtp_url", "\"https://smtp.example.com\"", "must begin with smtps://"),
        ("mail.smtp_url", "\"smtps://\"", "host"),
        ("mail.smtp_url", "\"smtp://me:pw@smtp.example.com\"", "in clear"),
        ("mail.smtp_url", "\"smtps://smtp.example.com/?tls=none\"", "host and port"),
        ("mail.from", "\"nobody\"", "not a mail address"),
        ("mail.from", "\"a@b.example\\r\\nBcc: c@d.example\"", "not a mail address"),
        ("log.format", "\"xml\"", "not text or json"),
        ("log.level", "\"inof\"", "not a level"),
        ("log.level", "\"\"", "not a level"),
        ("log.level", "\"doorward=loud\"", "not a level"),
        ("ui.name", "\" \"", "empty"),
        ("ui.name", "\"a\\tb\"", "control"),
        ("ui.default_language", "\"sv\"", "en, de, fr"),
        ("ui.help_url", "\"/help\"", "not a web address"),
        ("ui.privacy_url", "\"javascript:alert(1)\"", "https, http or mailto"),
        ("master_key", "\"short\"", "32 random bytes"),
        ("webauthn.rp_id", "\"https://example.com\"", "not a domain name"),
        ("webauthn.rp_id", "\"Example.com\"", "not a domain name"),
        ("webauthn.rp_id", "\"example..com\"", "not a domain name"),
        ("webauthn.extra_origins", "[\"app.example.com\"]", "not a web address"),
        ("webauthn.extra_origins", "[\"https://app.example.com/sign-in\"]", "not an origin"),
        ("webauthn.extra_origins", "[\"http://app.example.com\"]", "not an origin"),
        // between fields
        ("server.tls_certificate", "\"/c.pem\"", "TLS needs both"),
        ("server.tls_key", "\"/k.pem\"", "TLS needs both"),
        ("server.metrics_listen", "\"127.0.0.1:8080\"", "a port of their own"),
        ("oidc.refresh_absolute_ttl", "3600", "shorter than oidc.refresh_ttl"),
        ("oidc.refresh_ttl", "30", "not shorter than oidc.refresh_ttl"),
        ("session.absolute_ttl", "60", "shorter than session.idle_ttl"),
        ("webauthn.rp_id", "\"example.com\"", "neither the issuer's host (localhost) nor a parent of it"),
        ("keys.jwks_max_age", "90", "publish_ahead"),
        ("keys.publish_ahead", "7", "publish_ahead"),
        ("keys.rotate_every", "10", "not longer than keys.publish_ahead"),
        ("hashing.max_memory_kib", "19456", ""),
        ("throttle.login_delay", "31", "shorter than throttle.login_delay"),
        ("throttle.client_forget_after", "30", "not longer than throttle.client_max_delay"),
    ] {
        if reason.is_empty() {
            assert!(from_file(&as_file(path, value)).is_ok(), "{path} = {value}");
            continue;
        }
        let problems = refusals(from_file(&as_file(path, value)));
        let [problem] = &problems[..] else { panic!("{path} = {value}: {problems:?}") };
        let line = problem.to_string();
        let section = path.split('.').next().unwrap();
        assert!(line.starts_with(section), "{line}");
        assert!(line.contains("(DOORWARD_") && line.contains(". Example: "), "{line}");
        assert!(problem.reason.contains(reason), "{path} = {value}: {line}");
        assert!(!problem.reason.contains('\n'), "{line}");
        assert_eq!(problem.source.as_deref(), Some("doorward.toml"), "{line}");
    }
}

#[test]
fn what_the_environment_cannot_mean_is_refused_by_the_field() {
    for (name, value, field, reason) in [
        ("DOORWARD_OIDC__CODE_TTL", "abc", "oidc.code_ttl", "`abc` is not a whole number"),
        ("DOORWARD_OIDC__CODE_TTL", "60s", "oidc.code_ttl", "`60s` is not a whole number"),
        ("DOORWARD_OIDC__CODE_TTL", "", "oidc.code_ttl", "is empty"),
        ("DOORWARD_OIDC__CODE_TTL", "99999999999999999999", "oidc.code_ttl", "not a whole number"),
        ("DOORWARD_LOG__ACCESS", "perhaps", "log.access", "`perhaps` is not true or false"),
        ("DOORWARD_SERVER__TRUSTED_PROXIES", "10.0.0.0/8;::1", "server.trusted_proxies", "neither a network"),
        ("DOORWARD_MASTER_KEY", "", "master_key", "is empty"),
        ("DOORWARD_DATABASE__URL", "", "database.url", "is empty"),
        ("DOORWARD_ISSUER", "\"https://id.example.com\"", "issuer", "not a web address"),
    ] {
        let problems = refusals(from_env(&[(name, value)]));
        let [problem] = &problems[..] else { panic!("{name}={value}: {problems:?}") };
        assert_eq!((problem.field.as_str(), problem.env.as_deref()), (field, Some(name)));
        assert!(problem.reason.contains(reason), "{problem}");
        assert_eq!(problem.source.as_deref(), Some("the environment"));
    }
}

#[test]
fn unknown_variables_name_the_nearest() {
    for (name, nearest) in [
        ("DOORWARD_OIDC_CODE_TTL", "DOORWARD_OIDC__CODE_TTL"),
        ("DOORWARD_OIDC__CODE_TLL", "DOORWARD_OIDC__CODE_TTL"),
        ("DOORWARD_Oidc__Code_Ttl", "DOORWARD_OIDC__CODE_TTL"),
        ("DOORWARD_DATABASE_URL", "DOORWARD_DATABASE__URL"),
        ("DOORWARD_CODE_TTL", "DOORWARD_OIDC__CODE_TTL"),
        ("DOORWARD_SMTP_URL", "DOORWARD_MAIL__SMTP_URL"),
        ("DOORWARD_ISUER", "DOORWARD_ISSUER"),
        ("DOORWARD_MASTERKEY", "DOORWARD_MASTER_KEY"),
        ("DOORWARD_LOG_LEVEL", "DOORWARD_LOG__LEVEL"),
        ("DOORWARD_", ""),
        ("DOORWARD_PORT", ""),
    ] {
        let problems = refusals(from_env(&[(name, "canary-31337")]));
        assert_eq!((problems.len(), problems[0].field.as_str()), (1, name));
        let line = problems[0].to_string();
        assert!(line.contains(&format!("the nearest is {nearest}")), "{line}");
        assert!(line.contains(&format!("Example: {nearest}")), "{line}");
        assert!(!line.contains("canary"), "{line}");
    }
}

#[test]
fn unknown_keys_name_the_nearest_and_its_section() {
    for (text, field, nearest) in [
        ("isuer = 1", "isuer", "issuer, above all sections"),
        ("code_ttl = 60", "code_ttl", "code_ttl in [oidc]"),
        ("[oidc]\ncode_tll = 60", "oidc.code_tll", "code_ttl in [oidc]"),
        ("[oidc]\nissuer = \"x\"", "oidc.issuer", "issuer, above all sections"),
        ("[server]\nsmtp_url = \"x\"", "server.smtp_url", "smtp_url in [mail]"),
        ("oidc.code.ttl = 60", "oidc.code", "code_ttl in [oidc]"),
        ("[trottle]\nx = 1", "[trottle]", "[throttle]"),
        ("[default]\nissuer = \"x\"", "[default]", "["),
        ("[\"\"]\nissuer = \"x\"", "[]", "["),
        ("oidc = 5", "oidc", "section, not a value"),
    ] {
        let problems = refusals(from_file(text));
        let [problem] = &problems[..] else { panic!("{text}: {problems:?}") };
        assert_eq!(problem.field, field);
        assert!(problem.reason.contains(nearest), "{problem}");
        assert!(!problem.example.is_empty(), "{problem}");
    }
}

#[test]
fn variables_that_are_no_fields_are_left_alone() {
    let config = from_env(&[
        ("DOORWARD_CONFIG", "/nowhere.toml"),
        ("DOORWARD_TEST_POSTGRES_URL", "x"),
        ("DOORWARD_BIN", "/usr/bin/doorward"),
        ("DOORWARD_SERVICE_HOST", "10.0.0.1"),
        ("DOORWARD_SERVICE_PORT", "8080"),
        ("DOORWARD_SERVICE_PORT_HTTP", "8080"),
        ("DOORWARD_PORT", "tcp://10.0.0.1:8080"),
        ("DOORWARD_PORT_8080_TCP", "tcp://10.0.0.1:8080"),
        ("DOORWARD_PORT_8080_TCP_ADDR", "10.0.0.1"),
        ("DOORWARDS", "x"),
    ]);
    assert!(config.is_ok(), "{config:?}");
}

#[test]
fn no_secret_is_ever_shown() {
    let good = [
        ("DOORWARD_MASTER_KEY", KEY),
        ("DOORWARD_DATABASE__URL", "postgres://doorward:canary@db/doorward"),
        ("DOORWARD_MAIL__SMTP_URL", "smtp+starttls://me:canary@smtp.example.com"),
    ];
    let config = from_env(&good).unwrap();
    let shown = format!("{config:?} {} {}", config.masked(), config.masked_json());
    assert!(!shown.contains("canary") && !shown.contains(KEY), "{shown}");
    assert!(config.masked().contains("[database]\nurl = \"***\"\n"), "{shown}");
    for text in [
        "master_key = \"canary\"",
        "master_key = 1234canary",
        "master_key = [\"canary\"]",
        "master_key = \"canary",
        "master_key = \"a\"\nmaster_key = \"canary\"",
        "[database]\nurl = \"postgres://doorward:canary@db\"",
        "[database]\nurl = \"canary\"",
        "[database]\nurl = { canary = \"canary\" }",
        "[mail]\nsmtp_url = \"smtp://me:canary@smtp.example.com\"",
        "[mail]\nsmtp_url = \"smtps://me:canary@[smtp\"",
        "issuer = \"https://me:canary@id.example.com\"",
        "[ui]\nhelp_url = \"https://me:canary@\"",
    ] {
        let error = from_file(text).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("canary"), "{text}: {error}");
    }
}

#[test]
fn a_broken_file_is_refused_with_its_place() {
    let error = from_file("issuer = \"https://a.example\"\n[oidc\ncode_ttl = 60\n").unwrap_err().to_string();
    assert!(error.contains("doorward.toml: this is not TOML: at line 2"), "{error}");
    assert!(error.contains("Example: "), "{error}");
    assert!(from_file("\u{feff}issuer = \"https://a.example\"\n").is_ok());
    assert!(from_file("").is_ok());
}

#[test]
fn the_file_is_looked_for_where_it_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("a.toml"), "# a").unwrap();
    std::fs::write(path("b.toml"), "# b").unwrap();
    std::fs::write(path("c.toml"), [0xff, 0xfe]).unwrap();
    let env = vec![("DOORWARD_CONFIG".to_owned(), path("b.toml").display().to_string())];
    let text = |named: Option<&Path>, env: &[(String, String)]| file::find(named, env).unwrap().map(|(_, text)| text);
    assert_eq!(text(Some(&path("a.toml")), &env).as_deref(), Some("# a"));
    assert_eq!(text(None, &env).as_deref(), Some("# b"));
    assert_eq!(text(None, &[]), None);
    for bad in ["none.toml", "c.toml", "."] {
        let error = file::find(Some(&path(bad)), &env).unwrap_err().to_string();
        assert!(error.contains("cannot be read") && error.contains("DOORWARD_CONFIG="), "{error}");
    }
    let flags = Overrides { config_file: Some(path("none.toml")), ..Overrides::default() };
    assert!(Config::load(&flags).is_err());
    let flags = Overrides { config_file: Some(path("a.toml")), ..Overrides::default() };
    assert!(Config::load(&flags).is_ok(), "is another DOORWARD_ variable set?");
}

#[test]
fn a_server_that_speaks_tls_is_not_its_own_http_issuer() {
    let tls = "[server]\ntls_certificate = \"/c.pem\"\ntls_key = \"/k.pem\"\n";
    let problems = refusals(from_file(tls));
    assert_eq!((problems[0].field.as_str(), problems.len()), ("issuer", 1));
    assert!(problems[0].reason.contains("speaks TLS"));
    assert!(from_file(&format!("issuer = \"https://localhost:8080\"\n{tls}")).is_ok());
}

#[test]
fn masked_output_is_a_file_again() {
    let config = from_file(
        "issuer = \"https://id.example.com\"\nlisten = \"unix:/run/a \\\"b\\\".sock\"\n[server]\ntrusted_proxies = \
         [\"10.0.0.0/8\"]\n[ui]\nname = \"Tür \\\\ 7\"\nhelp_url = \"mailto:help@example.com\"\n",
    )
    .unwrap();
    let again = from_file(&config.masked()).unwrap();
    assert_eq!(again.masked_json(), config.masked_json());
}

#[test]
fn passkeys_belong_to_the_host_of_the_issuer_or_a_parent() {
    for (rp_id, is_good) in [
        ("login.id.example.com", true),
        ("id.example.com", true),
        ("example.com", true),
        ("com", false),
        ("ample.com", false),
        ("other.example.com", false),
        ("a.login.id.example.com", false),
    ] {
        let file = format!("issuer = \"https://login.id.example.com\"\n[webauthn]\nrp_id = \"{rp_id}\"\n");
        assert_eq!(from_file(&file).is_ok(), is_good, "{rp_id}");
    }
}

#[test]
fn the_languages_are_those_with_texts() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("locales");
    for language in LANGUAGES {
        assert!(folder.join(language).is_dir(), "{language}");
    }
}

/// `UPDATE_DOCS=1 cargo test config` writes the page anew.
#[test]
fn the_reference_has_not_drifted() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/configuration.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, reference()).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == reference(), "docs/configuration.md has drifted: run it with UPDATE_DOCS=1");
}

#[test]
fn the_reference_shows_every_field_with_its_default() {
    let page = reference();
    for field in all_fields() {
        assert!(page.contains(&format!("| `{}`<br>`{}` |", field.key, field.env())), "{}", field.path());
    }
    assert!(page.contains("| `2592000` (30 days) | 1 to 34560000 seconds |"), "{page}");
    assert!(page.contains("0: strict"), "{page}");
}

const GOOGLE: &str = "[upstream.google]\nkind = \"google\"\nclient_id = \"id\"\nclient_secret = \"canary-31337\"\n";

#[test]
fn providers_are_sections_with_names() {
    let other = "[upstream.my-idp-2]\nissuer = \"https://idp.example\"\nclient_id = \"doorward\"\nsign_up = false\n";
    let config = from_file(&format!("{GOOGLE}{other}")).unwrap();
    assert_eq!(config.upstream.keys().collect::<Vec<_>>(), ["google", "my-idp-2"]);
    let (google, other) = (&config.upstream["google"], &config.upstream["my-idp-2"]);
    assert_eq!((google.kind, google.issuer()), (UpstreamKind::Google, "https://accounts.google.com"));
    assert_eq!((other.kind, other.issuer(), other.sign_up), (UpstreamKind::Oidc, "https://idp.example", Some(false)));
    let shown = config.masked();
    assert!(
        shown.contains("[upstream.google]\nkind = \"google\"\nclient_id = \"id\"\nclient_secret = \"***\"\n"),
        "{shown}"
    );
    assert!(!format!("{shown}{config:?}{}", config.masked_json()).contains("canary"));
    assert_eq!(from_file(&shown).unwrap().masked_json(), config.masked_json());
}

#[test]
fn the_environment_names_providers_too() {
    let config = from_env(&[
        ("DOORWARD_UPSTREAM__MY_IDP__CLIENT_ID", "a"),
        ("DOORWARD_UPSTREAM__MY_IDP__ISSUER", "https://idp.example/x"),
        ("DOORWARD_UPSTREAM__MY_IDP__CLAIM_NAME", "displayName"),
        ("DOORWARD_UPSTREAM__NAME__CLIENT_ID", "b"),
        ("DOORWARD_UPSTREAM__NAME__KIND", "github"),
        ("DOORWARD_UPSTREAM__NAME__CLIENT_SECRET", "s"),
        ("DOORWARD_UPSTREAM__NAME__ALLOWED_DOMAINS", "a.example, b.example"),
        ("DOORWARD_UPSTREAM__NAME__TRUST_EMAIL", "yes"),
    ])
    .unwrap();
    assert_eq!(config.upstream.keys().collect::<Vec<_>>(), ["my-idp", "name"]);
    assert_eq!(config.upstream["my-idp"].claim_name, "displayName");
    let name = &config.upstream["name"];
    assert_eq!(name.allowed_domains, ["a.example", "b.example"]);
    assert!(name.trust_email);
    let env = [("DOORWARD_UPSTREAM__GOOGLE__CLIENT_SECRET".to_owned(), "later".to_owned())];
    let config = Config::from_parts(Some(GOOGLE), env.into_iter(), &Overrides::default()).unwrap();
    let google = &config.upstream["google"];
    assert_eq!(google.client_secret.as_ref().map(Secret::expose), Some("later"));
    assert_eq!(google.client_id.as_deref(), Some("id"));
}

#[test]
fn every_example_of_a_provider_is_good() {
    for field in Upstream::FIELDS {
        let mut lines =
            vec![("client_id", "\"id\""), ("client_secret", "\"s\""), ("issuer", "\"https://idp.example\"")];
        let kind = match field.key {
            "client_key_file" | "client_key_id" | "client_team_id" => "\"apple\"",
            "allowed_tenants" => "\"entra\"",
            _ => "\"oidc\"",
        };
        lines.push(("kind", kind));
        match field.key {
            "allowed_tenants" => lines[2].1 = "\"https://login.microsoftonline.com/common/v2.0\"",
            "client_key_file" => {
                lines.remove(1);
                lines.extend([("client_key_id", "\"k\""), ("client_team_id", "\"t\"")]);
            }
            _ => {}
        }
        lines.retain(|(key, _)| *key != field.key);
        lines.push((field.key, field.example));
        let text: String = lines.iter().map(|(key, value)| format!("{key} = {value}\n")).collect();
        if let Err(error) = from_file(&format!("[upstream.x]\n{text}")) {
            panic!("{error}");
        }
    }
}

#[test]
fn a_provider_that_is_wrong_is_refused_by_its_own_name() {
    let entra = "kind = \"entra\"\nissuer = \"https://login.microsoftonline.com/common/v2.0\"";
    for (line, field, reason) in [
        ("client_ids = \"x\"", "upstream.google.client_ids", "client_id in [upstream.google]"),
        ("kind = \"gogle\"", "upstream.google.kind", "is not google, github"),
        ("kind = \"oidc\"", "upstream.google.issuer", "did you mean kind"),
        ("client_secret = \"\"", "upstream.google.client_secret", "not shown"),
        ("issuer = \"http://idp.example\"", "upstream.google.issuer", "is not an https address"),
        ("issuer = \"https://me:canary@idp.example\"", "upstream.google.issuer", "has a user"),
        ("allowed_domains = [\"*\"]", "upstream.google.allowed_domains", "is not a domain"),
        (
            "id_token_signed_response_algs = [\"none\"]",
            "upstream.google.id_token_signed_response_algs",
            "prove nothing",
        ),
        (
            "id_token_signed_response_algs = [\"HS256\"]",
            "upstream.google.id_token_signed_response_algs",
            "prove nothing",
        ),
        ("id_token_signed_response_algs = []", "upstream.google.id_token_signed_response_algs", "names no algorithm"),
        ("authorize_params = [\"state=x\"]", "upstream.google.authorize_params", "not yours to set"),
        ("authorize_params = [\"state\"]", "upstream.google.authorize_params", "is not name=value"),
        ("assume_email_verified = true", "upstream.google.assume_email_verified", "anybody"),
        ("groups = [\"admins\"]", "upstream.google.groups", "administrators"),
        ("scopes = [\"email\"]", "upstream.google.scopes", "openid is missing"),
        ("client_key_file = \"/k.p8\"", "upstream.google.client_key_file", "is for kind apple"),
        ("allowed_tenants = [\"x\"]", "upstream.google.allowed_tenants", "many tenants"),
        ("response_mode = \"fragment\"", "upstream.google.response_mode", "is not query or form_post"),
        (&format!("{entra}\ntrust_email = true"), "upstream.google.trust_email", "allowed_tenants"),
        (&format!("{entra}\nassume_email_verified = true"), "upstream.google.assume_email_verified", "anybody"),
    ] {
        let keys: Vec<&str> = line.lines().filter_map(|l| l.split_once(" = ")).map(|(key, _)| key).collect();
        let kept: String = GOOGLE
            .lines()
            .filter(|l| l.split_once(" = ").is_none_or(|(key, _)| !keys.contains(&key)))
            .map(|l| format!("{l}\n"))
            .collect();
        let problems = refusals(from_file(&format!("{kept}{line}\n")));
        let [problem] = &problems[..] else { panic!("{line}: {problems:?}") };
        assert_eq!(problem.field, field, "{problem}");
        assert!(problem.reason.contains(reason), "{line}: {problem}");
        assert!(!problem.example.is_empty() && !problem.to_string().contains("canary"), "{problem}");
        assert_eq!(problem.source.as_deref(), Some("doorward.toml"));
    }
    for (text, field) in [
        ("[upstream]\ngoogle = 5", "upstream.google"),
        ("upstream = 5", "upstream"),
        ("[upstream.Google]\nkind = \"google\"", "[upstream.…]"),
        ("[upstream.a--b]\nkind = \"google\"", "[upstream.…]"),
        ("[upstream.\"a.b\"]\nkind = \"google\"", "[upstream.…]"),
    ] {
        let problems = refusals(from_file(text));
        assert_eq!((problems[0].field.as_str(), problems.len()), (field, 1), "{problems:?}");
    }
    let problems = refusals(from_env(&[("DOORWARD_UPSTREAM__MY_IDP__KIND", "github")]));
    let fields: Vec<_> = problems.iter().map(|p| (p.field.as_str(), p.env.as_deref().unwrap())).collect();
    assert_eq!(
        fields,
        [
            ("upstream.my-idp.client_id", "DOORWARD_UPSTREAM__MY_IDP__CLIENT_ID"),
            ("upstream.my-idp.client_secret", "DOORWARD_UPSTREAM__MY_IDP__CLIENT_SECRET"),
        ]
    );
    for name in
        ["DOORWARD_UPSTREAM__GOOGLE__CLIENT", "DOORWARD_UPSTREAM__A__B__CLIENT_ID", "DOORWARD_UPSTREAM_GOOGLE__KIND"]
    {
        assert_eq!(refusals(from_env(&[(name, "canary")]))[0].field, name);
    }
}
