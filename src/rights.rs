//! What scopes mean, in words: for the page that asks, and for the page where it is taken back.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::Serialize;

use crate::app::App;
use crate::domain::clients::Client;
use crate::domain::directory::STANDARD_SCOPES;
use crate::domain::resources::Resource;
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

/// What `client` asks for, in words: those of the APIs at which it may ask.
#[must_use]
pub fn asked_by(
    app: &App,
    client: &Client,
    scopes: &BTreeSet<String>,
    claims: &BTreeSet<String>,
    lang: Lang,
) -> Rights {
    let snapshot = app.directory.snapshot();
    words(app, scopes, claims, lang, |scope| snapshot.resources_asked(client, scope).cloned().collect())
}

/// Scopes and claims in words, whoever has them: those of the first API that has such a scope.
#[must_use]
pub fn in_words(app: &App, scopes: &BTreeSet<String>, claims: &BTreeSet<String>, lang: Lang) -> Rights {
    let snapshot = app.directory.snapshot();
    words(app, scopes, claims, lang, |scope| snapshot.resources_of_scope(scope).iter().take(1).cloned().collect())
}

fn words(
    app: &App,
    scopes: &BTreeSet<String>,
    claims: &BTreeSet<String>,
    lang: Lang,
    resources_of: impl Fn(&str) -> Vec<Arc<Resource>>,
) -> Rights {
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
        for resource in resources_of(scope) {
            let words = resource.metadata.scopes.0.get(scope).filter(|w| !w.is_empty());
            let name = resource.metadata.name.as_deref().unwrap_or(&resource.metadata.audience);
            let other = || message("scope-other-title", &[("scope", scope.as_str().into())]);
            rights.may_do.push(Right {
                scope: scope.clone(),
                title: words.cloned().unwrap_or_else(other),
                detail: Some(message("scope-other-detail", &[("resource", name.into())])),
            });
        }
    }
    for claim in claims {
        rights.about_you.push(Right { title: claim.replace('_', " "), scope: claim.clone(), detail: None });
    }
    rights
}
