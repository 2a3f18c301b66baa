//! What slows guessing down: attempts are counted on the account, in the database, and reserved before they are checked.
//!
//! A delay grows from attempt to attempt and is forgotten after a pause. Nobody is locked out: the longest delay is a setting, each
//! network is counted apart, and so is a browser in which the owner has signed in before. What all networks share is wide, and where it is
//! used up, who comes from a network that has not tried lately still has a turn: to take those too needs thousands of networks.

use std::net::IpAddr;

use sea_orm::{DatabaseTransaction, DbBackend};
use uuid::Uuid;

use super::Result;
use crate::app::App;
use crate::platform::random::sha256;
use crate::platform::window::{Limits, Taken, prefix};

/// What a mail is for that anybody may have sent to an address; each has a budget of its own, so that none uses up another's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mailing {
    /// Signing in by link or code.
    SignIn,
    /// A new password.
    Recovery,
    /// A new account.
    SignUp,
    /// Whether the address belongs to an account.
    Address,
}

impl Mailing {
    fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign-in",
            Self::Recovery => "recovery",
            Self::SignUp => "sign-up",
            Self::Address => "address",
        }
    }
}

/// Where an attempt comes from.
#[derive(Debug, Clone, Copy)]
pub struct Origin<'a> {
    /// SHA-256 of the browser's own cookie.
    pub browser_hash: &'a [u8; 32],
    /// Its address, where there is one.
    pub address: Option<IpAddr>,
}

impl Origin<'_> {
    /// What it is counted by beside a name: whoever has one address of a network usually has more (IPv4 /24; IPv6 /48, of which a single
    /// host may have 65,536 networks).
    #[must_use]
    pub fn network(&self, app: &App) -> String {
        self.address.map_or_else(String::new, |a| prefix(a, 24, app.config.throttle.ipv6_prefix.min(48)).to_string())
    }

    /// Takes one of the attempts that its address may fail at in a minute, to be given back ([`Origin::give_back`]) where it did not fail.
    /// None at a browser that the person knows: whoever shares an address with those who guess is not held up there.
    ///
    /// # Errors
    /// How many seconds to wait, where none is left.
    pub fn reserve(&self, app: &App, is_known_browser: bool) -> std::result::Result<Option<Taken>, u64> {
        if is_known_browser {
            return Ok(None);
        }
        let limits = Limits { one: app.config.throttle.login_per_address, all: app.config.throttle.login_of_all };
        app.caches.login_failures.reserve(self.address, limits, app.clock.now_ms())
    }

    /// Gives it back.
    pub fn give_back(&self, app: &App, taken: Option<Taken>) {
        app.caches.login_failures.give_back(self.address, taken);
    }
}

/// What is counted.
#[derive(Debug, Clone)]
pub enum Subject {
    /// An account, or a name that is none, from one network.
    Account(String, String),
    /// A person by whatever name was typed and from wherever; its budget is wide, and who asks is not told that it is used up.
    Person(Uuid),
    /// The same for the first attempt from a network, where that of all is used up.
    Newcomers(Uuid),
    /// An account at a browser that it knows.
    Known(Uuid, [u8; 32]),
    /// A public key, by its hash, from one network.
    Key([u8; 32], String),
    /// A client that fails to authenticate, from one address.
    Client(String, String),
    /// The second factors of a person, all together and wherever they are tried.
    Factor(Uuid),
    /// Codes of sign-in mails, by what was typed, from one network.
    Code(String, String),
    /// The same by the person, over all mails and names.
    CodeOf(Uuid),
    /// The same at a browser that the person knows.
    KnownCode(Uuid, [u8; 32]),
    /// Whether one network, or one person, has asked for a mail to an address that a stranger named; counted with [`take`].
    MailFrom(Mailing, String, String),
    /// The first mail of each of these; counted with [`take`].
    FirstMail(Mailing, String),
    /// What they ask for beyond their first, all together; counted with [`take`].
    MoreMail(Mailing, String),
    /// Sign-in mails that a person asks for at a browser that they know: strangers do not use these up; counted with [`take`].
    KnownMail(Uuid, [u8; 32]),
    /// Addresses whose owners a person has asked; counted with [`take`].
    Asked(Uuid),
    /// User names that a person has tried to take; counted with [`take`].
    Rename(Uuid),
}

