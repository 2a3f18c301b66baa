//! Authenticator apps (RFC 6238): SHA-1, six digits, thirty seconds, as every app knows them.
//!
//! ```text
//! enrolment ──▶ confirm (a code of the new secret) ──▶ check, at each sign-in ──▶ remove
//!     └── sealed in a single-use token that one person at one browser finds again for ten minutes
//! ```
//!
//! A code counts once: its time step is taken by a compare-and-set, over all browsers and replicas (RFC 6238 §5.2).

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use entity::totp_secrets;
use sea_orm::{ActiveValue::Set, EntityTrait};
use serde::{Deserialize, Serialize};
use totp_rs::{Builder, Totp};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::action_tokens::{self, New, Purpose, Token};
use super::notices::What;
use super::sessions::Place;
use super::{Error, Result, events, factors, notices, recovery_codes, throttle, trusted_devices, users, ways_in};
use crate::app::App;
use crate::db;

/// RFC 4226 §4: 160 bits are recommended.
const SECRET_BYTES: usize = 20;
/// How long a new secret waits for its first code, in seconds.
const ENROLMENT_TTL_S: u64 = 900;

/// A secret that waits for its first code.
#[derive(Debug)]
pub struct Enrolment {
    token: Token,
    secret: Zeroizing<Vec<u8>>,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    sealed: String,
}

/// What came of the first code.
#[derive(Debug)]
pub enum Confirmed {
    /// The app is set up. Recovery codes were made where the person had none; they are kept nowhere in clear.
    Done(Vec<Zeroizing<String>>),
    /// Not a code of this secret.
    Wrong,
    /// The enrolment is over, or another second factor was set up meanwhile.
    Over,
}

/// What came of a code, or of a recovery code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It is good, and used up now.
    Proved,
    /// Wrong, or used before.
    Refused,
    /// Too many attempts: try again in so many seconds.
    Throttled(u64),
}

/// The secret that this person is setting up at this browser: the one shown before, or a new one. No other browser is shown it.
///
/// # Errors
/// Of the database.
pub async fn enrolment(app: &App, user_id: Uuid, browser_hash: &[u8; 32]) -> Result<Enrolment> {
    let subject = format!("{user_id}:{}", crate::platform::random::base64url(browser_hash));
    if let Some(token) = action_tokens::look_by_subject(app, Purpose::TotpEnrolment, &subject).await? {
        return read(app, user_id, token);
    }
    let secret = Zeroizing::new(app.random.bytes::<SECRET_BYTES>()?);
    let sealed = app.sealers.totp.seal(&app.random, user_id.as_bytes(), secret.as_slice())?;
    let new = New {
        purpose: Purpose::TotpEnrolment,
        user_id: Some(user_id),
        subject: Some(&subject),
        browser_hash: Some(browser_hash),
        data: &Stored { sealed: STANDARD_NO_PAD.encode(sealed) },
        ttl_s: ENROLMENT_TTL_S,
    };
    let tx = app.db.begin_write().await?;
    action_tokens::issue(app, &tx, &new).await?;
    tx.commit().await?;
    let token = action_tokens::look_by_subject(app, Purpose::TotpEnrolment, &subject).await?;
    read(app, user_id, token.ok_or_else(|| Error::internal("a new enrolment is not there"))?)
}

fn read(app: &App, user_id: Uuid, token: Token) -> Result<Enrolment> {
    let stored: Stored = token.data()?;
    let sealed = STANDARD_NO_PAD.decode(stored.sealed).map_err(Error::internal)?;
    let secret = app.sealers.totp.open(user_id.as_bytes(), &sealed).map_err(Error::internal)?;
    Ok(Enrolment { token, secret })
}

