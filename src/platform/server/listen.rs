//! Binding: a TCP address or a Unix socket, with errors that say what to do.

use std::fmt;
use std::fs;
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use tokio::net::{TcpListener, UnixListener};

/// Where to listen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Listen {
    /// An IPv4 or IPv6 address and port; port 0 takes a free one.
    Tcp(SocketAddr),
    /// A Unix socket.
    Unix {
        /// The path of the socket.
        path: PathBuf,
        /// Its permission bits, such as `0o660`.
        mode: u32,
    },
}

/// Who may connect to a Unix socket where nothing else is said: the owner and the group.
const DEFAULT_MODE: u32 = 0o660;

impl FromStr for Listen {
    type Err = BindError;

    /// `127.0.0.1:8080`, `[::]:8080` or `unix:/run/doorward.sock`.
    fn from_str(text: &str) -> Result<Self, BindError> {
        match text.strip_prefix("unix:") {
            Some(path) if path.starts_with('/') => Ok(Self::Unix { path: path.into(), mode: DEFAULT_MODE }),
            Some(_) => Err(BindError::Malformed(text.to_owned())),
            None => text.parse().map(Self::Tcp).map_err(|_| BindError::Malformed(text.to_owned())),
        }
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => write!(f, "{address}"),
            Self::Unix { path, .. } => write!(f, "unix:{}", path.display()),
        }
    }
}

/// Why nothing listens.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// Neither an address nor a socket path.
    #[error("`{0}` is no place to listen at: write `127.0.0.1:8080`, `[::]:8080` or `unix:/run/doorward.sock`")]
    Malformed(String),
    /// Another program has it.
    #[error("{0} is in use by another program: stop that one, or set DOORWARD_LISTEN to another address")]
    InUse(Listen),
    /// The operating system does not let us.
    #[error(
        "{0} may not be bound by this user: ports below 1024 need a privilege; set DOORWARD_LISTEN to another address"
    )]
    Forbidden(Listen),
    /// The address belongs to no network interface here.
    #[error("{0} is no address of this machine: set DOORWARD_LISTEN to one that is, or to 0.0.0.0 or [::] for all")]
    NotOurs(Listen),
    /// Something that is no socket stands at the path.
    #[error("{}: something that is no socket stands here: move it away, or set DOORWARD_LISTEN to another path", .0.display())]
    NotASocket(PathBuf),
    /// Anything else.
    #[error("{0} could not be bound: {1}")]
    Other(Listen, io::Error),
}

/// A place that is listened at. Dropping it closes it and removes its socket file.
#[derive(Debug)]
pub struct Bound {
    pub(super) listener: Listener,
    listen: Listen,
    /// Device and inode of the socket file that we made.
    file: Option<(u64, u64)>,
}

#[derive(Debug)]
pub(super) enum Listener {
    Tcp(TcpListener),
    Unix(UnixListener),
}

impl Bound {
    /// The TCP address, with the port that was really taken.
    #[must_use]
    pub fn local_addr(&self) -> Option<SocketAddr> {
        match self.listen {
            Listen::Tcp(address) => Some(address),
            Listen::Unix { .. } => None,
        }
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.listen.fmt(f)
    }
}

impl Drop for Bound {
    fn drop(&mut self) {
        // Only our own file: another process may have taken over the path since.
        if let (Listen::Unix { path, .. }, Some(file)) = (&self.listen, self.file)
            && identity(path).is_ok_and(|found| found == file)
        {
            drop(fs::remove_file(path));
        }
    }
}

/// Binds, so that the caller can read the address before anything is served.
///
/// # Errors
/// Where the place is taken, forbidden, or not of this machine.
pub async fn bind(listen: &Listen) -> Result<Bound, BindError> {
    match listen {
        Listen::Tcp(address) => {
            let listener = TcpListener::bind(address).await.map_err(|error| because(listen, error))?;
            let address = listener.local_addr().map_err(|error| because(listen, error))?;
            Ok(Bound { listener: Listener::Tcp(listener), listen: Listen::Tcp(address), file: None })
        }
        Listen::Unix { path, mode } => {
            clear_the_way(listen, path)?;
            bind_unix(listen, path, *mode)
        }
    }
}

/// A socket that nobody answers on was left by a process that died; one that is answered belongs to another.
fn clear_the_way(listen: &Listen, path: &Path) -> Result<(), BindError> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(because(listen, error)),
        Ok(found) if !found.file_type().is_socket() => return Err(BindError::NotASocket(path.to_owned())),
        Ok(_) => {}
    }
    match UnixStream::connect(path) {
        Ok(_) => Err(BindError::InUse(listen.clone())),
        Err(error) if matches!(error.kind(), io::ErrorKind::ConnectionRefused | io::ErrorKind::NotFound) => Ok(()),
        // A full queue means that somebody listens.
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Err(BindError::InUse(listen.clone())),
        Err(error) => Err(because(listen, error)),
    }
}

/// Binds under another name and moves it into place with its mode set: nobody connects before, and a stale file is
/// replaced in one step.
fn bind_unix(listen: &Listen, path: &Path, mode: u32) -> Result<Bound, BindError> {
    let mut draft = path.as_os_str().to_owned();
    draft.push(format!(".{}", std::process::id()));
    let draft = PathBuf::from(draft);
    let bound = (|| {
        drop(fs::remove_file(&draft));
        let listener = UnixListener::bind(&draft)?;
        fs::set_permissions(&draft, fs::Permissions::from_mode(mode))?;
        let file = identity(&draft)?;
        fs::rename(&draft, path)?;
        Ok(Bound { listener: Listener::Unix(listener), listen: listen.clone(), file: Some(file) })
    })();
    bound.map_err(|error| {
        drop(fs::remove_file(&draft));
        because(listen, error)
    })
}

fn identity(path: &Path) -> io::Result<(u64, u64)> {
    fs::symlink_metadata(path).map(|found| (found.dev(), found.ino()))
}

fn because(listen: &Listen, error: io::Error) -> BindError {
    match (error.kind(), listen) {
        (io::ErrorKind::AddrInUse, _) => BindError::InUse(listen.clone()),
        (io::ErrorKind::PermissionDenied, Listen::Tcp(_)) => BindError::Forbidden(listen.clone()),
        (io::ErrorKind::AddrNotAvailable, _) => BindError::NotOurs(listen.clone()),
        _ => BindError::Other(listen.clone(), error),
    }
}