impl Subject {
    fn key(&self) -> [u8; 32] {
        // Length before text, so that no two subjects share a key.
        let parts: Vec<&[u8]> = match self {
            Self::Account(name, from) => vec![b"account", name.as_bytes(), from.as_bytes()],
            Self::Person(id) => vec![b"person", id.as_bytes()],
            Self::Newcomers(id) => vec![b"newcomers", id.as_bytes()],
            Self::Known(id, browser) => vec![b"known", id.as_bytes(), browser],
            Self::Key(hash, from) => vec![b"key", hash, from.as_bytes()],
            Self::Client(id, address) => vec![b"client", id.as_bytes(), address.as_bytes()],
            Self::Factor(id) => vec![b"factor", id.as_bytes()],
            Self::Code(name, from) => vec![b"code", name.as_bytes(), from.as_bytes()],
            Self::CodeOf(id) => vec![b"code of", id.as_bytes()],
            Self::KnownCode(id, browser) => vec![b"known code", id.as_bytes(), browser],
            Self::FirstMail(what, address) => vec![b"first mail", what.as_str().as_bytes(), address.as_bytes()],
            Self::MoreMail(what, address) => vec![b"more mail", what.as_str().as_bytes(), address.as_bytes()],
            Self::MailFrom(what, address, from) => {
                vec![b"mail from", what.as_str().as_bytes(), address.as_bytes(), from.as_bytes()]
            }
            Self::KnownMail(id, browser) => vec![b"known mail", id.as_bytes(), browser],
            Self::Asked(id) => vec![b"asked", id.as_bytes()],
            Self::Rename(id) => vec![b"rename", id.as_bytes()],
        };
        let mut text = Vec::new();
        for part in parts {
            text.extend_from_slice(&(part.len() as u64).to_be_bytes());
            text.extend_from_slice(part);
        }
        sha256(&text)
    }
}

/// Takes one attempt; says how many seconds to wait where it may not be made yet.
///
/// # Errors
/// Of the database.
pub async fn reserve(app: &App, subject: &Subject) -> Result<Option<u64>> {
    let limits = &app.config.throttle;
    let (free, first_ms, longest_ms) = match subject {
        Subject::Client(..) => (limits.client_free_failures, limits.client_delay, limits.client_max_delay),
        // Strangers fill it only from many networks at once.
        Subject::Person(_) => (limits.login_free_attempts.saturating_mul(20), limits.login_delay, limits.login_delay),
        // Six digits are few: who may try them must not get through many. The link of a mail stays a way in meanwhile.
        Subject::Factor(_) | Subject::CodeOf(_) | Subject::KnownCode(..) => {
            (limits.login_free_attempts, limits.login_delay, limits.factor_max_delay)
        }
        Subject::Newcomers(_) => (0, 0, 0),
        _ => (limits.login_free_attempts, limits.login_delay, limits.login_max_delay),
    };
    let (first_ms, longest_ms) = match subject {
        Subject::Newcomers(_) => (NEWCOMER_MS, NEWCOMER_MS),
        _ => (ms(first_ms), ms(longest_ms)),
    };
    let now = app.clock.now_ms();
    let key = subject.key().to_vec();
    let forget_at = now
        + ms(match subject {
            Subject::Client(..) => limits.client_forget_after,
            Subject::Factor(_) | Subject::CodeOf(_) | Subject::KnownCode(..) => limits.factor_forget_after,
            _ => limits.login_forget_after,
        });
    for _ in 0..4 {
        let row = app
            .db
            .one("SELECT attempts, free_at, expires_at FROM throttles WHERE key_hash = ?", [key.clone().into()])
            .await?;
        let Some(row) = row else {
            let sql = match app.db.backend() {
                DbBackend::MySql => {
                    "INSERT IGNORE INTO throttles (key_hash, attempts, free_at, expires_at) VALUES (?, 1, ?, ?)"
                }
                _ => {
                    "INSERT INTO throttles (key_hash, attempts, free_at, expires_at) VALUES (?, 1, ?, ?) \
                     ON CONFLICT (key_hash) DO NOTHING"
                }
            };
            if app.db.execute(sql, [key.clone().into(), now.into(), forget_at.into()]).await? == 1 {
                return Ok(None);
            }
            continue;
        };
        let attempts: i64 = row.try_get("", "attempts")?;
        let free_at: i64 = row.try_get("", "free_at")?;
        let expires_at: i64 = row.try_get("", "expires_at")?;
        let is_forgotten = expires_at <= now;
        if free_at > now && !is_forgotten {
            return Ok(Some(u64::try_from((free_at - now + 999) / 1000).unwrap_or(1)));
        }
        let next = if is_forgotten { 1 } else { attempts + 1 };
        let over = next - i64::from(free);
        let delay = if over < 0 {
            0
        } else {
            first_ms.saturating_mul(1_i64 << u32::try_from(over.min(20)).unwrap_or(20)).min(longest_ms)
        };
        // Only who sees the count unchanged takes the attempt.
        let taken = app
            .db
            .execute(
                "UPDATE throttles SET attempts = ?, free_at = ?, expires_at = ? WHERE key_hash = ? AND attempts = ? AND free_at = ?",
                [
                    next.into(),
                    (now + delay).into(),
                    forget_at.into(),
                    key.clone().into(),
                    attempts.into(),
                    free_at.into(),
                ],
            )
            .await?;
        if taken == 1 {
            return Ok(None);
        }
    }
    // Many at once: whoever lost the race four times waits for the next second.
    Ok(Some(1))
}

