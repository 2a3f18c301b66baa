//! (being written)

use std::net::SocketAddr;

/// Who is at the other end of the connection; `None` for a Unix socket. In the extensions of every request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeerAddr(pub Option<SocketAddr>);
