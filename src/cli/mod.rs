//! The command line: one file per command.
//!
//! Exit codes: 0 done, 1 refused or failed, 2 the command line or the configuration is wrong.

pub mod serve;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};

use crate::config::{Config, LogFormat, Overrides};
use crate::platform::logging;

/// An OAuth 2 and OpenID Connect identity provider in one small program.
#[derive(Debug, Parser)]
#[command(name = "doorward", version, propagate_version = true)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// What every command takes.
#[derive(Debug, Args)]
pub struct Global {
    /// The configuration file; else doorward.toml in this folder, where there is one.
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The URL that people and apps reach this server at.
    #[arg(long, global = true, value_name = "URL")]
    pub issuer: Option<String>,
    /// Where to listen: 127.0.0.1:8080, [::1]:8080 or unix:/run/doorward.sock.
    #[arg(long, global = true, value_name = "ADDRESS")]
    pub listen: Option<String>,
    /// The folder of the SQLite file and the master key.
    #[arg(long, global = true, value_name = "FOLDER")]
    pub data_dir: Option<PathBuf>,
    /// PostgreSQL or MySQL instead of the SQLite file.
    #[arg(long, global = true, value_name = "URL")]
    pub database_url: Option<String>,
    /// Answer in JSON, for programs.
    #[arg(long, global = true)]
    pub json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server.
    Serve,
    /// Run a server to try out: a demo person, demo clients and a demo app, with nothing to set up.
    Dev,
}

/// Why a command did not do what was asked.
#[derive(Debug)]
pub enum Failure {
    /// The command line or the configuration is wrong (exit code 2).
    Usage(String),
    /// Refused or failed (exit code 1).
    Failed(String),
}

impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Failed(error.to_string())
    }
}

/// Runs the command of this process.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    // Fails only where a provider is installed already, and then it is the same one.
    let _installed = rustls::crypto::ring::default_provider().install_default();
    match run(&cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Usage(words)) => complain(&words, 2),
        Err(Failure::Failed(words)) => complain(&words, 1),
    }
}

#[expect(clippy::print_stderr, reason = "this is where a command complains")]
fn complain(words: &str, code: u8) -> ExitCode {
    eprintln!("doorward: {words}");
    ExitCode::from(code)
}

fn run(cli: &Cli) -> Result<(), Failure> {
    match &cli.command {
        Command::Serve => in_runtime(serve::run(load(&cli.global, true)?, false)),
        Command::Dev => {
            let config = serve::dev_config(&cli.global)?;
            begin_logging(&config)?;
            in_runtime(serve::run(config, true))
        }
    }
}

/// Runs a command to its end; a hung name look-up does not hold up the exit.
fn in_runtime(work: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let outcome = runtime.block_on(work);
    runtime.shutdown_timeout(Duration::from_secs(1));
    outcome
}

/// The configuration that the flags, the environment and the file make.
fn load(global: &Global, is_server: bool) -> Result<Config, Failure> {
    let config = Config::load(&overrides(global)).map_err(|e| Failure::Usage(e.to_string()))?;
    if is_server {
        begin_logging(&config)?;
    }
    Ok(config)
}

fn overrides(global: &Global) -> Overrides {
    Overrides {
        config_file: global.config.clone(),
        issuer: global.issuer.clone(),
        listen: global.listen.clone(),
        data_dir: global.data_dir.clone(),
        database_url: global.database_url.clone(),
    }
}

fn begin_logging(config: &Config) -> Result<(), Failure> {
    let format = match config.log.format {
        LogFormat::Text => logging::Format::Text,
        LogFormat::Json => logging::Format::Json,
    };
    logging::init(format, &config.log.level).map_err(|e| Failure::Usage(e.to_string()))
}
