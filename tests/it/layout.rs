//! The import rules of the house: imports point down, and some folders alone know a library.

use std::path::{Path, PathBuf};

/// Every source file below `src/`, with its path from there and its text without comments and tests.
fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") && path.file_name().unwrap() != "tests.rs" {
                let text = std::fs::read_to_string(&path).unwrap();
                let product = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
                let code = product.lines().map(|line| line.split("//").next().unwrap()).collect::<Vec<_>>().join("\n");
                found.push((path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned(), code));
            }
        }
    }
    assert!(found.len() > 80, "the sources are where they were");
    found
}

/// What of the crate's own modules a text names: `crate::domain::grants` gives `domain::grants`, groups are taken apart.
fn imports(text: &str) -> Vec<String> {
    let mut all = Vec::new();
    for part in text.split("crate::").skip(1) {
        let path: String = part.chars().take_while(|c| c.is_alphanumeric() || *c == '_' || *c == ':').collect();
        let rest = &part[path.len()..];
        match rest.strip_prefix('{') {
            Some(group) => {
                let group = group.split("};").next().unwrap();
                let mut depth = 0;
                let mut name = String::new();
                for c in group.chars().chain([',']) {
                    match c {
                        '{' => depth += 1,
                        '}' => depth -= 1,
                        ',' if depth == 0 => all.push(format!("{path}{}", std::mem::take(&mut name).trim())),
                        c if depth == 0 => name.push(c),
                        _ => {}
                    }
                }
            }
            None => all.push(path),
        }
    }
    all.into_iter().map(|p| p.trim_end_matches(':').to_owned()).filter(|p| !p.is_empty()).collect()
}

fn is_in(module: &str, folder: &str) -> bool {
    module == folder || module.starts_with(&format!("{folder}::"))
}

/// Each file below `folder` imports nothing of `forbidden` but what is excepted, by file and import.
#[track_caller]
fn assert_below(folder: &str, forbidden: &[&str], excepted: &[(&str, &str)]) {
    let mut wrong = Vec::new();
    for (path, code) in sources().iter().filter(|(path, _)| path.starts_with(folder)) {
        for import in imports(code) {
            let is_excepted = excepted.iter().any(|(file, allowed)| path.starts_with(file) && is_in(&import, allowed));
            if forbidden.iter().any(|f| is_in(&import, f)) && !is_excepted {
                wrong.push(format!("src/{path} imports {import}"));
            }
        }
    }
    wrong.sort();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[track_caller]
fn assert_only_in(folders: &[&str], library: &str) {
    let names = |code: &str| {
        code.match_indices(library).any(|(at, _)| {
            let before = code[..at].chars().next_back();
            let after = code[at + library.len()..].chars().next();
            !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '"')
                && after.is_none_or(|c| c == ':' || c == ';' || c == ' ')
        })
    };
    let wrong: Vec<_> = sources()
        .into_iter()
        .filter(|(path, code)| !folders.iter().any(|f| path.starts_with(f)) && names(code))
        .map(|(path, _)| path)
        .collect();
    assert!(wrong.is_empty(), "{library} is imported by {wrong:?}");
}

#[test]
fn the_platform_knows_neither_users_nor_oauth() {
    assert_below(
        "platform/",
        &[
            "app", "config", "domain", "jose", "oidc", "login", "session", "page", "error", "router", "edge", "urls",
            "db", "cli",
        ],
        &[],
    );
}

#[test]
fn configuration_and_urls_are_below_all() {
    let above =
        ["app", "db", "domain", "oidc", "login", "session", "page", "error", "router", "edge", "cli", "demo", "jobs"];
    assert_below("config/", &above, &[]);
    assert_below("urls.rs", &above, &[]);
    assert_below("jose/", &[&above[..], &["config", "urls"]].concat(), &[]);
    assert_below("db.rs", &above[2..], &[]);
}

#[test]
fn the_domain_knows_no_http_and_no_feature() {
    assert_below(
        "domain/",
        &[
            "oidc", "login", "account", "session", "page", "error", "router", "edge", "setup", "home", "health",
            "demo", "cli", "jobs",
        ],
        &[],
    );
    for (path, code) in sources().iter().filter(|(path, _)| path.starts_with("domain/")) {
        for library in ["axum::", "tower_sessions::", "tower::", "hyper::", "http::"] {
            assert!(!code.contains(library), "src/{path} imports {library}");
        }
    }
}

#[test]
fn features_do_not_import_each_other_but_for_the_sign_in() {
    let features = ["oidc", "login", "account", "setup", "home", "health", "demo"];
    for feature in features {
        let others: Vec<&str> = features.into_iter().filter(|f| *f != feature).collect();
        let prefix = if Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(feature).is_dir() {
            format!("{feature}/")
        } else {
            format!("{feature}.rs")
        };
        let excepted = [
            // A feature that needs a person starts a flow and says where to go after.
            ("oidc/authorize/", "login"),
            ("account/", "login::flow"),
            ("account/", "login::after"),
            // The words of the authorization request, which the flow leads back to, and of the level of assurance.
            ("login/", "oidc::params"),
            ("login/", "oidc::authorize::request::PARAMETERS"),
            ("login/", "oidc::issue::ACR_SINGLE"),
            // The demo is an app that stands outside: it speaks the protocol.
            ("demo/", "oidc"),
        ];
        assert_below(&prefix, &others, &excepted);
    }
}

#[test]
fn nothing_but_the_program_and_the_commands_knows_the_router() {
    assert_below("", &["router", "cli"], &[("cli/", ""), ("cli/", "router"), ("cli/", "cli"), ("main.rs", "cli")]);
}

#[test]
fn a_library_is_known_to_the_folder_that_wraps_it() {
    assert_only_in(&["jose/"], "josekit");
    assert_only_in(&["oidc/oxide/"], "oxide_auth");
    assert_only_in(&["platform/hashing"], "argon2");
    assert_only_in(&["platform/public_key"], "k256");
    assert_only_in(&["platform/templates"], "tera");
    assert_only_in(&["platform/webauthn"], "webauthn_rs");
    assert_only_in(&["platform/templates"], "fluent_bundle");
    assert_only_in(&["config/"], "figment");
    // The configuration checks addresses with it, so that what it accepts can be sent.
    assert_only_in(&["mail/", "config/"], "lettre");
    assert_only_in(&["demo/", "login/upstream/"], "openidconnect");
    assert_only_in(&["login/upstream/"], "oauth2");
}
