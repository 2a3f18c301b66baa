//! What the demo apps remember of a browser: in memory, bounded, for an hour.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use openidconnect::core::CoreIdToken;

use super::apps::{APPS, DemoApp};

/// How many browsers are remembered; the one that was away longest makes room.
const MAX_BROWSERS: usize = 1000;
/// For how long after its last visit.
const TTL_MS: i64 = 3_600_000;
/// How many steps of one run are kept.
const MAX_STEPS: usize = 20;

/// What happened, newest last; a step's words are the messages `demo-step-KIND-title` and `-text`.
#[derive(Clone)]
pub(super) struct Step {
    pub(super) kind: &'static str,
    pub(super) request: Option<String>,
    pub(super) response: Option<String>,
}

/// What the app keeps while the person signs in.
#[derive(Clone)]
pub(super) struct Pending {
    pub(super) state: String,
    pub(super) nonce: String,
    pub(super) verifier: String,
}

/// What the app got.
#[derive(Clone)]
pub(super) struct Tokens {
    pub(super) id: CoreIdToken,
    pub(super) subject: String,
    pub(super) access: String,
    pub(super) refresh: Option<String>,
}

/// Who signed in, as userinfo says.
#[derive(Debug, Clone, Default, serde::Serialize)]
pub(super) struct User {
    pub(super) name: Option<String>,
    pub(super) username: String,
}

/// Why the app could not go on.
#[derive(Debug, Clone)]
pub(super) enum Fault {
    /// The server answered with an error (RFC 6749 §4.1.2.1, §5.2).
    Refused { code: String, description: Option<String> },
    /// An answer that the app did not ask for: another `state`, or none.
    ForeignAnswer,
    /// `iss` names another server (RFC 9207 §2.4).
    OtherIssuer,
    /// The ID token or what belongs to it does not hold.
    BadIdToken(String),
    /// The server does not answer, or not what the specifications say.
    NoAnswer(String),
}

/// Where an app stands with a browser.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Stage {
    #[default]
    Begun,
    SignedIn,
    SignedOut,
}

/// One sign-in of one app, from its first step on.
#[derive(Clone, Default)]
pub(super) struct Run {
    pub(super) steps: Vec<Step>,
    pub(super) stage: Stage,
    pub(super) pending: Option<Pending>,
    pub(super) tokens: Option<Tokens>,
    pub(super) user: Option<User>,
    pub(super) fault: Option<Fault>,
    /// The `state` of a sign-out under way.
    pub(super) leaving: Option<String>,
}

impl Run {
    /// Adds a step.
    pub(super) fn push(&mut self, step: Step) {
        if self.steps.len() >= MAX_STEPS {
            self.steps.remove(0);
        }
        self.steps.push(step);
    }

    /// Adds steps and says what went wrong, if anything did.
    pub(super) fn note(&mut self, steps: Vec<Step>, fault: Option<Fault>) {
        steps.into_iter().for_each(|step| self.push(step));
        self.fault = fault;
    }
}

#[derive(Default)]
struct Visit {
    touched: i64,
    runs: [Run; APPS.len()],
}

/// All browsers by the hash of their cookie.
#[derive(Default)]
pub(super) struct Visits(Mutex<HashMap<[u8; 32], Visit>>);

impl Visits {
    /// Where `app` stands with a browser.
    pub(super) fn find(&self, browser: &[u8; 32], app: &DemoApp, now_ms: i64) -> Option<Run> {
        let all = self.lock();
        let visit = all.get(browser).filter(|v| is_fresh(v, now_ms))?;
        visit.runs.get(app.index).filter(|run| !run.steps.is_empty()).cloned()
    }

    /// Changes where `app` stands with a browser.
    pub(super) fn change<T>(
        &self,
        browser: &[u8; 32],
        app: &DemoApp,
        now_ms: i64,
        change: impl FnOnce(&mut Run) -> T,
    ) -> T {
        let mut all = self.lock();
        if all.len() >= MAX_BROWSERS && !all.contains_key(browser) {
            all.retain(|_, visit| is_fresh(visit, now_ms));
            let oldest = all.iter().min_by_key(|(_, visit)| visit.touched).map(|(hash, _)| *hash);
            if let Some(oldest) = oldest.filter(|_| all.len() >= MAX_BROWSERS) {
                all.remove(&oldest);
            }
        }
        let visit = all.entry(*browser).or_default();
        if !is_fresh(visit, now_ms) {
            *visit = Visit::default();
        }
        visit.touched = now_ms;
        change(&mut visit.runs[app.index])
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<[u8; 32], Visit>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_fresh(visit: &Visit, now_ms: i64) -> bool {
    now_ms.saturating_sub(visit.touched) < TTL_MS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step() -> Step {
        Step { kind: "authorize", request: None, response: None }
    }

    #[test]
    fn a_browser_is_forgotten_after_an_hour() {
        let visits = Visits::default();
        visits.change(&[1; 32], &APPS[0], 1000, |run| run.push(step()));
        assert!(visits.find(&[1; 32], &APPS[0], 1000 + TTL_MS - 1).is_some());
        assert!(visits.find(&[1; 32], &APPS[1], 1000).is_none(), "the other app knows nothing");
        assert!(visits.find(&[2; 32], &APPS[0], 1000).is_none(), "nor another browser");
        assert!(visits.find(&[1; 32], &APPS[0], 1000 + TTL_MS).is_none());
        visits.change(&[1; 32], &APPS[1], 1000 + TTL_MS, |run| run.push(step()));
        assert!(visits.find(&[1; 32], &APPS[0], 1000 + TTL_MS).is_none());
    }

    #[test]
    fn the_oldest_browser_and_the_oldest_step_make_room() {
        let visits = Visits::default();
        for number in 0..=MAX_BROWSERS {
            let mut hash = [0; 32];
            hash[..8].copy_from_slice(&number.to_be_bytes());
            let now = i64::try_from(number).unwrap_or_default() + 1;
            visits.change(&hash, &APPS[0], now, |run| (0..=MAX_STEPS).for_each(|_| run.push(step())));
            assert_eq!(visits.find(&hash, &APPS[0], now).map(|run| run.steps.len()), Some(MAX_STEPS));
        }
        assert_eq!(visits.lock().len(), MAX_BROWSERS);
        assert!(visits.find(&[0; 32], &APPS[0], 1).is_none());
    }
}
