//! The guarded client: every request to a URL that an outsider named (`jwks_uri`, logos, metadata, logout) goes through it, and every
//! request to a provider elsewhere.
//!
//! https only; names are resolved once, every address is checked and the connection goes to a checked one; no redirects, no
//! proxies from the environment, no cookies, no decompression; body, time and name look-ups are bounded. Which addresses are
//! refused is in `address.rs`.

mod address;
#[cfg(test)]
mod tests;

use std::fmt::Debug;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::http::{Request, Response};
use ipnet::IpNet;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{ACCEPT, CACHE_CONTROL, ETAG};
use reqwest::{Certificate, Client, redirect};
use tokio::sync::Semaphore;
use url::{Host, Url};

/// Name look-ups block a thread for as long as the resolver likes: so many at once and no more.
const LOOKUPS: usize = 8;

/// The limits of outgoing requests.
#[derive(Debug, Clone)]
pub struct Options {
    /// Private networks that may be reached nevertheless; empty by default.
    pub allow_networks: Vec<IpNet>,
    /// Plain http is accepted too where every address of the host lies inside `allow_networks`.
    pub allow_http_to_allowed_networks: bool,
    /// Certificate authorities beyond the built-in ones: PEM bundles.
    pub ca_certificates: Vec<Vec<u8>>,
    /// The longest a request may take, from name to last byte.
    pub timeout: Duration,
    /// The largest body in bytes.
    pub max_body: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            allow_networks: Vec::new(),
            allow_http_to_allowed_networks: false,
            ca_certificates: Vec::new(),
            timeout: Duration::from_secs(5),
            max_body: 64 * 1024,
        }
    }
}

/// What was fetched.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fetched {
    /// The body, as sent.
    pub bytes: Vec<u8>,
    /// `ETag`, as sent.
    pub etag: Option<String>,
    /// For how many seconds the sender lets us keep it (`Cache-Control`); 0 where it forbids that.
    pub max_age: Option<u64>,
}

impl Fetched {
    /// The body read as JSON, whatever its media type says.
    ///
    /// # Errors
    /// [`FetchError::NotJson`] where it is not what was expected.
    pub fn json<T: serde::de::DeserializeOwned>(&self) -> Result<T, FetchError> {
        serde_json::from_slice(&self.bytes).map_err(|error| FetchError::NotJson(error.to_string()))
    }
}

/// Why nothing was fetched. The text is for the log and for whoever owns the URL; it tells about our network, so it
/// should not be shown to strangers: [`FetchError::public`] may be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// Not an absolute https URL with a host and without user, password or fragment.
    #[error("the URL cannot be fetched: {0}")]
    Url(&'static str),
    /// The host has a private, local or otherwise special address.
    #[error("{0} is no public address, and not in a network that the configuration allows")]
    Address(IpAddr),
    /// The name has no address.
    #[error("the host name could not be resolved")]
    Name,
    /// No connection, or the certificate is not trusted.
    #[error("no connection: {0}")]
    Connect(String),
    /// It took too long.
    #[error("no answer in time")]
    Timeout,
    /// Any status but 200; redirects are not followed.
    #[error("the answer has status {0}")]
    Status(u16),
    /// The body is larger than allowed.
    #[error("the answer is larger than {0} bytes")]
    TooLarge(usize),
    /// The connection broke or spoke something else than HTTP.
    #[error("the answer could not be read: {0}")]
    Broken(String),
    /// The body is not the JSON that was expected.
    #[error("the answer is not the expected JSON: {0}")]
    NotJson(String),
}

impl FetchError {
    /// What may be told to the one who named the URL: nothing about our network.
    #[must_use]
    pub fn public(&self) -> &'static str {
        match self {
            Self::Url(reason) => reason,
            Self::Address(_) | Self::Name | Self::Connect(_) | Self::Timeout | Self::Broken(_) => {
                "the URL could not be reached"
            }
            Self::Status(_) => "the URL did not answer with status 200",
            Self::TooLarge(_) => "the document behind the URL is too large",
            Self::NotJson(_) => "the document behind the URL is not as expected",
        }
    }
}

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// A bundle of extra certificate authorities is no PEM, or holds no certificate.
    #[error("an extra CA certificate cannot be read: it must be PEM, beginning with `-----BEGIN CERTIFICATE-----`")]
    Certificate,
    /// The TLS library refuses.
    #[error("the client for outgoing requests cannot be made: {0}")]
    Build(#[from] reqwest::Error),
}

