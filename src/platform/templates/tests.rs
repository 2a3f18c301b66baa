//! Every sample renders in every language, strictly; the languages have the same words.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::*;

/// `templates/samples/login__login.wrong-password.json` is a sample of `login/login.html`.
fn samples() -> Vec<(String, String, Value)> {
    let samples: Vec<_> = TemplateFiles::iter()
        .filter_map(|path| {
            let stem = path.strip_prefix("samples/")?.strip_suffix(".json")?.to_owned();
            let page = format!("{}.html", stem.split('.').next()?.replace("__", "/"));
            let mut sample: Value = serde_json::from_slice(&TemplateFiles::get(&path)?.data).unwrap();
            let frame = if page.starts_with("account/") { frame() } else { json!({}) };
            for (name, value) in layout(Lang::En).as_object().unwrap().iter().chain(frame.as_object().unwrap()) {
                sample.as_object_mut().unwrap().entry(name).or_insert_with(|| value.clone());
            }
            Some((stem, page, sample))
        })
        .collect();
    assert!(!samples.is_empty());
    samples
}

fn layout(lang: Lang) -> Value {
    let layout = Layout { help_uri: Some("https://help.example/".into()), ..Layout::new("/auth") };
    serde_json::to_value(layout.with_languages(lang, "/login", Some("flow=f1"))).unwrap()
}

/// What the frame of the account area knows.
fn frame() -> Value {
    json!({
        "user": { "name": "Alice Example", "username": "alice" },
        "csrf": "c5f1",
        "sign_out_csrf": "d6e2",
        "nav": [{ "href": "/auth/account", "key": "overview", "icon": "home", "current": true }],
        "saved": null,
    })
}

#[test]
fn every_page_has_a_sample() {
    let templates = Templates::load().unwrap();
    let sampled: BTreeSet<_> = samples().into_iter().map(|(_, page, _)| page).collect();
    for name in templates.engine(Lang::En).unwrap().get_template_names() {
        // The samples of mails are typed; a test beside the messages renders them.
        let is_mail = name.starts_with("mail/");
        assert!(
            name == "layout.html" || name.starts_with("parts/") || is_mail || sampled.contains(name),
            "no sample for {name} in templates/samples/"
        );
    }
}

#[test]
fn every_sample_renders_in_every_language_and_names_every_variable() {
    let templates = Templates::load().unwrap();
    for (stem, page, sample) in samples() {
        let known = sample.as_object().unwrap();
        for variable in templates.engine(Lang::En).unwrap().get_template_variables(&page).unwrap() {
            let ours = ["lang", "dir"].contains(&variable);
            assert!(ours || known.contains_key(variable), "{stem}: no value for {variable}");
        }
        for lang in Lang::ALL {
            let html = templates.render(&page, lang, &sample).unwrap_or_else(|error| panic!("{stem}: {error}"));
            assert!(html.contains(&format!("<html lang=\"{lang}\"")), "{stem}");
            assert_eq!(html.matches("<h1").count(), 1, "{stem}: one title");
            assert!(!html.contains("<script>alert"), "{stem}: unescaped");
            assert!(!html.contains("style=") && !html.contains("<style") && !html.contains(" onclick"), "{stem}");
            assert!(html.matches("<script").count() == html.matches("<script src=").count(), "{stem}: inline script");
            assert!(!html.contains('\u{2068}'), "{stem}: isolation marks");
            for link in html.split("href=\"").skip(1).chain(html.split("action=\"").skip(1)) {
                let link = link.split('"').next().unwrap();
                assert!(link.starts_with("/auth/") || !link.starts_with('/'), "{stem}: {link} lacks the base");
            }
            assert!(html.len() < 25_000, "{stem}: {} bytes", html.len());
        }
    }
}

/// Key → names of its variables.
fn keys(source: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut keys: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut current = None;
    for line in source.lines() {
        if let Some((key, _)) = line.split_once(" = ").filter(|_| !line.starts_with([' ', '#'])) {
            assert!(!keys.contains_key(key), "{key} twice");
            keys.insert(key.to_owned(), BTreeSet::new());
            current = Some(key.to_owned());
        }
        let Some(key) = &current else { continue };
        for variable in line.split('$').skip(1) {
            let name = variable.split(|c: char| !c.is_alphanumeric()).next().unwrap();
            keys.get_mut(key).unwrap().insert(name.to_owned());
        }
    }
    keys
}

#[test]
fn every_language_has_the_keys_and_variables_of_english() {
    let [(_, en), others @ ..] = messages::sources();
    let en = keys(&en);
    for (lang, source) in others {
        let theirs = keys(&source);
        for (key, variables) in &en {
            assert_eq!(theirs.get(key), Some(variables), "{lang}: {key}");
        }
        for key in theirs.keys() {
            assert!(en.contains_key(key), "{lang}: {key} is not in English");
        }
    }
}

