//! A sample of every mail, rendered in every language; the English ones are kept as snapshots.

use std::fmt::Write as _;

use super::Message;
use super::messages::{
    AccountDeleted, AccountExists, AccountLocked, Invitation, MagicLink, Notice, ResetPassword, VerifyEmail,
};
use super::render::{Rendered, render};
use crate::config::Config;
use crate::domain::notices::What;
use crate::platform::templates::{Lang, Templates};

const HOSTILE: &str = "<b>Eve</b>\r\nBcc: eve <a href=x>";

fn link(path: &str) -> String {
    format!("https://id.example/{path}?token=s3cr3t-token")
}

/// Gets the kind of a mail and what renders it.
type Visit<'a> = dyn FnMut(&'static str, &dyn Fn(&Templates, &Config, Lang) -> Rendered) + 'a;

/// Every message, as one person gets it.
fn every(name: &str, visit: &mut Visit<'_>) {
    fn one<M: Message>(message: &M, visit: &mut Visit<'_>) {
        visit(M::KIND, &|templates, config, lang| render(templates, config, lang, message).unwrap());
    }
    let name = || name.to_owned();
    one(&VerifyEmail { name: name(), link: link("verify-email"), hours: 24 }, visit);
    one(&ResetPassword { name: name(), link: link("recover/reset"), minutes: 60 }, visit);
    let reset_link = "https://id.example/recover".to_owned();
    one(&AccountExists { name: name(), link: "https://id.example/login".to_owned(), reset_link }, visit);
    for app in [None, Some(name())] {
        one(&MagicLink { link: link("login/link"), code: "042137".to_owned(), app, minutes: 15 }, visit);
    }
    one(&Invitation { link: link("register"), days: 7 }, visit);
    one(&AccountLocked { name: name(), link: link("recover/reset"), minutes: 60 }, visit);
    one(&AccountDeleted { name: name(), link: "https://id.example/".to_owned() }, visit);
    for what in What::ALL {
        let about = if what == What::PasswordChanged { String::new() } else { name() };
        let place = if what == What::NewBrowser { "203.0.113.7, Firefox on Linux" } else { "" };
        let at = "2026-11-21T04:16:07Z".to_owned();
        let not_me_link = link("not-me");
        one(&Notice { name: name(), what: what.as_str(), about, at, place: place.to_owned(), not_me_link }, visit);
    }
}

fn config() -> Config {
    let mut config = Config { issuer: "https://id.example".parse().unwrap(), ..Config::default() };
    config.ui.help_url = Some("https://help.example/".parse().unwrap());
    config
}

#[test]
fn every_mail_reads_well_in_english() {
    let (templates, config) = (Templates::load().unwrap(), config());
    let mut all = String::new();
    let mut html = String::new();
    every("Alice Ames", &mut |kind, mail| {
        let Rendered { subject, text, html: page } = mail(&templates, &config, Lang::En);
        writeln!(all, "━━ {kind}\nSubject: {subject}\n\n{text}").unwrap();
        // What is the same in each stands in the first.
        let page = if html.is_empty() { page } else { page.split("<h1>").last().unwrap().to_owned() };
        writeln!(html, "━━ {kind}\n{page}").unwrap();
    });
    insta::assert_snapshot!("text", all);
    insta::assert_snapshot!("html", html);
}

#[test]
fn every_mail_renders_in_every_language_and_trusts_no_name() {
    let (templates, config) = (Templates::load().unwrap(), config());
    for lang in Lang::ALL {
        every(HOSTILE, &mut |kind, mail| {
            let Rendered { subject, text, html } = mail(&templates, &config, lang);
            assert!(!subject.contains("Eve") && !subject.contains(char::is_control), "{kind}: {subject}");
            assert!(!html.contains("<b>Eve") && !html.contains("<a href=x"), "{kind}: {html}");
            assert!(!text.contains("\nBcc") && !text.contains('\r'), "{kind}: {text}");
            assert!(
                !html.contains("src=") && !html.contains("url(") && !html.contains("@import"),
                "{kind}: nothing remote"
            );
            assert!(html.contains("prefers-color-scheme: dark"), "{kind}");
            assert!(html.contains(&format!("<html lang=\"{lang}\"")), "{kind}");
            let links = |part: &str| text.contains(part) == html.contains(&format!("href=\"{part}"));
            assert!(text.contains("https://id.example/") && links("https://id.example/"), "{kind}: {html}");
            assert!(html.len() < 12_000, "{kind}: {}", html.len());
        });
        every("see evil.example", &mut |kind, mail| {
            let Rendered { subject, text, html } = mail(&templates, &config, lang);
            assert!(![subject, text, html].iter().any(|part| part.contains("evil.example")), "{kind}");
        });
    }
}

#[test]
fn every_kind_has_its_folder_and_every_folder_its_kind() {
    let mut kinds: Vec<&str> = Vec::new();
    every("", &mut |kind, _| kinds.push(kind));
    kinds.sort_unstable();
    kinds.dedup();
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/mail");
    let entries = std::fs::read_dir(folder).unwrap().map(Result::unwrap).filter(|e| e.path().is_dir());
    let mut folders: Vec<String> = entries.map(|e| e.file_name().into_string().unwrap()).collect();
    folders.sort();
    assert_eq!(folders, kinds);
}

/// Writes every mail in every language to `$DOORWARD_TEST_PAGES`, for looking at.
#[test]
#[ignore = "by hand: DOORWARD_TEST_PAGES=/some/folder cargo test -- --ignored write_the_mails"]
fn write_the_mails() {
    let folder = std::path::PathBuf::from(std::env::var_os("DOORWARD_TEST_PAGES").unwrap());
    let (templates, config) = (Templates::load().unwrap(), config());
    for lang in Lang::ALL {
        let mut n = 0;
        every("Alice Ames", &mut |kind, mail| {
            n += 1;
            std::fs::write(
                folder.join(format!("mail.{n:02}.{kind}.{lang}.html")),
                mail(&templates, &config, lang).html,
            )
            .unwrap();
        });
    }
}