impl Enrolment {
    /// The secret to type, in groups of four.
    ///
    /// # Errors
    /// Where the row is damaged.
    pub fn text(&self) -> Result<Zeroizing<String>> {
        let text = Zeroizing::new(build(&self.secret, &Label::default())?.secret().to_base32());
        let chars: Vec<char> = text.chars().collect();
        let groups: Vec<String> = chars.chunks(4).map(|group| group.iter().collect()).collect();
        Ok(Zeroizing::new(groups.join(" ")))
    }

    /// The `otpauth:` URI for the app's camera: who issues, and whose account it is.
    ///
    /// # Errors
    /// Where the row is damaged.
    pub fn uri(&self, app: &App, account: &str) -> Result<Zeroizing<String>> {
        let label = Label { issuer: Some(&app.config.ui.name), account };
        build(&self.secret, &label)?.to_url().map(Zeroizing::new).map_err(Error::internal)
    }
}

/// Takes the first code. `is_first` for who has proved one factor only: then nothing may have been set up meanwhile, else
/// whoever knows a password could add a factor beside the owner's.
///
/// # Errors
/// Of the database.
pub async fn confirm(
    app: &App,
    user_id: Uuid,
    enrolment: &Enrolment,
    code: &str,
    is_first: bool,
    place: &Place,
) -> Result<Confirmed> {
    let Some(step) = matched_step(app, &enrolment.secret, code)? else { return Ok(Confirmed::Wrong) };
    let now = app.clock.now_ms();
    let row = totp_secrets::ActiveModel {
        user_id: Set(user_id),
        sealed: Set(app.sealers.totp.seal(&app.random, user_id.as_bytes(), &enrolment.secret)?),
        last_step: Set(step),
        created_at: Set(now),
        last_used_at: Set(Some(now)),
    };
    let tx = app.db.begin_write().await?;
    // The person before the token, as everywhere; so what is looked at here is not changed beside it.
    ways_in::lock(app, &tx, user_id).await?;
    if !action_tokens::consume(app, &tx, Purpose::TotpEnrolment, &enrolment.token).await?
        || (is_first && factors::passkeys_of(app, &tx, user_id).await? > 0)
    {
        return Ok(Confirmed::Over);
    }
    match totp_secrets::Entity::insert(row).exec_without_returning(&tx).await {
        Err(error) if db::is_unique_violation(&error) => return Ok(Confirmed::Over),
        other => other?,
    };
    let codes = recovery_codes::make_first(app, &tx, user_id).await?;
    events::record(app, &tx, events::Kind::TotpAdded, events::About::user(user_id)).await?;
    notices::send(app, &tx, user_id, What::TotpAdded, "", Some(place)).await?;
    tx.commit().await?;
    Ok(Confirmed::Done(codes))
}

/// Checks a code of the person's app and uses it up. The attempt is reserved first, with those at recovery codes.
///
/// # Errors
/// Of the database.
pub async fn check(app: &App, user_id: Uuid, code: &str) -> Result<Outcome> {
    let attempts = throttle::Subject::Factor(user_id);
    if let Some(wait_s) = throttle::reserve(app, &attempts).await? {
        return Ok(Outcome::Throttled(wait_s));
    }
    let Some(row) = totp_secrets::Entity::find_by_id(user_id).one(app.db.write()).await? else {
        return Ok(Outcome::Refused);
    };
    let secret = app.sealers.totp.open(user_id.as_bytes(), &row.sealed).map_err(Error::internal)?;
    let Some(step) = matched_step(app, &secret, code)? else { return Ok(Outcome::Refused) };
    // Of all who show the code of this step, one gets in; and none with the code of an earlier one.
    let sql = "UPDATE totp_secrets SET last_step = ?, last_used_at = ? WHERE user_id = ? AND last_step < ?";
    let values = [step.into(), app.clock.now_ms().into(), user_id.into(), step.into()];
    if app.db.execute(sql, values).await? != 1 {
        return Ok(Outcome::Refused);
    }
    throttle::release(app, &attempts).await?;
    Ok(Outcome::Proved)
}

/// An app that is set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Registered {
    /// Since when, epoch milliseconds.
    pub created_at: i64,
    /// When it was last used, epoch milliseconds.
    pub last_used_at: Option<i64>,
}

