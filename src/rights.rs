//! What scopes mean, in words: for the page that asks, and for the page where it is taken back.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::app::App;
use crate::domain::directory::STANDARD_SCOPES;
use crate::platform::templates::{Lang, MessageArg};

/// Something that an app learns or may do.
#[derive(Debug, Clone, Serialize)]
pub struct Right {
    scope: String,
    title: String,
    detail: Option<String>,
}

/// The rights that scopes and single claims give.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Rights {
    /// What the app learns of the person.
    pub about_you: Vec<Right>,
    /// What it may do.
    pub may_do: Vec<Right>,
}

/// Scopes and claims in words.
#[must_use]
pub fn in_words(app: &App, scopes: &BTreeSet<String>, claims: &BTreeSet<String>, lang: Lang) -> Rights {
    let snapshot = app.directory.snapshot();
    let mut rights = Rights::default();
    let message = |key: &str, args: &[(&str, MessageArg<'_>)]| app.templates.message(lang, key, args);
    for scope in STANDARD_SCOPES.iter().filter(|s| scopes.contains(**s)) {
        let right = Right {
            scope: (*scope).to_owned(),
            title: message(&format!("scope-{scope}-title"), &[]),
            detail: Some(message(&format!("scope-{scope}-detail"), &[])),
        };
        if *scope == "offline_access" { rights.may_do.push(right) } else { rights.about_you.push(right) }
    }
    for scope in scopes.iter().filter(|s| !STANDARD_SCOPES.contains(&s.as_str())) {
        let Some(resource) = snapshot.resource_of_scope(scope) else { continue };
        let words = resource.metadata.scopes.0.get(scope).filter(|w| !w.is_empty());
        let name = resource.metadata.name.as_deref().unwrap_or(&resource.metadata.audience);
        rights.may_do.push(Right {
            scope: scope.clone(),
            title: words.cloned().unwrap_or_else(|| message("scope-other-title", &[("scope", scope.as_str().into())])),
            detail: Some(message("scope-other-detail", &[("resource", name.into())])),
        });
    }
    for claim in claims {
        rights.about_you.push(Right { title: claim.replace('_', " "), scope: claim.clone(), detail: None });
    }
    rights
}
