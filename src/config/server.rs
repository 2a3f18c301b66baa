//! `[server]`: TLS, proxies in front, and the bounds of every connection.

use std::net::SocketAddr;
use std::path::PathBuf;

use ipnet::IpNet;

use super::Listen;
use super::field::{Reader, Rule, number, seconds, section};

section! {
    /// How connections are accepted and bounded.
    pub Server "server" {
        /// The PEM file with the certificate and its chain. With it and `tls_key` the server speaks TLS itself.
        tls_certificate: Option<PathBuf> = None, Rule::Any, "\"/etc/doorward/tls/fullchain.pem\"";
        /// The PEM file with the private key of `tls_certificate`.
        tls_key: Option<PathBuf> = None, Rule::Any, "\"/etc/doorward/tls/key.pem\"";
        /// Proxies whose `X-Forwarded-For` and `Forwarded` headers count: networks or single addresses. From anyone
        /// else these headers are ignored.
        trusted_proxies: Vec<IpNet> = Vec::new(), Rule::Any, "[\"10.0.0.0/8\", \"::1\"]";
        /// Whether whoever connects to a Unix socket counts as a trusted proxy. The socket's file mode decides who can.
        trust_unix_peer: bool = true, Rule::Any, "true";
        /// The file mode of a Unix socket, in octal.
        unix_mode: String = "0660".to_owned(), Rule::Text("an octal file mode", check_mode), "\"0660\"";
        /// A listener of its own for Prometheus metrics at `/metrics`; off unless set. It asks for no password, so keep
        /// it inside.
        metrics_listen: Option<SocketAddr> = None, Rule::Any, "\"127.0.0.1:9464\"";
        /// Connections that may be open at once. At the limit, the one that was idle for longest makes room for the next.
        max_connections: u32 = 4096, number(1, 1_000_000, "connections").rule(), "4096";
        /// How long a client may take to send the headers of a request.
        header_timeout: u64 = 10, seconds(1, 300).rule(), "10";
        /// How long one request may take, from its headers to the beginning of its answer.
        request_timeout: u64 = 30, seconds(1, 600).rule(), "30";
        /// How long a connection without a request is kept open.
        idle_timeout: u64 = 75, seconds(1, 3600).rule(), "75";
        /// The largest request body.
        body_limit: usize = 65_536, number(1024, 16_777_216, "bytes").rule(), "65536";
        /// How long a stopping server goes on accepting connections while it says that it is not ready, so that a proxy
        /// turns away first.
        shutdown_drain: u64 = 0, seconds(0, 600).rule(), "5";
        /// How long a stopping server waits for the requests it has begun.
        shutdown_grace: u64 = 10, seconds(0, 600).rule(), "10";
    }
}

impl Server {
    /// `unix_mode` as the number it means.
    #[must_use]
    pub fn unix_mode_bits(&self) -> u32 {
        u32::from_str_radix(&self.unix_mode, 8).unwrap_or(0o660)
    }

    pub(super) fn check(&self, listen: &Listen, reader: &mut Reader<'_>) {
        use fields::{metrics_listen, tls_certificate, tls_key};
        reader.require(
            &[&tls_key, &tls_certificate],
            self.tls_key.is_some() || self.tls_certificate.is_none(),
            "is not set, though server.tls_certificate is: TLS needs both",
        );
        reader.require(
            &[&tls_certificate, &tls_key],
            self.tls_certificate.is_some() || self.tls_key.is_none(),
            "is not set, though server.tls_key is: TLS needs both",
        );
        let is_shared = matches!((listen, self.metrics_listen), (Listen::Tcp(a), Some(b)) if *a == b && b.port() != 0);
        reader.require(&[&metrics_listen], !is_shared, "is the address of listen: metrics need a port of their own");
    }
}

fn check_mode(text: &str) -> Result<(), String> {
    match u32::from_str_radix(text, 8) {
        Ok(0o1..=0o777) if text.bytes().all(|digit| digit.is_ascii_digit()) => Ok(()),
        _ => Err(format!("{} is not an octal file mode from 0001 to 0777", super::field::quote(text))),
    }
}