#[test]
fn every_error_says_what_and_why_and_what_to_do() {
    let templates = Templates::load().unwrap();
    let [(_, en), ..] = messages::sources();
    for title in keys(&en).keys().filter_map(|key| key.strip_suffix("-title").filter(|key| key.starts_with("error-"))) {
        for part in ["text", "remedy"] {
            assert!(templates.has_message(&format!("{title}-{part}")), "{title}-{part}");
        }
    }
}

#[test]
fn every_key_in_a_template_exists() {
    let templates = Templates::load().unwrap();
    for (name, source) in template_sources() {
        for key in source.split("t(key=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
            assert!(key.ends_with('-') || templates.has_message(key), "{name}: {key}");
        }
    }
}

#[test]
fn arguments_are_escaped_and_numbers_agree() {
    let templates = Templates::load().unwrap();
    let mut sample = samples().into_iter().find(|(_, page, _)| page == "login/login.html").unwrap().2;
    sample["app"]["name"] = json!("<script>alert(1)</script>\"'");
    sample["username"] = json!("\"><script>alert(2)</script>");
    let html = templates.render("login/login.html", Lang::En, &sample).unwrap();
    assert!(html.contains("Continue to &lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;"));
    assert!(!html.contains("<script>"));

    let wait = |lang, seconds: i64| templates.message(lang, "login-error-throttled", &[("seconds", seconds.into())]);
    assert_eq!(wait(Lang::En, 1), "Too many attempts. Wait 1 second.");
    assert_eq!(wait(Lang::De, 1500), "Zu viele Versuche. Warten Sie 1500 Sekunden.");
    assert_eq!(templates.message(Lang::Fr, "no-such-key", &[]), "no-such-key");
}

#[test]
fn links_that_run_script_are_dropped() {
    for bad in ["javascript:alert(1)", " JavaScript:x", "java\nscript:x", "data:text/html,x", "\u{1}vbscript:x"] {
        assert_eq!(harmless_href(bad), "#", "{bad:?}");
    }
    for good in ["https://a.example/?x=javascript:1", "/home", "com.example.app:/back", "", "#"] {
        assert_eq!(harmless_href(good), good);
    }
}

#[test]
fn static_files_are_served_by_name_and_nothing_else_is() {
    let css = static_file("app.css").unwrap();
    assert_eq!(css.content_type, "text/css; charset=utf-8");
    assert_eq!(css.etag, format!("\"{}\"", css.version));
    assert_eq!(assets::versioned_path("app.css"), format!("/static/app.css?v={}", css.version));
    for bad in ["", ".", "../Cargo.toml", "../static/app.css", "app.css/", "/app.css", "..\\app.css", "none.css"] {
        assert!(static_file(bad).is_none(), "{bad}");
    }
}

/// How long the sign-in page takes: `cargo test --release -- --ignored --nocapture sign_in_page_is_fast`.
#[test]
#[ignore = "a figure, by hand, in a release build"]
#[expect(clippy::print_stderr, reason = "it measures, and tells")]
fn sign_in_page_is_fast() {
    let templates = Templates::load().unwrap();
    let sample = samples().into_iter().find(|(stem, ..)| stem == "login__login").unwrap().2;
    let start = std::time::Instant::now();
    for _ in 0..1000 {
        templates.render("login/login.html", Lang::De, &sample).unwrap();
    }
    let each = start.elapsed() / 1000;
    eprintln!("sign-in page: {each:?}");
    assert!(cfg!(debug_assertions) || each.as_micros() < 200);
}

/// Writes every sample in every language to `$DOORWARD_TEST_PAGES`, links to `static/` made relative, for a browser to look at.
#[test]
#[ignore = "for the browser's tests, and by hand: DOORWARD_TEST_PAGES=/some/folder cargo test -- --ignored write_the_samples"]
fn write_the_samples() {
    let folder = std::path::PathBuf::from(std::env::var_os("DOORWARD_TEST_PAGES").unwrap());
    let templates = Templates::load().unwrap();
    for (stem, page, sample) in samples() {
        for lang in Lang::ALL {
            let mut sample = sample.clone();
            if !sample["language_links"].as_array().unwrap().is_empty() {
                sample["language_links"] = layout(lang)["language_links"].take();
            }
            let html = templates.render(&page, lang, &sample).unwrap().replace("/auth/static/", "static/");
            std::fs::write(folder.join(format!("{stem}.{lang}.html")), html).unwrap();
        }
    }
}
