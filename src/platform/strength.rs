//! How hard a password is to guess, by zxcvbn: off the threads that serve requests, a few at once, and of bounded cost.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use zeroize::Zeroizing;
use zxcvbn::feedback::Warning;

/// Characters that are looked at together. The cost grows with a high power of the length: 100 characters can take two seconds, these
/// at most about a twentieth of one.
const WINDOW: usize = 24;
/// Passwords that are looked at, at once.
const AT_ONCE: usize = 2;
/// How long one waits for its turn.
const WAIT: Duration = Duration::from_secs(5);
/// Hints that are taken into account, and the characters of one.
const HINTS: (usize, usize) = (20, 64);

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Estimate {
    /// From 0 (the first thousand guesses find it) to 4 (more than ten thousand million do not).
    pub score: u8,
    /// It stands in the list of the most used ones, or differs from one of them in what everybody tries.
    pub is_common: bool,
}

/// Too many at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many passwords are being judged")]
pub struct Busy;

/// Judges passwords. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Strength(Arc<Semaphore>);

impl Default for Strength {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

impl Strength {
    /// Judges a password; `hints` are words that somebody who knows the person would try first.
    ///
    /// # Errors
    /// [`Busy`] where too many wait.
    pub async fn judge(&self, password: &Zeroizing<String>, hints: &[String]) -> Result<Estimate, Busy> {
        let permit = tokio::time::timeout(WAIT, Arc::clone(&self.0).acquire_owned()).await;
        let permit = permit.map_err(|_| Busy)?.map_err(|_| Busy)?;
        let password = password.clone();
        let hints: Vec<String> = hints.iter().take(HINTS.0).map(|h| h.chars().take(HINTS.1).collect()).collect();
        let judged = tokio::task::spawn_blocking(move || {
            let estimate = judge(&password, &hints);
            drop(permit);
            estimate
        });
        judged.await.map_err(|_| Busy)
    }
}

/// A long password is as strong as the stronger of its two ends: never weaker than the whole.
fn judge(password: &str, hints: &[String]) -> Estimate {
    let count = password.chars().count();
    let head = Zeroizing::new(password.chars().take(WINDOW).collect::<String>());
    let first = judge_part(&head, hints);
    if count <= WINDOW {
        return first;
    }
    let tail = Zeroizing::new(password.chars().skip(count - WINDOW).collect::<String>());
    let last = judge_part(&tail, hints);
    Estimate { score: first.score.max(last.score), is_common: first.is_common && last.is_common }
}

fn judge_part(part: &str, hints: &[String]) -> Estimate {
    let hints: Vec<&str> = hints.iter().map(String::as_str).collect();
    let entropy = zxcvbn::zxcvbn(part, &hints);
    let common = [
        Warning::ThisIsATop10Password,
        Warning::ThisIsATop100Password,
        Warning::ThisIsACommonPassword,
        Warning::ThisIsSimilarToACommonlyUsedPassword,
    ];
    let is_common =
        entropy.feedback().and_then(zxcvbn::feedback::Feedback::warning).is_some_and(|w| common.contains(&w));
    Estimate { score: u8::from(entropy.score()), is_common: is_common && u8::from(entropy.score()) < 2 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(password: &str) -> Estimate {
        judge(password, &["alice".to_owned()])
    }

    #[test]
    fn common_weak_and_strong_are_told_apart() {
        for common in ["password", "Password1", "p@ssw0rd", "qwertyuiop", "drowssap", "iloveyou", "12345678"] {
            assert!(of(common).is_common, "{common} {:?}", of(common));
        }
        for weak in ["alice1234", "aaaaaaaaaaaa", "abcdefghijkl"] {
            assert!(of(weak).score < 2, "{weak} {:?}", of(weak));
        }
        for strong in
            ["kestrel-lantern-47", "correct horse battery staple", "Zu Hause ist es am sch\u{f6}nsten im M\u{e4}rz"]
        {
            assert!(of(strong).score >= 3 && !of(strong).is_common, "{strong} {:?}", of(strong));
        }
    }

    #[test]
    fn a_long_password_is_judged_by_its_stronger_end() {
        let weak = "a".repeat(1024);
        assert!(of(&weak).score < 2);
        assert_eq!(of(&format!("{weak}kestrel-lantern-47-brook")).score, 4);
        assert_eq!(of(&format!("kestrel-lantern-47-brook{weak}")).score, 4);
    }

    #[tokio::test]
    async fn many_at_once_are_judged_one_after_the_other() {
        let strength = Strength::default();
        let password = Zeroizing::new("4@8({[<369&#!1|0$5+7%2/".to_owned());
        let all = (0..8).map(|_| strength.judge(&password, &[]));
        for one in all {
            assert_eq!(one.await.map(|e| e.score), Ok(4));
        }
        assert_eq!(strength.0.available_permits(), AT_ONCE);
    }
}
