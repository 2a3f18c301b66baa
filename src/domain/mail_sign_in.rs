//! Signing in by mail: a link for the browser that asked, and six digits to type there when the mail is read elsewhere.
//!
//! ```text
//! ask ──▶ one token ──┬─ link ─────────────────────────▶ take ──▶ the person, their address proved
//!                     └─ code (guesses are counted) ───┘ (once)   or a new account, where registration is open
//! ```
//!
//! The code is made from the token's hash by HMAC, so it is stored nowhere. For nobody there is a token too, whose code nobody can know:
//! guesses at it are counted and refused like all others.

use ring::hmac;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;
use uuid::Uuid;

use super::action_tokens::{self, New, Purpose, Token};
use super::names;
use super::throttle::{self, Mailing, Origin, Subject};
use super::{Error, Result, addressees, again, registrations, sessions, users, versions};
use crate::app::App;
use crate::mail::{self, Recipient, messages};
use crate::platform::random::{base64url, sha256};
use crate::platform::templates::Lang;
use crate::urls;

/// Guesses at the code of one mail.
const GUESSES: i64 = 5;

/// What belongs to a token of [`Purpose::MagicLink`].
#[derive(Debug, Serialize, Deserialize)]
struct Data {
    /// Where the mail went; none for nobody.
    email: Option<String>,
    /// The language of who asked.
    lang: Lang,
}

/// A sign-in mail that is asked for.
#[derive(Debug)]
pub struct Ask<'a> {
    /// The address or user name, as it was typed.
    pub typed: &'a str,
    /// Where it comes from: link and code are good in this browser alone.
    pub origin: Origin<'a>,
    /// The language of who asks.
    pub lang: Lang,
    /// The sign-in to go on with.
    pub flow: &'a str,
    /// The name of the app that waits.
    pub app: Option<String>,
}

/// Writes the mail where there is an account that may sign in, or may come to be. Gives the hash of the token, which tells nothing; who asks
/// learns nothing either, from the answer or from a clock.
///
/// # Errors
/// Of the database.
pub async fn ask(app: &App, ask: &Ask<'_>) -> Result<[u8; 32]> {
    let key = names::canonical(ask.typed);
    let account = addressees::find(app, &key).await?;
    let person = account.as_ref().map(|a| a.id);
    let browser_hash = ask.origin.browser_hash;
    let may_post = if sessions::is_known_browser(app, person.unwrap_or_default(), browser_hash).await?
        && let Some(id) = person
    {
        // What strangers have sent does not keep the owner from a mail.
        let most = app.config.login.mails_per_address;
        throttle::take(app, &Subject::KnownMail(id, *browser_hash), most, 3600).await?
    } else {
        mail::may_post(app, Mailing::SignIn, &key, &ask.origin.network(app)).await?
    };
    let to = match &account {
        _ if !may_post => None,
        Some(a) if a.is_disabled || a.is_locked => None,
        Some(a) => a.sign_in_address(&key).map(|address| Recipient {
            address: address.to_owned(),
            lang: a.language.unwrap_or(ask.lang),
            user_id: Some(a.id),
        }),
        None if may_provision(app, ask.typed, &key) => {
            Some(Recipient { address: ask.typed.trim().to_owned(), lang: ask.lang, user_id: None })
        }
        None => None,
    };
    // By the browser too, as the token is good only there: a stranger who asks for a mail does not end the one of its owner.
    let subject = match &to {
        Some(Recipient { user_id: Some(id), .. }) => format!("{id} {}", base64url(browser_hash)),
        Some(_) => format!("new {key} {}", base64url(browser_hash)),
        None => format!("nobody {key} {}", base64url(browser_hash)),
    };
    let ttl_s = app.config.login.magic_link_ttl;
    let new = New {
        purpose: Purpose::MagicLink,
        user_id: to.as_ref().and_then(|t| t.user_id),
        subject: Some(&subject),
        browser_hash: Some(browser_hash),
        data: &Data { email: to.as_ref().map(|t| t.address.clone()), lang: ask.lang },
        ttl_s,
    };
    let tx = app.db.begin_write().await?;
    let token = action_tokens::issue(app, &tx, &new).await?;
    let hash = sha256(token.as_bytes());
    let message = messages::MagicLink {
        link: app.urls.absolute(&format!("{}?flow={}&token={token}", urls::LOGIN_LINK, ask.flow)),
        code: code_of(app, &hash),
        app: ask.app.clone(),
        minutes: ttl_s.div_ceil(60),
    };
    mail::post_maybe(app, &tx, to.as_ref(), ask.lang, &message, app.clock.now_ms() + app.ms(ttl_s)).await?;
    tx.commit().await?;
    Ok(hash)
}

fn may_provision(app: &App, typed: &str, key: &str) -> bool {
    registrations::may_sign_up(app, None)
        && registrations::is_allowed_domain(app, key, None)
        && names::checked_email(typed).is_ok()
        && mail::is_address(typed.trim())
}

