//! `doorward serve` and `doorward dev`: the server from its first line to its last.

use std::path::PathBuf;
use std::time::Duration;

use metrics_exporter_prometheus::PrometheusBuilder;
use tokio::signal::unix::{SignalKind, signal};

use super::{Failure, Global, output, overrides};
use crate::app::{App, Parts};
use crate::config::{self, Config};
use crate::domain::{administrators, settings};
use crate::platform::server::{self, Bound, Listen, Tls};
use crate::{demo, jobs, router, urls};

/// Where `dev` keeps its data, apart from a real server's.
const DEV_DATA: &str = "data/dev";

/// How long mail that is on its way may take at the end.
const MAIL_GRACE: Duration = Duration::from_secs(5);

/// The configuration of `dev`: its own data folder where none is given.
///
/// # Errors
/// Where the configuration is wrong.
pub fn dev_config(global: &Global) -> Result<Config, Failure> {
    let mut overrides = overrides(global);
    if overrides.data_dir.is_none() && std::env::var_os("DOORWARD_DATA_DIR").is_none() {
        overrides.data_dir = Some(PathBuf::from(DEV_DATA));
    }
    let config = Config::load(&overrides)?;
    match &config.listen {
        config::Listen::Tcp(address) if !address.ip().is_loopback() => Err(Failure::Usage(format!(
            "`doorward dev` listens on this machine only, and {address} can be reached from others: the password of its administrator \
             is well known. Give it --listen 127.0.0.1:{port}, or run `doorward serve`",
            port = address.port()
        ))),
        _ => Ok(config),
    }
}

/// Serves until SIGTERM or SIGINT.
///
/// # Errors
/// With the remedy, where the server cannot start.
pub async fn run(config: Config, is_dev: bool) -> Result<(), Failure> {
    check_folders(&config)?;
    let metrics = install_metrics(&config)?;
    let (app, refusals) = App::open(config, Parts { is_dev, ..Parts::default() }).await?;
    let bound = server::bind(&listen_at(&app.config)).await?;
    let options = options(&app.config)?;
    tokio::spawn(refusals.run(app.clone()));
    jobs::start(&app);
    if let Some((handle, address)) = metrics {
        let bound = server::bind(&Listen::Tcp(address)).await.map_err(|error| {
            let words = error.to_string().replace("DOORWARD_LISTEN", "DOORWARD_SERVER__METRICS_LISTEN");
            Failure::Failed(format!("server.metrics_listen: {words}"))
        })?;
        let routes =
            axum::Router::new().route("/metrics", axum::routing::get(move || std::future::ready(handle.render())));
        tokio::spawn(server::serve(bound, routes, server::Options::default(), std::future::pending()));
    }
    if is_dev {
        demo::seed(&app).await?;
        tell(&demo::announcement(&app));
    } else {
        announce(&app, &bound).await?;
    }
    let stopping = app.clone();
    let shutdown = async move {
        until_stopped().await;
        stopping.stopping.begin();
    };
    server::serve(bound, router::router(&app), options, shutdown).await;
    // What is on its way to the mail server would be sent twice if it were cut off.
    app.outbox.finish(MAIL_GRACE).await;
    tracing::info!("stopped");
    Ok(())
}

async fn announce(app: &App, bound: &Bound) -> Result<(), Failure> {
    tracing::info!(issuer = app.urls.issuer(), listener = %bound, version = env!("CARGO_PKG_VERSION"), "serving");
    if app.config.mail.smtp_url.is_none() {
        tracing::warn!("no mail server is set (mail.smtp_url): mail is printed to this log, with its links");
    }
    if settings::find(app.db.read(), demo::MARK).await?.is_some() {
        tracing::warn!(
            "this database was made by `doorward dev`: its people and clients have well-known passwords and secrets"
        );
    }
    if let Some(token) = administrators::invite_first(app).await? {
        let link = app.urls.absolute(&format!("{}?token={token}", urls::SETUP));
        tell(&format!("\nCreate the first administrator (this link works once):\n\n    {link}\n"));
    }
    Ok(())
}

/// For the person at the terminal; not a log line, since the link in it is a secret.
fn tell(words: &str) {
    if let Err(error) = output::write(words) {
        tracing::warn!(%error, "standard output takes nothing: what stands there at a start was not shown; start again to see it");
    }
}

async fn until_stopped() {
    let (Ok(mut term), Ok(mut interrupt)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt())) else {
        tracing::error!("signals cannot be received; stop the process by force");
        return std::future::pending().await;
    };
    tokio::select! {
        _ = term.recv() => {}
        _ = interrupt.recv() => {}
    }
}

fn listen_at(config: &Config) -> Listen {
    match &config.listen {
        config::Listen::Tcp(address) => Listen::Tcp(*address),
        config::Listen::Unix(path) => Listen::Unix { path: path.clone(), mode: config.server.unix_mode_bits() },
    }
}

pub(super) fn options(config: &Config) -> Result<server::Options, Failure> {
    let server = &config.server;
    let tls = match (&server.tls_certificate, &server.tls_key) {
        (Some(certificate), Some(key)) => Some(
            Tls::load(certificate, key)
                .map_err(|error| Failure::Failed(format!("server.tls_certificate, server.tls_key: {error}")))?,
        ),
        _ => None,
    };
    let seconds = Duration::from_secs;
    Ok(server::Options {
        tls,
        header_timeout: seconds(server.header_timeout),
        request_timeout: seconds(server.request_timeout),
        idle_timeout: seconds(server.idle_timeout),
        max_connections: server.max_connections,
        drain: seconds(server.shutdown_drain),
        grace: seconds(server.shutdown_grace),
        ..server::Options::default()
    })
}

/// Whether what the configuration names, and only a later request would look for, is there.
///
/// # Errors
/// With the setting.
pub(super) fn check_folders(config: &Config) -> Result<(), Failure> {
    match config.password.breached_ranges.as_ref().filter(|folder| !folder.is_dir()) {
        None => Ok(()),
        Some(folder) => Err(Failure::Failed(format!(
            "password.breached_ranges: {} is no folder that can be read",
            folder.display()
        ))),
    }
}

type Metrics = (metrics_exporter_prometheus::PrometheusHandle, std::net::SocketAddr);

/// Metrics are collected only where somebody listens to them.
fn install_metrics(config: &Config) -> Result<Option<Metrics>, Failure> {
    let Some(address) = config.server.metrics_listen else { return Ok(None) };
    Ok(Some((PrometheusBuilder::new().install_recorder()?, address)))
}