/// The app of a person, where there is one.
///
/// # Errors
/// Of the database.
pub async fn find(app: &App, user_id: Uuid) -> Result<Option<Registered>> {
    let row = totp_secrets::Entity::find_by_id(user_id).one(app.db.write()).await?;
    Ok(row.map(|r| Registered { created_at: r.created_at, last_used_at: r.last_used_at }))
}

/// Takes the app away. With the last second factor go the recovery codes and the trusted browsers, which only stood in for it.
///
/// # Errors
/// [`Error::NotFound`] where there is none; [`Error::Conflict`] where it is the last second factor and the operator requires one.
pub async fn remove(app: &App, user_id: Uuid, place: &Place) -> Result<()> {
    users::find(app, user_id).await?;
    let tx = app.db.begin_write().await?;
    // Else two who take the last two factors away would each see the other's.
    ways_in::lock(app, &tx, user_id).await?;
    let removed = totp_secrets::Entity::delete_by_id(user_id).exec(&tx).await?.rows_affected;
    if removed == 0 {
        return Err(Error::NotFound("the authenticator app".to_owned()));
    }
    if factors::passkeys_of(app, &tx, user_id).await? == 0 {
        if factors::is_required_in(app, &tx, user_id).await? {
            return Err(Error::Conflict("the last second factor of who needs one cannot be removed".to_owned()));
        }
        recovery_codes::remove_all(app, &tx, user_id).await?;
        trusted_devices::forget_all(app, &tx, user_id).await?;
    }
    events::record(app, &tx, events::Kind::TotpRemoved, events::About::user(user_id)).await?;
    notices::send(app, &tx, user_id, What::TotpRemoved, "", Some(place)).await?;
    tx.commit().await?;
    Ok(())
}

/// What an app shows beside the digits.
#[derive(Default)]
struct Label<'a> {
    issuer: Option<&'a str>,
    account: &'a str,
}

fn build(secret: &[u8], label: &Label<'_>) -> Result<Totp> {
    // A colon parts issuer and account in the label.
    let plain = |text: &str| text.replace(':', " ");
    Builder::new()
        .with_secret(secret.to_vec())
        .with_skew(1)
        .with_issuer(label.issuer.map(plain))
        .with_account_name(plain(label.account))
        .build()
        .map_err(Error::internal)
}

/// The step whose code this is: the present one, the one before or the one after (RFC 6238 §5.2).
fn matched_step(app: &App, secret: &[u8], code: &str) -> Result<Option<i64>> {
    let digits: String = code.chars().filter(|c| !c.is_whitespace()).take(7).collect();
    let now = u64::try_from(app.clock.now_s()).unwrap_or(0);
    let step = build(secret, &Label::default())?.check(&digits, now);
    Ok(step.and_then(|s| i64::try_from(s).ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238 appendix B, the last six of its eight digits.
    #[test]
    fn codes_are_those_of_the_specification() {
        let totp = build(b"12345678901234567890", &Label::default()).unwrap();
        for (time, code) in
            [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (20_000_000_000, "353130")]
        {
            assert_eq!(totp.check(code, time), Some(time / 30));
            assert_eq!(totp.check(code, time + 30), Some(time / 30), "one step late");
            assert_eq!(totp.check(code, time.saturating_sub(30)), Some(time / 30), "one step early");
            assert_eq!(totp.check(code, time + 60), None, "two steps late");
        }
    }

    #[test]
    fn a_colon_in_a_name_does_not_break_the_label() {
        let label = Label { issuer: Some("Doors: Ltd"), account: "alice:1@example.com" };
        let uri = build(b"12345678901234567890", &label).unwrap().to_url().unwrap();
        assert!(uri.starts_with("otpauth://totp/Doors%20%20Ltd:alice%201"), "{uri}");
        assert!(uri.contains("secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"), "{uri}");
    }
}