/// Six digits that belong to a token.
fn code_of(app: &App, hash: &[u8; 32]) -> String {
    let tag = hmac::sign(&app.code_key, &[b"sign-in mail\0".as_slice(), hash].concat());
    let number = tag.as_ref().iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    format!("{:06}", number % 1_000_000)
}

/// The token of a link, where it is good now; changes nothing. The caller asks whether it [`Token::is_for`] this browser.
///
/// # Errors
/// Of the database.
pub async fn look(app: &App, text: &str) -> Result<Option<Token>> {
    action_tokens::look(app, Purpose::MagicLink, text).await
}

/// What came of a typed code.
#[derive(Debug)]
pub enum Code {
    /// It is right; the token is still to be taken.
    Right(Box<Token>),
    /// Wrong, too late, replaced by a newer mail, or guessed at too often: who asks is not told which.
    Wrong,
    /// Too many attempts: try again in so many seconds.
    Throttled(u64),
}

/// Compares a typed code with that of the mail of this flow. Each attempt is reserved before it is looked at.
///
/// # Errors
/// Of the database.
pub async fn check_code(app: &App, hash: &[u8; 32], typed_name: &str, code: &str, origin: Origin<'_>) -> Result<Code> {
    let token = action_tokens::look_by_hash(app, Purpose::MagicLink, hash).await?;
    let name = names::canonical(typed_name);
    let person = token.as_ref().and_then(|t| t.user_id);
    let counted = person.unwrap_or_else(|| throttle::nobody(&name));
    // As with passwords: what strangers guess at does not hold up the owner at a browser that they know.
    let is_known_browser = sessions::is_known_browser(app, counted, origin.browser_hash).await?;
    let (near, of_all) = if is_known_browser {
        (Subject::KnownCode(counted, *origin.browser_hash), None)
    } else {
        (Subject::Code(name, origin.network(app)), Some(Subject::CodeOf(counted)))
    };
    let taken = match origin.reserve(app, is_known_browser) {
        Ok(taken) => taken,
        Err(wait_s) => return Ok(Code::Throttled(wait_s)),
    };
    if let Some(wait_s) = throttle::reserve(app, &near).await? {
        return Ok(Code::Throttled(wait_s));
    }
    let may_guess = action_tokens::reserve_guess_by_hash(app, hash, GUESSES).await?;
    // By the person too, over all mails and whatever was typed, where it is a guess; who has used that up is answered as if the code
    // were wrong. Where it is none, as much is written for nobody.
    let in_vain = Subject::CodeOf(throttle::nobody(&base64url(hash)));
    let counted_by = if may_guess { of_all.as_ref() } else { of_all.as_ref().map(|_| &in_vain) };
    let is_over = match counted_by {
        Some(subject) => throttle::reserve(app, subject).await?.is_some() && person.is_some(),
        None => false,
    };
    let digits: String = code.chars().filter(char::is_ascii_digit).take(7).collect();
    let is_right: bool = digits.as_bytes().ct_eq(code_of(app, hash).as_bytes()).into();
    match token {
        Some(token) if is_right && may_guess && !is_over && token.is_for(origin.browser_hash) && is_real(&token)? => {
            throttle::release(app, &near).await?;
            if let Some(of_all) = &of_all {
                throttle::release(app, of_all).await?;
            }
            origin.give_back(app, taken);
            Ok(Code::Right(Box::new(token)))
        }
        _ => Ok(Code::Wrong),
    }
}

fn is_real(token: &Token) -> Result<bool> {
    Ok(token.data::<Data>()?.email.is_some())
}

/// Takes the token, by link or by code: one of them, once. Gives the person, whose address is proved by it, or who is new. None where it is
/// used up; then nothing was changed.
///
/// # Errors
/// Of the database.
pub async fn take(app: &App, token: &Token) -> Result<Option<Uuid>> {
    again(|| try_take(app, token)).await
}

async fn try_take(app: &App, token: &Token) -> Result<Option<Uuid>> {
    let Data { email: Some(email), lang } = token.data()? else { return Ok(None) };
    let tx = app.db.begin_write().await?;
    if let Some(user_id) = token.user_id {
        users::hold(app, &tx, user_id).await?;
    }
    if !action_tokens::consume(app, &tx, Purpose::MagicLink, token).await? {
        return Ok(None);
    }
    let person = match token.user_id {
        // An address that was taken away meanwhile signs nobody in.
        Some(id) => registrations::proved(app, &tx, id, &names::canonical(&email)).await?.then_some(id),
        None => match registrations::provision(app, &tx, &email, lang).await {
            Ok(made) => made.ok(),
            Err(Error::Conflict(_)) => None,
            Err(error) => return Err(error),
        },
    };
    if person.is_some() {
        versions::bump(app, &tx, versions::Kind::Grants).await?;
        tx.commit().await?;
        app.live.forget_all();
    } else {
        tx.rollback().await?;
    }
    Ok(person)
}