/// Whoever fetches a URL that an outsider named; a test brings a stand-in.
#[async_trait]
pub trait Fetch: Send + Sync + Debug {
    /// Gets the document behind `url`.
    ///
    /// # Errors
    /// Where the URL may not be reached, or its host does not answer as it should.
    async fn get(&self, url: &str) -> Result<Fetched, FetchError>;

    /// Sends a request as it stands and gives the answer, whatever its status; a redirect is an answer too.
    ///
    /// # Errors
    /// Where the URL may not be reached, or its host does not answer within the limits.
    async fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, FetchError>;
}

/// The client that reaches only what it may. Cheap to clone.
#[derive(Debug, Clone)]
pub struct GuardedClient {
    https: Client,
    /// For plain http to allowed networks; absent where that is off.
    http: Option<Client>,
    allow_networks: Arc<[IpNet]>,
    max_body: usize,
}

/// Which addresses a client may connect to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    PublicAndAllowed,
    AllowedOnly,
}

impl GuardedClient {
    /// A client with these limits.
    ///
    /// # Errors
    /// Where an extra CA certificate cannot be read.
    pub fn new(options: Options) -> Result<Self, ClientError> {
        let Options { allow_networks, allow_http_to_allowed_networks, ca_certificates, timeout, max_body } = options;
        let allow_networks: Arc<[IpNet]> = allow_networks.iter().map(address::canonical_net).collect();
        let lookups = Arc::new(Semaphore::new(LOOKUPS));
        let client = |reach| -> Result<Client, ClientError> {
            let resolver =
                Resolver { reach, allow_networks: Arc::clone(&allow_networks), lookups: Arc::clone(&lookups) };
            let mut builder = Client::builder()
                .use_rustls_tls()
                .https_only(reach == Reach::PublicAndAllowed)
                .redirect(redirect::Policy::none())
                .no_proxy()
                .referer(false)
                .http1_only()
                .timeout(timeout)
                .connect_timeout(timeout)
                .pool_idle_timeout(Duration::from_secs(30))
                .pool_max_idle_per_host(2)
                .user_agent(concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")))
                .dns_resolver(Arc::new(resolver));
            for bundle in &ca_certificates {
                let certificates = Certificate::from_pem_bundle(bundle).map_err(|_| ClientError::Certificate)?;
                if certificates.is_empty() {
                    return Err(ClientError::Certificate);
                }
                builder = certificates.into_iter().fold(builder, reqwest::ClientBuilder::add_root_certificate);
            }
            Ok(builder.build()?)
        };
        Ok(Self {
            https: client(Reach::PublicAndAllowed)?,
            http: if allow_http_to_allowed_networks { Some(client(Reach::AllowedOnly)?) } else { None },
            allow_networks,
            max_body,
        })
    }

    /// The client for a URL, once the URL itself is found harmless. Addresses behind a name are checked at resolution.
    fn client_for(&self, url: &Url) -> Result<&Client, FetchError> {
        let (client, reach) = match (url.scheme(), &self.http) {
            ("https", _) => (&self.https, Reach::PublicAndAllowed),
            ("http", Some(http)) => (http, Reach::AllowedOnly),
            _ => return Err(FetchError::Url("it must begin with https://")),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(FetchError::Url("it must not name a user or password"));
        }
        if url.fragment().is_some() {
            return Err(FetchError::Url("it must not have a fragment"));
        }
        // An address literal is never resolved, so it is checked here.
        let literal = match url.host() {
            Some(Host::Ipv4(ip)) => Some(IpAddr::V4(ip)),
            Some(Host::Ipv6(ip)) => Some(IpAddr::V6(ip)),
            Some(Host::Domain(name)) if !name.is_empty() => None,
            _ => return Err(FetchError::Url("it must name a host")),
        };
        match literal {
            Some(ip) if !address::may_reach(ip, reach, &self.allow_networks) => Err(FetchError::Address(ip)),
            _ => Ok(client),
        }
    }
}

impl GuardedClient {
    /// The body, up to its limit.
    async fn body(&self, mut response: reqwest::Response) -> Result<Vec<u8>, FetchError> {
        let too_large = FetchError::TooLarge(self.max_body);
        if response.content_length().is_some_and(|length| length > self.max_body as u64) {
            return Err(too_large);
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(because)? {
            if bytes.len() + chunk.len() > self.max_body {
                return Err(too_large);
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }
}

#[async_trait]
impl Fetch for GuardedClient {
    async fn get(&self, url: &str) -> Result<Fetched, FetchError> {
        let url = Url::parse(url).map_err(|_| FetchError::Url("it is not an absolute URL"))?;
        let request = self.client_for(&url)?.get(url).header(ACCEPT, "application/json, */*;q=0.5");
        let response = request.send().await.map_err(because)?;
        if response.status() != reqwest::StatusCode::OK {
            return Err(FetchError::Status(response.status().as_u16()));
        }
        let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
        let (etag, max_age) = (header(ETAG).map(str::to_owned), header(CACHE_CONTROL).and_then(max_age));
        Ok(Fetched { bytes: self.body(response).await?, etag, max_age })
    }

    async fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, FetchError> {
        let url = Url::parse(&request.uri().to_string()).map_err(|_| FetchError::Url("it is not an absolute URL"))?;
        let client = self.client_for(&url)?;
        let request = reqwest::Request::try_from(request).map_err(because)?;
        let response = client.execute(request).await.map_err(because)?;
        let mut answer = Response::new(Vec::new());
        *answer.status_mut() = response.status();
        *answer.headers_mut() = response.headers().clone();
        *answer.body_mut() = self.body(response).await?;
        Ok(answer)
    }
}

/// Resolves a name and lets it pass only where every address may be reached: a name with a public and a private
/// address is an attempt, not a mistake.
#[derive(Debug)]
struct Resolver {
    reach: Reach,
    allow_networks: Arc<[IpNet]>,
    lookups: Arc<Semaphore>,
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (reach, allow_networks, lookups) =
            (self.reach, Arc::clone(&self.allow_networks), Arc::clone(&self.lookups));
        Box::pin(async move {
            // The permit travels into the closure: a request that gives up does not free the thread.
            let permit = lookups.acquire_owned().await.map_err(|_| FetchError::Name)?;
            let found = tokio::task::spawn_blocking(move || {
                let found = (name.as_str(), 0).to_socket_addrs().map(Iterator::collect::<Vec<SocketAddr>>);
                drop(permit);
                found
            });
            let found = found.await.map_err(|_| FetchError::Name)?.map_err(|_| FetchError::Name)?;
            if found.is_empty() {
                return Err(FetchError::Name.into());
            }
            if let Some(refused) = found.iter().find(|found| !address::may_reach(found.ip(), reach, &allow_networks)) {
                return Err(FetchError::Address(refused.ip()).into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// The reason inside reqwest's error: our own refusal where there is one. The URL is left out, as it may hold secrets.
fn because(error: reqwest::Error) -> FetchError {
    let error = error.without_url();
    let mut source = std::error::Error::source(&error);
    let mut innermost = error.to_string();
    while let Some(cause) = source {
        if let Some(ours) = cause.downcast_ref::<FetchError>() {
            return ours.clone();
        }
        innermost = cause.to_string();
        source = cause.source();
    }
    match error {
        _ if error.is_timeout() => FetchError::Timeout,
        _ if error.is_connect() => FetchError::Connect(innermost),
        _ => FetchError::Broken(innermost),
    }
}

/// `max-age` of `Cache-Control` (RFC 9111 §5.2.2); 0 for `no-store` and `no-cache`.
fn max_age(line: &str) -> Option<u64> {
    let mut found = None;
    for directive in line.split(',').map(str::trim) {
        let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
        match name.trim().to_ascii_lowercase().as_str() {
            "no-store" | "no-cache" => return Some(0),
            "max-age" => found = value.trim().trim_matches('"').parse().ok(),
            _ => {}
        }
    }
    found
}
