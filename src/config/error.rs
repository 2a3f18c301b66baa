//! What is wrong with a configuration: every problem at once, each with its field, its reason and a good example.

use std::fmt;

use serde::Serialize;

/// One refused value or unknown key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The key as in the file (`oidc.code_ttl`), the variable's name, or the file's path.
    pub field: String,
    /// The environment variable of the same field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub env: Option<String>,
    /// Why it was refused, in words that never repeat a secret.
    pub reason: String,
    /// A line that would have been accepted.
    pub example: String,
    /// Where the refused value came from: the file's path, `the environment` or `the command line`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.field)?;
        if let Some(env) = &self.env {
            write!(f, " ({env})")?;
        }
        write!(f, ": {}. Example: {}", self.reason, self.example)
    }
}

/// A configuration that must not be started with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConfigError {
    problems: Vec<Problem>,
}

impl ConfigError {
    pub(super) fn new(problems: Vec<Problem>) -> Self {
        Self { problems }
    }

    pub(super) fn one(field: impl Into<String>, reason: impl Into<String>, example: impl Into<String>) -> Self {
        Self::new(vec![Problem {
            field: field.into(),
            env: None,
            reason: reason.into(),
            example: example.into(),
            source: None,
        }])
    }

    /// Everything that was found, in the order of the reference.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.problems.len() {
            1 => f.write_str("the configuration has a mistake:")?,
            n => write!(f, "the configuration has {n} mistakes:")?,
        }
        for problem in &self.problems {
            write!(f, "\n  {problem}")?;
            if let Some(source) = &problem.source {
                write!(f, "\n    (set in {source})")?;
            }
        }
        Ok(())
    }
}

impl std::error::Error for ConfigError {}
