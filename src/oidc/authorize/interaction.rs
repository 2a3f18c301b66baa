//! What must happen before the answer: nothing, a sign-in, a choice of account, or consent.
//!
//! ```text
//! no session, or one that will not do ──▶ Login ──▶ (choice) ──▶ (second factor) ──▶ Consent ──▶ Answer
//! prompt=none: whatever would have to be shown is an error instead
//! ```

use super::request::Valid;
use crate::domain::clients::Client;
use crate::domain::factors::{ACR_MULTI, ACR_SINGLE, ACR_VALUES, Missing, Wish};
use crate::domain::flows::State;
use crate::domain::sessions::Session;
use crate::oidc::error::{Code, OAuthError};

/// The next thing to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Sign in; the reason that the page gives.
    Login(Option<&'static str>),
    /// Show a second factor, or set one up.
    StepUp(Missing),
    /// Choose the account.
    Choose,
    /// Ask for consent.
    Consent,
    /// Everything is there.
    Answer,
}

/// What is known when deciding.
#[derive(Debug)]
pub struct Facts<'a> {
    /// The request.
    pub valid: &'a Valid,
    /// Who is signed in.
    pub session: Option<&'a Session>,
    /// The subject of that person for this client.
    pub subject: Option<&'a str>,
    /// What has been done in this flow.
    pub state: &'a State,
    /// What is missing of the session for the `acr` that is asked for.
    pub missing: Missing,
    /// Whether everything asked was allowed before.
    pub is_consented: bool,
    /// Epoch milliseconds.
    pub now: i64,
}

/// Decides.
#[must_use]
pub fn next(facts: &Facts<'_>) -> Next {
    let valid = facts.valid;
    let Some(session) = facts.session else { return Next::Login(None) };
    let is_fresh = facts.state.authenticated == Some(session.id);
    // OpenID Connect Core §3.1.2.1: login must authenticate again, even where somebody is signed in.
    if valid.prompt.login && !is_fresh {
        return Next::Login(Some("reauthenticate"));
    }
    // §3.1.2.1: max_age=0 is the same as prompt=login. A sign-in in this very flow is as fresh as can be.
    if valid.max_age.is_some_and(|s| facts.now - session.auth_time > s.saturating_mul(1000)) && !is_fresh {
        return Next::Login(Some("reauthenticate"));
    }
    // §3.1.2.1: id_token_hint names somebody else.
    if valid.expected_subject.as_deref().is_some_and(|s| facts.subject != Some(s)) {
        return Next::Login(Some("switch"));
    }
    if valid.prompt.select_account && !is_fresh && facts.state.chosen != Some(session.id) {
        return Next::Choose;
    }
    // RFC 9470 §4: what is missing is asked for, and no more.
    if facts.missing != Missing::Nothing {
        return Next::StepUp(facts.missing);
    }
    let is_allowed = facts.state.consented == Some(session.id);
    if valid.prompt.consent && !is_allowed {
        return Next::Consent;
    }
    if !is_allowed && !facts.is_consented && !is_exempt(&valid.bound.client) {
        return Next::Consent;
    }
    Next::Answer
}

/// How well the client wants people to prove who they are, beyond what this session has.
#[must_use]
pub fn acr_wish(valid: &Valid, acr: &str) -> Wish {
    if valid.bound.client.metadata.require_mfa {
        return Wish::Essential;
    }
    let claimed = valid.claims.as_ref().and_then(|c| c.id_token.get("acr")?.as_ref());
    if let Some(wish) = claimed {
        let accepts = |value: &str| wish.accepts(&serde_json::json!(value));
        return match (accepts(acr) || !accepts(ACR_MULTI), wish.essential) {
            (true, _) => Wish::None,
            (false, true) => Wish::Essential,
            (false, false) => Wish::Voluntary,
        };
    }
    // OpenID Connect Core §3.1.2.1: in the order of preference; values that we do not know count for nothing.
    let mut known = valid.acr_values.iter().filter(|v| ACR_VALUES.contains(&v.as_str()));
    match known.next() {
        Some(best) if best == ACR_MULTI => {
            // RFC 9470 §5: where nothing weaker is named too, a weaker token would only be refused once more by the API that asked.
            if known.any(|v| v == ACR_SINGLE) { Wish::Voluntary } else { Wish::Essential }
        }
        _ => Wish::None,
    }
}

/// The `acr` to state: what the session has, or the weaker one where the client takes no other.
#[must_use]
pub fn acr_stated<'a>(valid: &Valid, acr: &'a str) -> &'a str {
    let claimed = valid.claims.as_ref().and_then(|c| c.id_token.get("acr")?.as_ref());
    let accepts = |value: &str| claimed.is_none_or(|wish| wish.accepts(&serde_json::json!(value)));
    if acr == ACR_MULTI && !accepts(ACR_MULTI) && accepts(ACR_SINGLE) { ACR_SINGLE } else { acr }
}

/// The operator's own apps do not ask.
fn is_exempt(client: &Client) -> bool {
    client.metadata.trusted
}

/// With `prompt=none` nothing may be shown (§3.1.2.6).
#[must_use]
pub fn refused_silently(next: Next) -> Option<OAuthError> {
    match next {
        Next::Answer => None,
        Next::Login(_) => Some(OAuthError::new(Code::LoginRequired, "the person must sign in, and prompt is none")),
        Next::StepUp(_) => {
            Some(OAuthError::new(Code::InteractionRequired, "a second factor must be shown, and prompt is none"))
        }
        Next::Choose => {
            Some(OAuthError::new(Code::AccountSelectionRequired, "an account must be chosen, and prompt is none"))
        }
        Next::Consent => {
            Some(OAuthError::new(Code::ConsentRequired, "the person must give consent, and prompt is none"))
        }
    }
}
