//! The command line as scripts meet it: the built program, its output, its exit codes. Always on an SQLite file of its own.

use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

/// A data folder and the program on it.
pub(crate) struct Doorward {
    dir: TempDir,
    vars: Vec<(&'static str, String)>,
}

/// What a run left.
pub(crate) struct Ran {
    pub(crate) code: i32,
    out: String,
    pub(crate) err: String,
}

impl Ran {
    #[track_caller]
    pub(crate) fn ok(self) -> String {
        assert_eq!(self.code, 0, "{}{}", self.out, self.err);
        self.out
    }

    #[track_caller]
    pub(crate) fn json(self) -> Value {
        serde_json::from_str(&self.ok()).unwrap()
    }

    /// The exit code, and the error object on standard error.
    #[track_caller]
    pub(crate) fn refused(self) -> (i32, Value) {
        assert_eq!(self.out, "");
        (self.code, serde_json::from_str(self.err.lines().last().unwrap()).unwrap())
    }
}

impl Doorward {
    pub(crate) fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap(), vars: Vec::new() }
    }

    fn file(&self, name: &str) -> std::path::PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> String {
        std::fs::write(self.file(name), text).unwrap();
        name.to_owned()
    }

    fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_doorward"));
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("DOORWARD_")) {
            command.env_remove(name);
        }
        command.args(line.split_whitespace()).current_dir(self.dir.path());
        command.envs(self.vars.iter().map(|(name, value)| (*name, value.as_str())));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub(crate) fn run_with(&self, line: &str, input: &str) -> Ran {
        let mut child = self.command(line).spawn().unwrap();
        // A command that does not read its input may be gone already.
        let _gone = child.stdin.take().unwrap().write_all(input.as_bytes());
        let output = child.wait_with_output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Ran { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
    }

    pub(crate) fn run(&self, line: &str) -> Ran {
        self.run_with(line, "")
    }
}

/// A server that ends with the test.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _gone = self.0.kill();
        let _gone = self.0.wait();
    }
}

const WIKI: &str = r#"{"client_id": "wiki", "client_name": "Wiki", "redirect_uris": ["https://wiki.example.com/cb"], "client_name#de": "W"}"#;

