//! `doorward user import` and `user add --password-hash-stdin`: people of other systems keep their passwords.

use doorward::domain::imports::{self, Entry};
use doorward::domain::users;
use serde_json::{Value, json};

use crate::cli::Doorward;
use crate::support::TestApp;

/// Of `correct horse battery staple`, by bcrypt 4.0.1 and passlib 1.7.4 for Python, and Django 5.2.
const BCRYPT: &str = "$2b$05$sA1RISyoS0CZlE8jV6N5t.byNuWOvlXvPA30x/M.dPcCFOzDEroce";
const SCRYPT: &str = "$scrypt$ln=10,r=8,p=1$HANg7D1njPG+N+b8n7MWQg$mTW5Q05bskYxqDx7e5CM06/iqGg2v4O1su3SR5ZbROs";
const DJANGO: &str = "pbkdf2_sha256$1200$saltSALTsalt1234567890$PqAh3OAUUO4+2z/rz39P2mA+wCqkCR9xelLmo4fldU8=";

fn person(name: &str, hash: Option<&str>) -> Value {
    json!({ "username": name, "email": format!("{name}@example.com"), "password_hash": hash })
}

fn names(doorward: &Doorward) -> Vec<String> {
    let users = doorward.run("user list --json").json();
    users["users"].as_array().unwrap().iter().map(|u| u["username"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_list_and_lines_are_brought_in() {
    let doorward = Doorward::new();
    let list = json!([
        { "username": "ada", "email": "ada@example.com", "email_verified": true, "name": "Ada Lovelace", "password_hash": BCRYPT,
          "groups": ["staff", "admins", "staff"], "profile": { "given_name": "Ada", "locale": null } },
        { "username": "bob@example.com", "email": "Bob@example.com", "password_hash": SCRYPT, "disabled": true },
    ]);
    let file = doorward.write("people.json", &list.to_string());
    let dry = doorward.run(&format!("user import {file} --dry-run --json")).json();
    assert_eq!(dry, json!({ "imported": 2, "dry_run": true }));
    assert!(names(&doorward).is_empty());
    let made = doorward.run(&format!("user import {file} --json")).json();
    assert_eq!(made, json!({ "imported": 2, "dry_run": false }));
    let users = doorward.run("user list --json").json()["users"].clone();
    assert_eq!(
        (&users[0]["groups"], &users[0]["email_verified"], &users[0]["profile"], &users[0]["disabled"]),
        (&json!(["admins", "staff"]), &json!(true), &json!({ "given_name": "Ada" }), &json!(false))
    );
    assert_eq!((&users[1]["username"], &users[1]["disabled"]), (&json!("bob@example.com"), &json!(true)));
    let lines = format!("{}\n\n{}\n", person("carol", Some(DJANGO)), person("dan", None));
    assert!(doorward.run_with("user import -", &lines).ok().contains("2 people came in"));
    assert_eq!(names(&doorward).len(), 4);
}

#[test]
fn every_wrong_line_is_named_and_nobody_comes_in() {
    let doorward = Doorward::new();
    doorward.run_with("user import -", &person("ada", None).to_string()).ok();
    let costly = BCRYPT.replace("$05$", "$20$");
    let with = |name: &str, member: &str, value: Value| {
        let mut one = person(name, None);
        one[member] = value;
        one.to_string()
    };
    let lines = [
        person("fine", Some(BCRYPT)).to_string(),
        person("ada", Some(BCRYPT)).to_string(),
        person("twice", None).to_string(),
        person("TWICE", None).to_string(),
        with("costly", "password_hash", json!(costly)),
        with("unknown", "password_hash", json!("{SSHA}abc")),
        with("mail", "email", json!("no address")),
        with("claim", "profile", json!({ "admin": true })),
        with("typo", "passwd", json!("x")),
        "{".to_owned(),
        with("other", "email", json!("fine@example.com")),
        r#"{"username": "less", "email": "less@example.com"}"#.to_owned(),
        with("group", "groups", json!([""])),
    ];
    let ran = doorward.run_with("user import - --json", &lines.join("\n"));
    let (code, error) = ran.refused();
    assert_eq!((code, error["error"].as_str()), (1, Some("invalid")));
    let mut places: Vec<u64> =
        error["problems"].as_array().unwrap().iter().map(|p| p["line"].as_u64().unwrap()).collect();
    places.dedup();
    assert_eq!(places, [2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13], "{error:#}");
    let fields: Vec<&str> =
        error["problems"].as_array().unwrap().iter().map(|p| p["field"].as_str().unwrap()).collect();
    assert!(
        fields.contains(&"password_hash") && fields.contains(&"email") && fields.contains(&"profile.admin"),
        "{fields:?}"
    );
    assert!(!error.to_string().contains(&costly), "no hash is printed");
    assert_eq!(names(&doorward), ["ada"]);
    let words = doorward.run_with("user import -", &lines.join("\n"));
    assert!(words.err.contains("line 6: password_hash: "), "{}", words.err);
    for bad in ["", "[", "7"] {
        assert_eq!(doorward.run_with("user import -", bad).code, 1, "{bad}");
    }
    let list = json!([person("eve", None), 1]).to_string();
    let (_, error) = doorward.run_with("user import - --json", &list).refused();
    assert_eq!(error["problems"][0]["entry"], 2);
}

#[test]
fn one_person_comes_with_a_hash() {
    let doorward = Doorward::new();
    let add = "user add --username ada --email ada@example.com --password-hash-stdin --json";
    let (code, error) = doorward.run_with(add, "plain text\n").refused();
    assert_eq!((code, error["field"].as_str()), (1, Some("password_hash")));
    assert_eq!(doorward.run_with(add, BCRYPT).json()["username"], "ada");
    assert_eq!(doorward.run_with(&format!("{add} --password-stdin"), BCRYPT).code, 2);
}

fn entries(people: Vec<Value>) -> Vec<Entry> {
    people.into_iter().zip(1..).map(|(one, at)| (at, Ok(serde_json::from_value(one).unwrap()))).collect()
}

#[tokio::test]
async fn the_verb_behind_it_is_all_or_nothing_on_every_database() {
    let t = TestApp::new().await;
    let mut many: Vec<Value> = (0..250).map(|n| person(&format!("person{n}"), Some(BCRYPT))).collect();
    many[7]["groups"] = json!(["staff", "editors"]);
    many[8]["disabled"] = json!(true);
    let good = entries(many.clone());
    assert_eq!(imports::problems(&t.app, &good).await.unwrap(), []);
    many[100]["username"] = json!("Alice");
    many[200]["email"] = json!("BOB@example.com");
    let bad = entries(many);
    let places: Vec<usize> = imports::problems(&t.app, &bad).await.unwrap().iter().map(|p| p.place).collect();
    assert_eq!(places, [101, 201]);
    // Who is taken between the two steps stops all of it.
    assert!(imports::import(&t.app, &bad).await.is_err());
    assert_eq!(t.count("users", "username LIKE 'person%'").await, 0);
    assert_eq!(imports::import(&t.app, &good).await.unwrap(), 250);
    assert_eq!(t.count("users", "username LIKE 'person%'").await, 250);
    let seven = t.id_of("person7").await;
    assert_eq!(users::groups_of(&t.app, seven).await.unwrap(), ["editors", "staff"]);
    assert!(users::find(&t.app, t.id_of("person8").await).await.unwrap().is_disabled);
    let theirs = "kind = 'user.created' AND user_id IN (SELECT id FROM users WHERE username LIKE 'person%')";
    assert_eq!(t.count("events", theirs).await, 250);
}
