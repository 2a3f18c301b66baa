//! What can go wrong in a verb.

use sea_orm::DbErr;

/// The result of a verb.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a verb did not do what was asked. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database is gone, full or too slow: try again later (503).
    #[error("the database is not available: {0}")]
    Database(#[from] DbErr),
    /// A value that cannot be accepted: which one, why, and what would do.
    #[error("{field}: {reason}")]
    Invalid {
        /// The field as the caller names it.
        field: String,
        /// Why, and what would do.
        reason: String,
    },
    /// What was named is not there.
    #[error("{0} does not exist")]
    NotFound(String),
    /// Something of that name is there already.
    #[error("{0}")]
    Conflict(String),
    /// The house is at its limit: try again in so many seconds (503).
    #[error("too busy; try again in {0} seconds")]
    Busy(u64),
    /// A fault of ours (500).
    #[error("internal: {0}")]
    Internal(String),
}

impl Error {
    /// A value that cannot be accepted.
    pub fn invalid(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Invalid { field: field.into(), reason: reason.into() }
    }

    /// A fault of ours.
    #[expect(clippy::needless_pass_by_value, reason = "reads better as map_err(Error::internal)")]
    pub fn internal(cause: impl ToString) -> Self {
        Self::Internal(cause.to_string())
    }
}

impl From<crate::platform::random::RandomError> for Error {
    fn from(error: crate::platform::random::RandomError) -> Self {
        Self::internal(error)
    }
}

/// Runs a verb, and again where the database took its transaction back because of another's: three times at most, so that two who meet
/// both get their answer. The verb is one transaction, with whatever it reads before.
///
/// # Errors
/// Those of the verb.
pub async fn again<T, F: Future<Output = Result<T>>>(verb: impl Fn() -> F) -> Result<T> {
    for _ in 0..2 {
        match verb().await {
            Err(Error::Database(error)) if crate::db::is_taken_back(&error) => {
                metrics::counter!("doorward_transactions_repeated_total").increment(1);
            }
            other => return other,
        }
    }
    verb().await
}
