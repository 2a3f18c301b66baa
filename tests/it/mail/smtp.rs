//! The SMTP client against a server that is played line by line. Real servers are in `tests/smtp`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use doorward::app::{App, Parts};
use doorward::config::Secret;
use doorward::mail::transport::{SendError, Smtp, Transport};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

use crate::support::TestApp;

/// What the server says to a command; `""` hangs up, `"-"` says nothing for ever.
type Says = fn(&str) -> &'static str;

/// Plays a server for ever; gives its port, and what was said to it.
async fn server(says: Says) -> (u16, Arc<std::sync::Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = Arc::new(std::sync::Mutex::new(Vec::new()));
    let all = Arc::clone(&heard);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let heard = Arc::clone(&all);
            tokio::spawn(async move {
                let (read, mut write) = stream.into_split();
                let mut lines = BufReader::new(read).lines();
                let mut next = "(greeting)".to_owned();
                let mut is_data = false;
                loop {
                    let answer = if is_data && next != "." { "" } else { says(&next) };
                    match answer {
                        "" if is_data => {}
                        "" => return,
                        "-" => std::future::pending().await,
                        line => write.write_all(format!("{line}\r\n").as_bytes()).await.unwrap(),
                    }
                    is_data = (is_data && next != ".") || (next == "DATA" && answer.starts_with("354"));
                    let Ok(Some(line)) = lines.next_line().await else { return };
                    heard.lock().unwrap().push(line.clone());
                    next = line;
                }
            });
        }
    });
    (port, heard)
}

fn good(command: &str) -> &'static str {
    match command.split([' ', ':']).next().unwrap() {
        "(greeting)" => "220 mx.example",
        "EHLO" => "250-mx.example\r\n250 8BITMIME",
        "DATA" => "354 go on",
        "QUIT" => "221 bye",
        _ => "250 fine",
    }
}

/// What comes of one mail, and how long that took.
async fn send(says: Says) -> (Result<(), SendError>, Duration, Vec<String>) {
    let (port, heard) = server(says).await;
    let t = TestApp::with(|c| c.mail.from = "Example <no-reply@example.com>".to_owned()).await;
    let mut config = t.app.config.clone();
    config.mail.smtp_url = Some(Secret::new(format!("smtp://127.0.0.1:{port}")));
    config.mail.timeout = 2;
    super::post_to(&t, "alice@example.com", 60).await;
    let mail = t.mail("alice@example.com", "verify_email").await.mail;
    let began = Instant::now();
    let outcome = Smtp::new(&config).unwrap().send(&mail).await;
    let heard = heard.lock().unwrap().clone();
    (outcome, began.elapsed(), heard)
}

#[tokio::test]
async fn a_mail_is_handed_over_with_its_headers() {
    let (outcome, _, heard) = send(good).await;
    assert_eq!(outcome, Ok(()));
    let has = |line: &str| heard.iter().any(|h| h == line);
    assert!(has("EHLO id.example"), "{heard:#?}");
    assert!(has("MAIL FROM:<no-reply@example.com>") && has("RCPT TO:<alice@example.com>"), "{heard:#?}");
    assert!(has("From: Example <no-reply@example.com>") && has("To: alice@example.com"), "{heard:#?}");
    assert!(has("Auto-Submitted: auto-generated") && has("Content-Language: en"), "{heard:#?}");
    assert!(heard.iter().any(|h| h.starts_with("Message-ID: <0") && h.ends_with("@id.example>")), "{heard:#?}");
}

#[tokio::test]
async fn the_servers_no_is_for_now_or_for_good() {
    let for_now: [Says; 4] = [
        |c| if c.starts_with("RCPT") { "450 4.2.1 busy" } else { good(c) },
        |c| if c == "(greeting)" { "421 try later" } else { good(c) },
        |c| if c == "." { "452 full" } else { good(c) },
        |c| if c.starts_with("MAIL") { "530 5.7.0 authentication required" } else { good(c) },
    ];
    for says in for_now {
        let (outcome, ..) = send(says).await;
        assert!(matches!(outcome, Err(SendError::ForNow(_))), "{outcome:?}");
    }
    let for_good: [Says; 2] = [
        |c| if c.starts_with("RCPT") { "550 5.1.1 <alice@example.com>: unknown" } else { good(c) },
        |c| if c == "." { "554 5.6.0 spam" } else { good(c) },
    ];
    for says in for_good {
        let (outcome, ..) = send(says).await;
        let Err(SendError::ForGood(words)) = outcome else { panic!("{outcome:?}") };
        assert!(words.contains("55") && !words.contains("alice"), "{words}");
    }
}

#[tokio::test]
async fn a_server_that_hangs_or_hangs_up_is_tried_again_in_time() {
    let silent: [Says; 4] = [
        |_| "-",
        |c| if c.starts_with("MAIL") { "-" } else { good(c) },
        |c| if c == "." { "-" } else { good(c) },
        |c| if c == "." { "" } else { good(c) },
    ];
    for says in silent {
        let (outcome, took, _) = send(says).await;
        assert!(matches!(outcome, Err(SendError::ForNow(_))), "{outcome:?}");
        assert!(took < Duration::from_secs(4), "{took:?}");
    }
    let nobody = Smtp::new(&{
        let mut config = TestApp::new().await.app.config.clone();
        config.mail.smtp_url = Some(Secret::new("smtp://127.0.0.1:1"));
        config
    });
    assert!(matches!(nobody.unwrap().try_out().await, Err(SendError::ForNow(_))));
}

#[tokio::test]
async fn a_mail_that_was_taken_is_sent_however_the_server_says_goodbye() {
    let goodbyes: [Says; 3] = [
        |c| if c == "QUIT" { "-" } else { good(c) },
        |c| if c == "QUIT" { "" } else { good(c) },
        |c| if c == "QUIT" { "500 what" } else { good(c) },
    ];
    for says in goodbyes {
        assert_eq!(send(says).await.0, Ok(()));
    }
}

#[tokio::test]
async fn where_starttls_is_asked_for_nothing_goes_in_clear() {
    let (port, heard) = server(good).await;
    let mut config = TestApp::new().await.app.config.clone();
    config.mail.smtp_url = Some(Secret::new(format!("smtp+starttls://me:pw@127.0.0.1:{port}")));
    let outcome = Smtp::new(&config).unwrap().try_out().await;
    assert!(matches!(outcome, Err(SendError::ForNow(_))), "{outcome:?}");
    let heard = heard.lock().unwrap().clone();
    assert!(heard.iter().all(|h| h.starts_with("EHLO") || h == "QUIT"), "{heard:?}");
}

#[tokio::test]
async fn settings_that_cannot_be_used_stop_the_start() {
    let t = TestApp::new().await;
    let mut config = t.app.config.clone();
    config.mail.smtp_url = Some(Secret::new("smtps://mx.example"));
    config.mail.ca_certificates = vec!["/no/such/ca.pem".into()];
    let error = App::open(config, Parts::default()).await.unwrap_err().to_string();
    assert!(error.contains("mail.ca_certificates") && error.contains("/no/such/ca.pem"), "{error}");
}