#[test]
fn a_client_goes_through_its_life() {
    let doorward = Doorward::new();
    let file = doorward.write("wiki.json", WIKI);
    let made = doorward.run(&format!("client add --json --from {file}")).json();
    assert_eq!(made["client_id"], "wiki");
    assert_eq!(made["client_secret"].as_str().unwrap().len(), 43);
    assert_eq!(doorward.run(&format!("client add --json --from {file}")).refused().0, 4);

    let shown = doorward.run("client show wiki --json").json();
    assert_eq!(shown["client_secret"], Value::Null, "a secret is shown only where it was made");
    assert_eq!(shown["require_pkce"], true);
    // What is shown may be given back as it is.
    let back = doorward.run_with("client set wiki --json --from -", &shown.to_string()).json();
    assert_eq!(back, shown);

    let change = r#"{"client_name": "Wiki 2", "scope": "openid", "tos_uri": null}"#;
    let changed = doorward.run_with("client set wiki --json --disable --from -", change).json();
    assert_eq!((&changed["client_name"], &changed["scope"]), (&json!("Wiki 2"), &json!("openid")));
    assert_eq!((&changed["redirect_uris"], &changed["disabled"]), (&shown["redirect_uris"], &json!(true)));
    let undone = doorward.run_with("client set wiki --json --enable --from -", r#"{"scope": null}"#).json();
    assert_eq!((undone.get("scope"), &undone["disabled"]), (None, &json!(false)));

    let set = |change: &str| doorward.run_with("client set wiki --json --from -", change);
    assert_eq!(set(r#"{"disabled": true}"#).json()["disabled"], true, "what is shown can be set");
    assert_eq!(set(r#"{"disabled": false}"#).json()["disabled"], false);
    assert_eq!(set(r#"{"disabled": "no"}"#).refused().0, 1);
    assert_eq!(set(r#"{"client_name": "Wiki\u001b[2J"}"#).refused().0, 1);

    let rotated = doorward.run("client rotate-secret wiki --keep-old 60 --json").json();
    assert_ne!(rotated["client_secret"], made["client_secret"]);
    assert_eq!(rotated["secrets"].as_array().unwrap().len(), 2);
    let given = doorward.run_with("client rotate-secret wiki --secret-stdin --json", &"s".repeat(32)).json();
    assert_eq!(given["client_secret"], Value::Null, "who gave it knows it");
    assert_eq!(given["secrets"].as_array().unwrap().len(), 1, "without --keep-old the others end at once");

    let set = |method: &str| {
        let change = json!({ "token_endpoint_auth_method": method }).to_string();
        doorward.run_with("client set wiki --json --from -", &change).json()
    };
    assert!(set("client_secret_jwt")["client_secret"].is_string(), "a secret that we keep is another one");
    assert!(set("client_secret_basic")["client_secret"].is_null());
    set("none");

    assert_eq!(doorward.run("client list --json").json()["clients"].as_array().unwrap().len(), 1);
    doorward.run("client remove wiki").ok();
    assert_eq!(doorward.run("client show wiki --json").refused().0, 3);
    assert!(doorward.run("client list").ok().contains("no client yet"));
}

#[test]
fn bad_metadata_is_refused_by_member_and_nothing_is_made() {
    let doorward = Doorward::new();
    let with = |more: &str| format!(r#"{{"redirect_uris": ["https://a.example/cb"], {more}}}"#);
    for (text, field) in [
        (r#"{"redirect_uris": "https://a.example/cb"}"#.to_owned(), "redirect_uris"),
        ("{}".to_owned(), "redirect_uris"),
        (with(r#""token_endpoint_auth_method": "basic""#), "token_endpoint_auth_method"),
        (with(r#""id_token_signed_response_alg": "none""#), "id_token_signed_response_alg"),
        (with(r#""client_secret": "short""#), "client_secret"),
        (with(r#""client_id": 7"#), "client_id"),
        (with(r#""may_introspect": "all""#), "may_introspect"),
        (with(r#""resources": ["urn:unknown"]"#), "resources"),
        (with(r#""grant_types": ["password"]"#), "grant_types"),
    ] {
        let (code, error) = doorward.run_with("client add --json --from -", &text).refused();
        assert_eq!(
            (code, error["error"].as_str(), error["field"].as_str()),
            (1, Some("invalid"), Some(field)),
            "{text}"
        );
    }
    let twice = with(r#""require_pkce": false, "require_pkce": true"#);
    for text in ["", "[]", "{\"a\":", "\u{0}", &twice] {
        let ran = doorward.run_with("client add --from -", text);
        assert_eq!(ran.code, 1, "{text:?}");
        assert!(ran.err.starts_with("doorward: standard input: "), "{}", ran.err);
    }
    assert_eq!(doorward.run("client list --json").json(), json!({ "clients": [] }));
    let unknown = doorward.run_with("client add --from -", &with(r#""client_nmae": "x""#));
    assert!(unknown.err.contains("did you mean \"client_name\"?"), "{}", unknown.err);
    unknown.ok();
}

#[test]
fn a_person_goes_through_their_life() {
    let doorward = Doorward::new();
    let profile = doorward.write("profile.json", r#"{"given_name": "Ada", "address": {"country": "GB"}}"#);
    let add = format!(
        "user add --username ada --email Ada@Example.com --email-verified --admin --profile {profile} --password-stdin"
    );
    let ada = doorward.run_with(&format!("{add} --json"), "correct horse\n").json();
    assert_eq!((&ada["admin"], &ada["email_verified"]), (&json!(true), &json!(true)));
    assert_eq!(ada["profile"]["address"]["country"], "GB");
    let (code, error) = doorward.run_with(&format!("{add} --json"), "correct horse\n").refused();
    assert_eq!((code, error["error"].as_str()), (4, Some("conflict")));

    let disabled = doorward.run("user disable ada@example.com --json").json();
    assert_eq!(disabled["disabled"], true);
    assert_eq!(doorward.run("user enable ADA --json").json()["disabled"], false);
    let unlocked = doorward.run("user unlock ada --json").json();
    assert_eq!((&unlocked["locked"], &unlocked["disabled"]), (&json!(false), &json!(false)));
    doorward.run_with("user set-password ada --password-stdin", "another horse\n").ok();
    assert_eq!(doorward.run("user reset-mfa ada --json").json()["id"], ada["id"]);
    assert_eq!(doorward.run("user reset-mfa nobody --json").refused().0, 3);
    assert_eq!(doorward.run("user list --json").json()["users"][0]["id"], ada["id"]);
    doorward.run(&format!("user remove {}", ada["id"].as_str().unwrap())).ok();
    assert_eq!(doorward.run("user disable ada --json").refused().0, 3);
}

#[test]
fn a_password_is_one_line_of_standard_input() {
    let doorward = Doorward::new();
    let add = "user add --username bo --email bo@example.com --password-stdin --json";
    for bad in ["", "\n", "short\n", "two\nlines of it\n"] {
        let (code, error) = doorward.run_with(add, bad).refused();
        assert_eq!((code, error["field"].as_str()), (1, Some("password")), "{bad:?}");
    }
    assert_eq!(doorward.run("user add --username bo --email bo@example.com").code, 2);
    doorward.run_with(add, "no newline at its end").ok();
}

#[test]
fn a_resource_goes_through_its_life() {
    let doorward = Doorward::new();
    let text = r#"{"audience": "urn:example:api", "scopes": {"a:read": "Read"}, "signing_alg": "HS256"}"#;
    let made = doorward.run_with("resource add --json --from -", text).json();
    assert_eq!(made["secret"].as_str().unwrap().len(), 43);
    assert_eq!(doorward.run_with("resource add --json --from -", text).refused().0, 4);
    let (code, error) =
        doorward.run_with("resource set urn:example:api --json --from -", r#"{"scope": "x"}"#).refused();
    assert_eq!((code, error["message"].as_str()), (1, Some("scope: is not known; did you mean \"scopes\"?")));
    let changed =
        doorward.run_with("resource set urn:example:api --json --from -", r#"{"scopes": ["b"], "typ": "JWT"}"#).json();
    assert_eq!(changed["scopes"], json!({ "b": "" }));
    assert_eq!((changed.get("secret"), &changed["has_secret"]), (None, &json!(true)));
    assert_eq!(doorward.run("resource list --json").json()["resources"].as_array().unwrap().len(), 1);
    // What people read, and what a terminal shows.
    for bad in [
        r#"{"name": "a\u001b[31m"}"#,
        r#"{"name": " "}"#,
        r#"{"scopes": {"b": "x\ny"}}"#,
        r#"{"scopes": {"b": "\u202ex"}}"#,
    ] {
        assert_eq!(doorward.run_with("resource set urn:example:api --json --from -", bad).refused().0, 1, "{bad}");
    }
    let user = r#"{"client_id": "user", "redirect_uris": ["https://a.example/cb"], "resources": ["urn:example:api"]}"#;
    doorward.run_with("client add --from -", user).ok();
    doorward.run("resource remove urn:example:api").ok();
    assert_eq!(doorward.run("resource show urn:example:api --json").refused().0, 3);
    // Its clients can still be changed, though not be given it anew.
    let named = doorward.run_with("client set user --json --from -", r#"{"client_name": "User"}"#).json();
    assert_eq!((&named["client_name"], &named["resources"]), (&json!("User"), &json!(["urn:example:api"])));
    doorward.run_with("client set user --from -", r#"{"resources": []}"#).ok();
    let anew = doorward.run_with("client set user --json --from -", r#"{"resources": ["urn:example:api"]}"#).refused();
    assert_eq!(anew.1["field"], "resources");
}

#[test]
fn an_answer_that_cannot_be_written_is_no_success() {
    let doorward = Doorward::new();
    let file = doorward.write("wiki.json", WIKI);
    let full = || std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = doorward.command(&format!("client add --from {file}")).stdout(full()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("client rotate-secret"), "{told}");
    assert_eq!(doorward.run("client list --json").json()["clients"][0]["client_id"], "wiki");
    // Nor is it a reason to fall over.
    let misused = doorward.command("serve --listen nowhere").stdout(full()).output().unwrap();
    assert_eq!(misused.status.code(), Some(2));
}

#[test]
fn a_database_whose_master_key_is_gone_is_refused_and_left_alone() {
    let doorward = Doorward::new();
    doorward.run("keys list").ok();
    std::fs::remove_file(doorward.file("data/master.key")).unwrap();
    for line in ["keys list --json", "user list --json"] {
        let (code, error) = doorward.run(line).refused();
        assert_eq!(code, 1);
        assert!(error["message"].as_str().unwrap().contains("master.key is missing"), "{error}");
        assert!(!doorward.file("data/master.key").exists(), "{line}");
    }
}

#[test]
fn a_folder_may_have_any_name() {
    let mut doorward = Doorward::new();
    doorward.vars = vec![("DOORWARD_DATA_DIR", "x%20y?z#\u{fc}".to_owned())];
    doorward.run_with("client add --from -", WIKI).ok();
    assert_eq!(doorward.run("client list --json").json()["clients"].as_array().unwrap().len(), 1);
    assert!(doorward.file("x%20y?z#\u{fc}/doorward.sqlite").exists());
    assert_eq!(std::fs::read_dir(doorward.dir.path()).unwrap().count(), 1, "no other folder was made");
}

#[test]
fn a_file_that_a_server_needs_is_asked_for_by_the_check() {
    let mut doorward = Doorward::new();
    for (name, field) in [
        ("DOORWARD_OUTGOING__CA_CERTIFICATES", "outgoing.ca_certificates"),
        ("DOORWARD_PASSWORD__BREACHED_RANGES", "password.breached_ranges"),
    ] {
        doorward.vars = vec![(name, "/nowhere.pem".to_owned())];
        let (code, error) = doorward.run("config check --json").refused();
        assert_eq!(code, 2);
        assert!(error["message"].as_str().unwrap().starts_with(field), "{error}");
    }
}

#[test]
fn keys_are_published_before_they_sign_unless_told_otherwise() {
    let mut doorward = Doorward::new();
    doorward.vars = vec![("DOORWARD_KEYS__PUBLISH_AHEAD", "600".to_owned())];
    let states = |alg: &str| -> Vec<String> {
        let all = doorward.run("keys list --json").json();
        let of_alg = all["keys"].as_array().unwrap().iter().filter(|k| k["alg"] == alg);
        of_alg.map(|k| k["state"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(states("ES256"), ["current"]);
    let made = doorward.run("keys rotate --alg ES256 --json").json();
    assert_eq!(made["keys"].as_array().unwrap().len(), 1);
    assert_eq!(states("ES256"), ["current", "next"]);
    doorward.run("keys rotate --alg RS256 --now").ok();
    assert_eq!(states("RS256"), ["retired", "current"]);
    assert_eq!(doorward.run("keys rotate --alg HS256").code, 2);
}

#[test]
fn mistakes_have_exit_code_two() {
    let mut doorward = Doorward::new();
    for line in ["frobnicate --json", "client set --json wiki", "client rotate-secret x --keep-old -1 --json"] {
        let (code, error) = doorward.run(line).refused();
        assert_eq!((code, error["error"].as_str()), (2, Some("usage")), "{line}");
    }
    doorward.run("config check").ok();
    doorward.vars = vec![("DOORWARD_OIDC__CODE_TTL", "90".to_owned()), ("DOORWARD_LISTEN", "8080".to_owned())];
    let (code, error) = doorward.run("config check --json").refused();
    assert_eq!((code, error["problems"].as_array().unwrap().len()), (2, 2));
    assert!(!Path::new(&doorward.file("data")).exists(), "nothing was made");
}

#[test]
fn the_configuration_is_shown_without_its_secrets() {
    let mut doorward = Doorward::new();
    doorward.vars = vec![("DOORWARD_DATABASE__URL", "postgres://u:hunter2@127.0.0.1:1/x".to_owned())];
    for line in ["config show", "config show --json", "config check", "client list", "doctor"] {
        let ran = doorward.run(line);
        assert!(!ran.out.contains("hunter2") && !ran.err.contains("hunter2"), "{line}");
    }
    assert!(doorward.run("config reference").ok().contains("DOORWARD_DATABASE__URL"));
}

#[test]
fn pending_migrations_are_told_and_not_applied() {
    let doorward = Doorward::new();
    let ran = doorward.run("migrate --status --json");
    assert_eq!(ran.code, 1);
    assert!(!doorward.file("data").exists(), "to ask changes nothing");
    let pending: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(doorward.run("migrate --json").json()["applied"], pending["pending"]);
    assert_eq!(doorward.run("migrate --status --json").json(), json!({ "pending": [] }));
}

#[test]
fn completions_know_the_commands() {
    let doorward = Doorward::new();
    for shell in ["bash", "zsh", "fish"] {
        assert!(doorward.run(&format!("completions {shell}")).ok().contains("rotate-secret"), "{shell}");
    }
}

#[tokio::test]
async fn a_running_server_follows_within_five_seconds() {
    let mut doorward = Doorward::new();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    doorward.vars = vec![("DOORWARD_LISTEN", format!("127.0.0.1:{port}"))];
    assert_eq!(doorward.run("health --json").refused().0, 1);
    let server = Server(doorward.command("serve").stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    let mut is_up = false;
    for _ in 0..100 {
        is_up = doorward.run("health").code == 0;
        if is_up {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(is_up);
    let doctor = doorward.run("doctor --json").json();
    assert_eq!(doctor["ok"], true);
    assert!(doctor["checks"].as_array().unwrap().iter().any(|c| c["name"] == "issuer" && c["status"] == "ok"));

    let secret = "0123456789abcdef0123456789abcdef";
    let token = async || {
        let request =
            reqwest::Client::new().post(format!("http://127.0.0.1:{port}/token")).basic_auth("svc", Some(secret));
        let body = "grant_type=client_credentials";
        let request = request.header("content-type", "application/x-www-form-urlencoded").body(body);
        request.send().await.unwrap().status().as_u16()
    };
    let follows = async |status: u16| {
        for _ in 0..50 {
            if token().await == status {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("the server did not follow within 5 seconds");
    };
    let api = r#"{"audience": "urn:example:api", "scopes": ["a"]}"#;
    doorward.run_with("resource add --from -", api).ok();
    let client = json!({
        "client_id": "svc", "client_secret": secret, "grant_types": ["client_credentials"], "resources": ["urn:example:api"],
    });
    doorward.run_with("client add --from -", &client.to_string()).ok();
    follows(200).await;
    doorward.run("client set svc --disable").ok();
    follows(401).await;
    doorward.run("client set svc --enable").ok();
    follows(200).await;
    drop(server);
    assert_eq!(doorward.run("health").code, 1);
}

#[test]
fn mail_that_waits_is_listed_without_what_is_in_it_and_only_failures_are_tried_again() {
    let mut doorward = Doorward::new();
    doorward.vars.push(("DOORWARD_REGISTRATION__MODE", "invite".to_owned()));
    doorward.run("migrate").ok();
    assert_eq!(doorward.run("mail list").ok().trim(), "There is none.");
    doorward.run("invite add --email eve@example.com").ok();
    let listed = doorward.run("mail list --json").json();
    let mail = &listed["mails"][0];
    assert_eq!(mail["message"], "invitation");
    assert_eq!(
        (&mail["to"], &mail["state"], &mail["attempts"]),
        (&json!("eve@example.com"), &json!("waiting"), &json!(0))
    );
    assert!(!listed.to_string().contains("http"), "{listed}");
    let id = mail["id"].as_str().unwrap();
    assert!(doorward.run("mail list").ok().contains(id));
    assert_eq!(doorward.run("mail list --failed --json").json(), json!({ "mails": [] }));
    assert_eq!(doorward.run(&format!("mail retry {id} --json")).refused().0, 4);
    for unknown in ["nothing", "0198a5b0-0000-7000-8000-000000000000"] {
        assert_eq!(doorward.run(&format!("mail retry {unknown} --json")).refused().0, 3);
    }
    let checks = doorward.run("doctor --json");
    let checks: Value = serde_json::from_str(&checks.out).unwrap();
    let outbox = checks["checks"].as_array().unwrap().iter().find(|c| c["name"] == "outbox").unwrap().clone();
    assert_eq!(outbox["status"], "ok", "{outbox}");
}

#[test]
fn an_invitation_is_made_listed_and_taken_back() {
    let mut doorward = Doorward::new();
    let (code, error) = doorward.run("invite add --json").refused();
    assert_eq!((code, &error["field"]), (1, &json!("registration.mode")), "{error}");
    doorward.vars.push(("DOORWARD_REGISTRATION__MODE", "open".to_owned()));
    assert!(doorward.run("invite list").ok().contains("There are no invitations"));
    let made = doorward.run("invite add --group staff --group pilots --group staff --expires 600 --json").json();
    assert_eq!(
        (&made["groups"], &made["email"], &made["state"]),
        (&json!(["pilots", "staff"]), &Value::Null, &json!("open"))
    );
    assert!(made["link"].as_str().unwrap().contains("/register?invitation="));
    let mailed = doorward.run("invite add --email Eve@Example.com --json").json();
    assert_eq!(
        (&mailed["email"], &mailed["link"]),
        (&json!("eve@example.com"), &Value::Null),
        "it is in the mail only"
    );
    assert!(!doorward.run("invite add --email eve@example.com").ok().contains("http"));
    let listed = doorward.run("invite list --json").json();
    assert_eq!(
        listed["invitations"].as_array().unwrap().len(),
        2,
        "a newer one takes the place of the older: {listed}"
    );
    assert!(!listed.to_string().contains("link"), "{listed}");
    let id = made["id"].as_str().unwrap();
    assert!(doorward.run("invite list").ok().contains(id));
    doorward.run(&format!("invite remove {id}")).ok();
    assert_eq!(doorward.run(&format!("invite remove {id} --json")).refused().0, 3);
    assert_eq!(doorward.run("invite add --email nonsense --json").refused().1["field"], "email");
    assert_eq!(doorward.run("invite add --expires 5 --json").refused().1["field"], "expires");
    doorward.run_with("user add --username ada --email ada@example.com --password-stdin", "correct horse\n").ok();
    assert_eq!(doorward.run("invite add --email ADA@example.com --json").refused().0, 4);
}
