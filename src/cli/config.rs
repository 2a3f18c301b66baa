//! `doorward config`: what is in force, whether it is good, and what can be set.

use clap::Subcommand;
use serde_json::json;

use super::{Failure, output, serve};
use crate::app;
use crate::config::{self, Config};
use crate::login::upstream::Memory;
use crate::mail::transport;

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Print what is in force, as doorward.toml would say it, with secrets as ***.
    Show,
    /// Say every mistake at once, without starting.
    Check,
    /// Print the page that explains every setting.
    Reference,
}

/// Runs one of them; `load` reads the configuration.
///
/// # Errors
/// Where the configuration is wrong.
pub fn run(command: &Command, load: impl FnOnce() -> Result<Config, Failure>, is_json: bool) -> Result<(), Failure> {
    match command {
        Command::Show => {
            let config = load()?;
            output::show(is_json, &config.masked_json(), &config.masked());
        }
        Command::Check => {
            let config = load()?;
            // What the file names must be there too.
            let options = serve::options(&config).map(drop);
            options.and_then(|()| serve::check_folders(&config)).map_err(|failure| Failure::Usage(failure.words()))?;
            Memory::new(&config).map_err(Failure::Usage)?;
            app::outgoing(&config).map_err(|error| Failure::Usage(error.to_string()))?;
            transport::configured(&config, false).map_err(|error| Failure::Usage(error.to_string()))?;
            output::show(is_json, &json!({ "ok": true }), &format!("The configuration is good.\n\n{}", gist(&config)));
        }
        Command::Reference => {
            let page = config::reference();
            output::show(is_json, &json!({ "markdown": page }), &page);
        }
    }
    Ok(())
}

/// Where the server is and where its data lies.
fn gist(config: &Config) -> String {
    let database = match &config.database.url {
        // The URL holds a password: only its kind is told.
        Some(url) => url.expose().split(':').next().unwrap_or_default().to_owned(),
        None => "SQLite in the data folder".to_owned(),
    };
    output::fields(&[
        ("issuer", config.issuer.to_string()),
        ("listen", config.listen.to_string()),
        ("data_dir", config.data_dir.display().to_string()),
        ("database", database),
    ])
}
