//! Why a command did not do what was asked, and the exit code that says so to scripts.

use serde_json::{Map, Value, json};

use crate::config::ConfigError;
use crate::domain;

/// Why a command did not do what was asked.
#[derive(Debug)]
pub enum Failure {
    /// The command line is wrong (exit code 2).
    Usage(String),
    /// The configuration is wrong (exit code 2).
    Config(ConfigError),
    /// Refused or failed (exit code 1).
    Failed(String),
    /// A value that cannot be accepted (exit code 1).
    Invalid {
        /// The member or flag at fault.
        field: String,
        /// Why, and what would do.
        reason: String,
    },
    /// Several things at once cannot be accepted, each with its place (exit code 1).
    Problems {
        /// For people, with all of them.
        words: String,
        /// For programs.
        problems: Vec<Value>,
    },
    /// What was named is not there (exit code 3).
    NotFound(String),
    /// Something of that name is there already (exit code 4).
    Conflict(String),
    /// The command has said all there is to say (exit code 1).
    Silent,
}

impl Failure {
    /// A value that cannot be accepted.
    pub fn invalid(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Invalid { field: field.into(), reason: reason.into() }
    }

    /// What the process exits with.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Failed(_) | Self::Invalid { .. } | Self::Problems { .. } | Self::Silent => 1,
            Self::Usage(_) | Self::Config(_) => 2,
            Self::NotFound(_) => 3,
            Self::Conflict(_) => 4,
        }
    }

    /// For people.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Usage(words) | Self::Failed(words) | Self::NotFound(words) | Self::Conflict(words) => words.clone(),
            Self::Invalid { field, reason } => format!("{field}: {reason}"),
            Self::Problems { words, .. } => words.clone(),
            Self::Config(error) => error.to_string(),
            Self::Silent => String::new(),
        }
    }

    /// For programs.
    #[must_use]
    pub fn json(&self) -> Value {
        let error = match self {
            Self::Usage(_) => "usage",
            Self::Config(_) => "configuration",
            Self::Failed(_) | Self::Silent => "failed",
            Self::Invalid { .. } | Self::Problems { .. } => "invalid",
            Self::NotFound(_) => "not_found",
            Self::Conflict(_) => "conflict",
        };
        let mut object = Map::new();
        object.insert("error".into(), error.into());
        object.insert("message".into(), self.words().into());
        match self {
            Self::Invalid { field, .. } => {
                object.insert("field".into(), field.as_str().into());
            }
            Self::Problems { problems, .. } => {
                object.insert("problems".into(), json!(problems));
            }
            Self::Config(error) => {
                object.insert("problems".into(), json!(error.problems()));
            }
            _ => {}
        }
        Value::Object(object)
    }
}

impl<E: std::error::Error + 'static> From<E> for Failure {
    fn from(error: E) -> Self {
        let error: &(dyn std::error::Error + 'static) = &error;
        if let Some(config) = error.downcast_ref::<ConfigError>() {
            return Self::Config(config.clone());
        }
        match error.downcast_ref::<domain::Error>() {
            Some(domain::Error::Invalid { field, reason }) => Self::invalid(field, reason),
            Some(gone @ domain::Error::NotFound(_)) => Self::NotFound(gone.to_string()),
            Some(domain::Error::Conflict(words)) => Self::Conflict(words.clone()),
            // Nothing is internal to who sits at the machine.
            _ => Self::Failed(error.to_string().trim_start_matches("internal: ").to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_refusal_has_its_exit_code() {
        let code = |error: domain::Error| Failure::from(error).exit_code();
        assert_eq!(code(domain::Error::invalid("x", "y")), 1);
        assert_eq!(code(domain::Error::Busy(2)), 1);
        assert_eq!(code(domain::Error::NotFound("x".into())), 3);
        assert_eq!(code(domain::Error::Conflict("x".into())), 4);
        assert_eq!(Failure::Usage(String::new()).exit_code(), 2);
    }

    #[test]
    fn programs_learn_the_member_at_fault() {
        let failure = Failure::from(domain::Error::invalid("redirect_uris", "needs one"));
        let expected = json!({ "error": "invalid", "message": "redirect_uris: needs one", "field": "redirect_uris" });
        assert_eq!(failure.json(), expected);
    }
}