/// Whether nothing was counted lately; for names that exist and names that do not alike.
///
/// # Errors
/// Of the database.
pub async fn is_untried(app: &App, subject: &Subject) -> Result<bool> {
    let sql = "SELECT 1 AS found FROM throttles WHERE key_hash = ? AND expires_at > ?";
    Ok(app.db.one(sql, [subject.key().to_vec().into(), app.clock.now_ms().into()]).await?.is_none())
}

/// Takes one of `most` in a window of so many seconds, which begins with the first; false where none is left.
///
/// # Errors
/// Of the database.
pub async fn take(app: &App, subject: &Subject, most: u32, window_s: u64) -> Result<bool> {
    if most == 0 {
        return Ok(false);
    }
    let now = app.clock.now_ms();
    let ends = now + app.ms(window_s);
    let key = || subject.key().to_vec().into();
    let another = "UPDATE throttles SET attempts = attempts + 1 WHERE key_hash = ? AND attempts < ? AND expires_at > ?";
    let first = match app.db.backend() {
        DbBackend::MySql => {
            "INSERT IGNORE INTO throttles (key_hash, attempts, free_at, expires_at) VALUES (?, 1, ?, ?)"
        }
        _ => {
            "INSERT INTO throttles (key_hash, attempts, free_at, expires_at) VALUES (?, 1, ?, ?) \
             ON CONFLICT (key_hash) DO NOTHING"
        }
    };
    let anew = "UPDATE throttles SET attempts = 1, free_at = ?, expires_at = ? WHERE key_hash = ? AND expires_at <= ?";
    // Each is atomic; between the last and the first another may have begun the new window, so that the first counts once more.
    Ok(app.db.execute(another, [key(), most.into(), now.into()]).await? == 1
        || app.db.execute(first, [key(), now.into(), ends.into()]).await? == 1
        || app.db.execute(anew, [now.into(), ends.into(), key(), now.into()]).await? == 1
        || app.db.execute(another, [key(), most.into(), now.into()]).await? == 1)
}

/// Holds a name until the transaction ends: whoever else holds it waits. SQLite has one writer, so there it is held already.
///
/// # Errors
/// Of the database.
pub async fn hold(app: &App, tx: &DatabaseTransaction, name: &[u8]) -> Result<()> {
    let sql = match app.db.backend() {
        DbBackend::Sqlite => return Ok(()),
        DbBackend::MySql => {
            "INSERT INTO throttles (key_hash, attempts, free_at, expires_at) VALUES (?, 0, 0, ?) \
             ON DUPLICATE KEY UPDATE expires_at = VALUES(expires_at)"
        }
        _ => {
            "INSERT INTO throttles (key_hash, attempts, free_at, expires_at) VALUES (?, 0, 0, ?) \
             ON CONFLICT (key_hash) DO UPDATE SET expires_at = excluded.expires_at"
        }
    };
    let key = sha256(&[b"hold ", name].concat());
    let values = [key.to_vec().into(), (app.clock.now_ms() + HELD_MS).into()];
    crate::db::run(tx, app.db.stmt(sql, values)).await?;
    Ok(())
}

/// How long one newcomer waits for the one before, in milliseconds.
const NEWCOMER_MS: i64 = 100;
/// When the row of a name that was held may go, in milliseconds.
const HELD_MS: i64 = 60_000;

/// Forgets the attempts after a success.
///
/// # Errors
/// Of the database.
pub async fn release(app: &App, subject: &Subject) -> Result<()> {
    app.db.execute("DELETE FROM throttles WHERE key_hash = ?", [subject.key().to_vec().into()]).await?;
    Ok(())
}

/// Who is counted where a name is nobody's: each name apart, as it is with people, or a count that all of them share would tell them from people.
#[must_use]
pub fn nobody(name: &str) -> Uuid {
    let hash = sha256(&[b"nobody ", name.as_bytes()].concat());
    let mut id = [0; 16];
    id.copy_from_slice(&hash[..16]);
    Uuid::from_bytes(id)
}

fn ms(seconds: u64) -> i64 {
    i64::try_from(seconds).unwrap_or(i64::MAX / 1000).saturating_mul(1000)
}
