//! Style sheets, scripts and pictures under `/static/`: embedded, fingerprinted, without I/O in release.

use std::borrow::Cow;
use std::fmt::Write;

use rust_embed::RustEmbed;

/// The files of `static/`.
#[derive(RustEmbed)]
#[folder = "static/"]
struct StaticFiles;

/// One file under `/static/`, ready to be answered; the caller decides how long it is kept.
#[derive(Debug, Clone)]
pub struct StaticFile {
    /// What the file holds.
    pub bytes: Cow<'static, [u8]>,
    /// The value for `Content-Type`.
    pub content_type: &'static str,
    /// The value for `ETag`, quotes included (RFC 9110 §8.8.3).
    pub etag: String,
    /// The fingerprint that `versioned_path` puts into `?v=`; a request that carries it may be kept for ever.
    pub version: String,
}

/// The file at `path`, relative to `/static/`, if there is one and its type is one we serve.
pub fn static_file(path: &str) -> Option<StaticFile> {
    let content_type = content_type(path)?;
    let file = StaticFiles::get(path)?;
    let version = version(&file);
    Some(StaticFile { bytes: file.data, content_type, etag: format!("\"{version}\""), version })
}

/// `/static/app.css?v=…`, to be written after the issuer's path: a changed file has a new address.
pub(super) fn versioned_path(path: &str) -> String {
    match StaticFiles::get(path) {
        Some(file) => format!("/static/{path}?v={}", version(&file)),
        None => format!("/static/{path}"),
    }
}

/// The first 48 bits of the file's SHA-256, in hex.
fn version(file: &rust_embed::EmbeddedFile) -> String {
    let hash = file.metadata.sha256_hash();
    hash.iter().take(6).fold(String::with_capacity(12), |mut text, byte| {
        let _infallible = write!(text, "{byte:02x}");
        text
    })
}

fn content_type(path: &str) -> Option<&'static str> {
    // Names are plain; anything else (a step upwards, a back slash) is nobody's file.
    if path.split('/').any(|part| part.is_empty() || part.starts_with('.')) || path.contains('\\') {
        return None;
    }
    match path.rsplit_once('.')?.1 {
        "css" => Some("text/css; charset=utf-8"),
        "js" => Some("text/javascript; charset=utf-8"),
        "svg" => Some("image/svg+xml"),
        "png" => Some("image/png"),
        "ico" => Some("image/x-icon"),
        "txt" => Some("text/plain; charset=utf-8"),
        _ => None,
    }
}
