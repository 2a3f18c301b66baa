//! (being written)

use std::time::Duration;

use async_trait::async_trait;
use ipnet::IpNet;

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

/// What was fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// The body, as sent.
    pub bytes: Vec<u8>,
    /// `ETag`, as sent.
    pub etag: Option<String>,
    /// For how many seconds the sender lets us keep it (`Cache-Control`); 0 where it forbids that.
    pub max_age: Option<u64>,
}

/// Why nothing was fetched.
#[derive(Debug, thiserror::Error)]
#[error("not fetched")]
pub struct FetchError;

/// Whoever fetches a URL that an outsider named; a test brings a stand-in.
#[async_trait]
pub trait Fetch: Send + Sync + std::fmt::Debug {
    /// Gets the body behind `url`.
    ///
    /// # Errors
    /// Where the URL may not be reached, or its host does not answer as it should.
    async fn get(&self, url: &str) -> Result<Fetched, FetchError>;
}
