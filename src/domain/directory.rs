//! What every request needs of clients and resources, in memory: read again when its version moves, within seconds on
//! every replica and at once in the process that changed it.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError, RwLock};

use super::clients::{self, Client};
use super::resources::{self, Resource};
use super::{Error, Result, versions};
use crate::app::App;

/// The scopes of OpenID Connect Core §5.4 and §11, and ours for groups.
pub const STANDARD_SCOPES: [&str; 7] = ["openid", "profile", "email", "address", "phone", "offline_access", "groups"];

/// Clients and resources at one moment.
#[derive(Debug, Default)]
pub struct Snapshot {
    clients: HashMap<String, Arc<Client>>,
    resources: BTreeMap<String, Arc<Resource>>,
    /// Which resources have a scope, by audience.
    by_scope: HashMap<String, Vec<Arc<Resource>>>,
    /// The version this was read at.
    pub version: i64,
}

impl Snapshot {
    /// A client that is not switched off.
    #[must_use]
    pub fn client(&self, id: &str) -> Option<&Arc<Client>> {
        self.clients.get(id).filter(|c| !c.is_disabled)
    }

    /// Whether a client is registered but switched off.
    #[must_use]
    pub fn is_disabled(&self, id: &str) -> bool {
        self.clients.get(id).is_some_and(|c| c.is_disabled)
    }

    /// A resource by its audience.
    #[must_use]
    pub fn resource(&self, audience: &str) -> Option<&Arc<Resource>> {
        self.resources.get(audience)
    }

    /// All resources, by audience.
    pub fn resources(&self) -> impl Iterator<Item = &Arc<Resource>> {
        self.resources.values()
    }

    /// The resources that have `scope`, by audience.
    #[must_use]
    pub fn resources_of_scope(&self, scope: &str) -> &[Arc<Resource>] {
        self.by_scope.get(scope).map_or(&[], Vec::as_slice)
    }

    /// The resources at which `client` may ask for `scope`, by audience: another API may use the same name for something else.
    pub fn resources_asked<'a>(
        &'a self,
        client: &'a Client,
        scope: &'a str,
    ) -> impl Iterator<Item = &'a Arc<Resource>> {
        self.resources_of_scope(scope).iter().filter(move |r| may_ask_at(client, r, scope))
    }

    /// Every scope of every resource, sorted.
    #[must_use]
    pub fn resource_scopes(&self) -> Vec<&str> {
        let mut scopes: Vec<&str> = self.by_scope.keys().map(String::as_str).collect();
        scopes.sort_unstable();
        scopes
    }

    /// Whether `client` may ask for `scope` at all: it registered it, or it registered no list and the scope is a standard
    /// one, or the scope belongs to one of its resources.
    #[must_use]
    pub fn may_ask(&self, client: &Client, scope: &str) -> bool {
        if STANDARD_SCOPES.contains(&scope) {
            return client.scopes.as_ref().is_none_or(|registered| registered.contains(scope));
        }
        self.resources_asked(client, scope).next().is_some()
    }

    /// Whether `client` may get tokens for `audience`: it lists it, or it registered one of its scopes.
    #[must_use]
    pub fn may_reach(&self, client: &Client, audience: &str) -> bool {
        client.metadata.resources.iter().any(|a| a == audience)
            || self.resources.get(audience).is_some_and(|r| has_registered_one_of(client, r))
    }
}

/// What `client` may ask of `resource`: the scopes of it that it registered; where it registered none of them but names
/// the resource, all.
pub fn scopes_at<'a>(client: &'a Client, resource: &'a Resource) -> impl Iterator<Item = &'a str> {
    let scopes = resource.metadata.scopes.0.keys().map(String::as_str);
    scopes.filter(move |scope| may_ask_at(client, resource, scope))
}

/// Whether `client` may ask for `scope` at `resource`: it is one of [`scopes_at`].
#[must_use]
pub fn may_ask_at(client: &Client, resource: &Resource, scope: &str) -> bool {
    resource.metadata.scopes.0.contains_key(scope)
        && (has_registered(client, scope)
            || (client.metadata.resources.contains(&resource.metadata.audience)
                && !has_registered_one_of(client, resource)))
}

fn has_registered(client: &Client, scope: &str) -> bool {
    client.scopes.as_ref().is_some_and(|registered| registered.contains(scope))
}

fn has_registered_one_of(client: &Client, resource: &Resource) -> bool {
    resource.metadata.scopes.0.keys().any(|scope| has_registered(client, scope))
}

/// Holds the current [`Snapshot`].
#[derive(Debug, Default)]
pub struct Directory(RwLock<Arc<Snapshot>>);

impl Directory {
    /// The current clients and resources.
    #[must_use]
    pub fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads them from the database.
    ///
    /// # Errors
    /// Of the database; the old ones stay.
    pub async fn reload(&self, app: &App) -> Result<()> {
        let version = versions::read(app, versions::Kind::Clients).await?;
        let mut snapshot = Snapshot { version, ..Default::default() };
        for resource in resources::list(app).await? {
            let resource = Arc::new(resource);
            for scope in resource.metadata.scopes.0.keys() {
                snapshot.by_scope.entry(scope.clone()).or_default().push(Arc::clone(&resource));
            }
            snapshot.resources.insert(resource.metadata.audience.clone(), resource);
        }
        for client in clients::list(app).await? {
            snapshot.clients.insert(client.id.clone(), Arc::new(client));
        }
        let mut current = self.0.write().unwrap_or_else(PoisonError::into_inner);
        // A slower reader must not put an older state back.
        if current.version <= version {
            *current = Arc::new(snapshot);
        }
        Ok(())
    }
}

/// Whether a URI may be registered to redirect to: absolute, no fragment (RFC 6749 §3.1.2), no user part, no wildcard, https,
/// or http on loopback (RFC 8252 §7.3), or an app's own scheme (RFC 8252 §7.1).
///
/// # Errors
/// [`Error::Invalid`] with the reason.
pub fn check_redirect_uri(field: &str, uri: &str) -> Result<()> {
    let bad = |reason: &str| Error::invalid(field, format!("{uri:?} {reason}"));
    if uri.len() > 2000 || !uri.is_ascii() || uri.bytes().any(|b| b <= b' ' || b == 0x7f || b == b'\\' || b == b'*') {
        return Err(bad(
            "has white space, a backslash, a wildcard, a character that is not ASCII, or over 2000 characters",
        ));
    }
    let parsed = url::Url::parse(uri)
        .map_err(|_| bad("is not an absolute URI, for example \"https://app.example/callback\""))?;
    if uri.contains('#') {
        return Err(bad("has a fragment, which RFC 6749 §3.1.2 forbids"));
    }
    if !parsed.username().is_empty() || parsed.password().is_some() {
        return Err(bad("has a user part"));
    }
    match parsed.scheme() {
        "https" if parsed.host_str().is_some() => Ok(()),
        "http" if is_loopback(&parsed) => Ok(()),
        "http" => Err(bad("is plain http; use https (http is for localhost, 127.0.0.1 and [::1] only)")),
        "javascript" | "data" | "file" | "blob" | "about" | "vbscript" | "view-source" | "ws" | "wss" | "ftp"
        | "mailto" => Err(bad("has a scheme that must not be redirected to")),
        // RFC 8252 §7.1: a private-use scheme is a reversed domain name.
        scheme if scheme.contains('.') => Ok(()),
        _ => Err(bad(
            "has a scheme of its own that is not a reversed domain name, for example \"com.example.app:/callback\"",
        )),
    }
}

/// Whether a URL points at this very machine by name or address.
#[must_use]
pub fn is_loopback(url: &url::Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}
