//! The command line: one file per command, named like it.
//!
//! Commands work on the database beside a running server, which follows within seconds. What they print is in
//! `output.rs`, what they read in `input.rs` and `members.rs`, why they fail and with which exit code in `failure.rs`. To add
//! one: a file with `run`, a variant of `Command`, a line in `run`.

pub mod client;
pub mod completions;
pub mod config;
pub mod doctor;
mod failure;
pub mod health;
mod input;
pub mod invite;
pub mod keys;
pub mod mail;
mod members;
pub mod migrate;
mod output;
pub mod resource;
pub mod serve;
pub mod user;
pub mod user_import;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};

pub use failure::Failure;

use crate::app::{App, Parts};
use crate::config::{Config, LogFormat, Overrides};
use crate::platform::logging;

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  refused or failed
  2  the command line or the configuration is wrong
  3  what was named does not exist
  4  something of that name exists already";

/// An OAuth 2 and OpenID Connect identity provider in one small program.
#[derive(Debug, Parser)]
#[command(name = "doorward", version, propagate_version = true, after_help = EXIT_CODES)]
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
    /// Where to listen: 127.0.0.1:8080, 0.0.0.0:8080 or unix:/run/doorward.sock.
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
    /// The apps and services that get tokens.
    #[command(subcommand)]
    Client(client::Command),
    /// People.
    #[command(subcommand)]
    User(user::Command),
    /// Invitations to make an account.
    #[command(subcommand)]
    Invite(invite::Command),
    /// APIs with an audience of their own.
    #[command(subcommand)]
    Resource(resource::Command),
    /// The keys that sign tokens.
    #[command(subcommand)]
    Keys(keys::Command),
    /// The mails that wait to be sent, and those that were given up.
    #[command(subcommand)]
    Mail(mail::Command),
    /// Bring the database up to date; the start of a server does it too.
    Migrate {
        /// Only say what is pending; exit code 1 where something is.
        #[arg(long)]
        status: bool,
    },
    /// What is configured, whether it is good, and what can be set.
    #[command(subcommand)]
    Config(config::Command),
    /// Look at everything a server needs, and say the remedy for what is wrong.
    ///
    /// Database, its migrations and clock, issuer, keys, mail, file modes. Exit code 1 where anything fails.
    Doctor,
    /// Ask the running server of this configuration how it is; exit code 0 where it is well.
    Health,
    /// Print the script that teaches a shell to complete these commands.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

/// Runs the command of this process.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return misused(&error),
    };
    // Fails only where a provider is installed already, and then it is the same one.
    let _installed = rustls::crypto::ring::default_provider().install_default();
    match run(&cli) {
        Ok(()) if output::is_lost() => ExitCode::FAILURE,
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => told(&failure, cli.global.json),
    }
}

/// Help and version are no failure; anything else is one, in the form that was asked for.
fn misused(error: &clap::Error) -> ExitCode {
    let wants_json = std::env::args_os().any(|arg| arg == "--json");
    if error.use_stderr() && wants_json {
        return told(&Failure::Usage(error.to_string().trim_start_matches("error: ").trim_end().to_owned()), true);
    }
    let _gone = error.print();
    ExitCode::from(if error.use_stderr() { 2 } else { 0 })
}

fn told(failure: &Failure, is_json: bool) -> ExitCode {
    match failure {
        Failure::Silent => {}
        _ if is_json => output::complain(&failure.json().to_string()),
        _ => output::complain(&format!("doorward: {}", failure.words())),
    }
    ExitCode::from(failure.exit_code())
}

fn run(cli: &Cli) -> Result<(), Failure> {
    let global = &cli.global;
    let is_json = global.json;
    match &cli.command {
        Command::Serve => in_runtime(serve::run(load(global, true)?, false)),
        Command::Dev => {
            let config = serve::dev_config(global)?;
            begin_logging(&config)?;
            in_runtime(serve::run(config, true))
        }
        Command::Client(command) => with_app(global, async |app| client::run(&app, command, is_json).await),
        Command::User(command) => with_app(global, async |app| user::run(&app, command, is_json).await),
        Command::Invite(command) => with_app(global, async |app| invite::run(&app, command, is_json).await),
        Command::Resource(command) => with_app(global, async |app| resource::run(&app, command, is_json).await),
        Command::Keys(command) => with_app(global, async |app| keys::run(&app, command, is_json).await),
        Command::Mail(command) => with_app(global, async |app| mail::run(&app, command, is_json).await),
        Command::Migrate { status } => {
            let config = load(global, false)?;
            in_runtime(migrate::run(&config, *status, is_json))
        }
        Command::Config(command) => config::run(command, || load(global, false), is_json),
        Command::Doctor => in_runtime(doctor::run(load(global, false)?, is_json)),
        Command::Health => {
            let config = load(global, false)?;
            in_runtime(health::run(&config, is_json))
        }
        Command::Completions { shell } => {
            completions::run(*shell, is_json);
            Ok(())
        }
    }
}

/// Runs a command that works on the database, beside a running server.
fn with_app(global: &Global, command: impl AsyncFnOnce(App) -> Result<(), Failure>) -> Result<(), Failure> {
    let config = load(global, false)?;
    in_runtime(async {
        // A command refuses nobody: nothing comes through the queue.
        let (app, _refusals) = App::open(config, Parts::default()).await?;
        command(app).await
    })
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
    let config = Config::load(&overrides(global))?;
    if is_server {
        begin_logging(&config)?;
    } else {
        logging::init(logging::Format::Text, "warn")?;
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
