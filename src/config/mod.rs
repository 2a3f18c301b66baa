//! Configuration: one typed value, a file per section.
//!
//! Load order, the later one wins: defaults, `doorward.toml`, environment, command line. `field.rs` explains how a field is
//! written once and becomes struct, check and reference; `environment.rs` names the variables that are no fields. Nothing
//! starts with an unknown key or a bad value: every mistake is told at once, with the field, the reason and a good example.

mod database;
mod environment;
mod error;
mod field;
mod file;
mod hashing;
mod issuer;
mod keys;
mod listen;
mod log;
mod login;
mod mail;
mod mfa;
pub(crate) mod nearest;
mod oidc;
mod outgoing;
mod password;
mod reference;
mod registration;
mod root;
mod secret;
mod server;
mod session;
#[cfg(test)]
mod tests;
mod throttle;
mod ui;
mod upstream;
mod webauthn;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use figment::value::{Dict, Map, Value};
use figment::{Figment, Metadata, Profile, Provider};
use serde::Serialize;

pub use database::{Database, Synchronous};
pub use error::{ConfigError, Problem};
pub use hashing::Hashing;
pub use issuer::Issuer;
pub use keys::Keys;
pub use listen::Listen;
pub use log::{Log, LogFormat};
pub use login::Login;
pub use mail::Mail;
pub use mfa::{Mfa, MfaPolicy};
pub use oidc::Oidc;
pub use outgoing::Outgoing;
pub use password::Password;
pub use reference::reference;
pub use registration::{Registration, RegistrationMode};
pub use secret::Secret;
pub use server::Server;
pub use session::Session;
pub use throttle::Throttle;
pub use ui::{LANGUAGES, Ui};
pub use upstream::{Upstream, UpstreamKind, UpstreamResponseMode};
pub use webauthn::Webauthn;

use field::{Field, Reader};
use root::Root;

/// Everything that can be set, checked.
#[derive(Debug, Clone, Serialize)]
pub struct Config {
    /// The address under which everyone reaches this server.
    pub issuer: Issuer,
    /// Where the server listens.
    pub listen: Listen,
    /// The folder of the SQLite file and of the master key.
    pub data_dir: PathBuf,
    /// The configured master key; without one it is a file in `data_dir`.
    pub master_key: Option<Secret>,
    /// TLS, proxies, bounds of connections.
    pub server: Server,
    /// Where everything is kept.
    pub database: Database,
    /// Lifetimes of the protocol.
    pub oidc: Oidc,
    /// How long a browser stays signed in.
    pub session: Session,
    /// The ways in.
    pub login: Login,
    /// When a second factor is asked for.
    pub mfa: Mfa,
    /// For which names passkeys are made.
    pub webauthn: Webauthn,
    /// Which passwords are good enough.
    pub password: Password,
    /// Who may make an account.
    pub registration: Registration,
    /// When signing keys change.
    pub keys: Keys,
    /// The cost of a password.
    pub hashing: Hashing,
    /// What slows down those who guess.
    pub throttle: Throttle,
    /// Requests to addresses that others name.
    pub outgoing: Outgoing,
    /// How mail leaves.
    pub mail: Mail,
    /// What is logged.
    pub log: Log,
    /// What the pages say about their operator.
    pub ui: Ui,
    /// Accounts elsewhere that sign people in here, by name.
    pub upstream: BTreeMap<String, Upstream>,
}

/// What the command line says; it wins over everything else.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    /// The configuration file, instead of `DOORWARD_CONFIG` or `./doorward.toml`.
    pub config_file: Option<PathBuf>,
    /// `issuer`.
    pub issuer: Option<String>,
    /// `listen`.
    pub listen: Option<String>,
    /// `data_dir`.
    pub data_dir: Option<PathBuf>,
    /// `database.url`.
    pub database_url: Option<String>,
}

struct Section {
    name: &'static str,
    about: &'static str,
    fields: &'static [Field],
}

impl Section {
    /// Whether there may be several of its kind, each with a name: `upstream.NAME`.
    fn is_named(&self) -> bool {
        self.name.ends_with(".NAME")
    }

    /// What stands before the name.
    fn stem(&self) -> &'static str {
        self.name.trim_end_matches(".NAME")
    }

    /// The sections of its kind that are there, each with its whole name.
    fn all_in<'a>(&self, values: &'a serde_json::Value) -> Vec<(String, &'a serde_json::Value)> {
        match (self.is_named(), &values[self.stem()]) {
            (true, serde_json::Value::Object(named)) => {
                named.iter().map(|(name, keys)| (format!("{}.{name}", self.stem()), keys)).collect()
            }
            (true, _) => Vec::new(),
            (false, _) if self.name.is_empty() => vec![(String::new(), values)],
            (false, keys) => vec![(self.name.to_owned(), keys)],
        }
    }
}

macro_rules! sections {
    ($($name:literal $section:ident),+ $(,)?) => {
        &[$( Section { name: $name, about: $section::ABOUT, fields: $section::FIELDS } ),+]
    };
}

/// Every section in the order of the reference.
const SECTIONS: &[Section] = sections![
    "" Root, "server" Server, "database" Database, "oidc" Oidc, "session" Session, "login" Login, "mfa" Mfa,
    "webauthn" Webauthn,
    "password" Password, "registration" Registration, "keys" Keys, "hashing" Hashing,
    "throttle" Throttle, "outgoing" Outgoing, "mail" Mail, "log" Log, "ui" Ui,
    "upstream.NAME" Upstream,
];

fn all_fields() -> impl Iterator<Item = &'static Field> {
    SECTIONS.iter().flat_map(|section| section.fields)
}

impl Default for Config {
    fn default() -> Self {
        let Root { issuer, listen, data_dir, master_key } = Root::default();
        Self {
            issuer,
            listen,
            data_dir,
            master_key,
            server: Server::default(),
            database: Database::default(),
            oidc: Oidc::default(),
            session: Session::default(),
            login: Login::default(),
            mfa: Mfa::default(),
            webauthn: Webauthn::default(),
            password: Password::default(),
            registration: Registration::default(),
            keys: Keys::default(),
            hashing: Hashing::default(),
            throttle: Throttle::default(),
            outgoing: Outgoing::default(),
            mail: Mail::default(),
            log: Log::default(),
            ui: Ui::default(),
            upstream: BTreeMap::new(),
        }
    }
}

impl Config {
    /// Reads the file and the environment of this process.
    ///
    /// # Errors
    /// Every unknown key and every bad value at once; or the file, when it is named and cannot be read.
    pub fn load(overrides: &Overrides) -> Result<Self, ConfigError> {
        let env = environment::of_this_process()?;
        let file = file::find(overrides.config_file.as_deref(), &env)?;
        Self::assemble(file.as_ref().map(|(path, text)| (path.as_path(), text.as_str())), env, overrides)
    }

    /// The same from given parts, with no look at the machine.
    ///
    /// # Errors
    /// Every unknown key and every bad value at once.
    pub fn from_parts(
        toml: Option<&str>,
        env: impl Iterator<Item = (String, String)>,
        overrides: &Overrides,
    ) -> Result<Self, ConfigError> {
        Self::assemble(toml.map(|text| (Path::new("doorward.toml"), text)), env.collect(), overrides)
    }

    fn assemble(
        file: Option<(&Path, &str)>,
        env: Vec<(String, String)>,
        overrides: &Overrides,
    ) -> Result<Self, ConfigError> {
        let mut problems = Vec::new();
        let mut layers = Figment::new();
        if let Some((path, text)) = file {
            let values = file::parse(path, text)?;
            problems.extend(file::unknown_keys(path, &values));
            layers = layers.merge(Layer { name: path.display().to_string(), values });
        }
        let (values, unknown) = environment::layer(env);
        problems.extend(unknown);
        layers = layers
            .merge(Layer { name: "the environment".to_owned(), values })
            .merge(Layer { name: "the command line".to_owned(), values: overrides.values(&mut problems) });

        let mut reader = Reader { layers: &layers, problems, name: None };
        let config = Self::read(&mut reader);
        if reader.problems.is_empty() { Ok(config) } else { Err(ConfigError::new(reader.problems)) }
    }

    fn read(reader: &mut Reader<'_>) -> Self {
        let root = Root::read(reader);
        let mut config = Self {
            issuer: root.issuer,
            listen: root.listen,
            data_dir: root.data_dir,
            master_key: root.master_key,
            server: Server::read(reader),
            database: Database::read(reader),
            oidc: Oidc::read(reader),
            session: Session::read(reader),
            login: Login::read(reader),
            mfa: Mfa::read(reader),
            webauthn: Webauthn::read(reader),
            password: Password::read(reader),
            registration: Registration::read(reader),
            keys: Keys::read(reader),
            hashing: Hashing::read(reader),
            throttle: Throttle::read(reader),
            outgoing: Outgoing::read(reader),
            mail: Mail::read(reader),
            log: Log::read(reader),
            ui: Ui::read(reader),
            upstream: read_named(reader),
        };
        if let (false, Listen::Tcp(address)) = (reader.layers.contains("issuer"), &config.listen)
            && address.port() != 0
        {
            config.issuer = Issuer::local(address.port());
        }
        reader.require(
            &[&root::fields::issuer, &server::fields::tls_certificate],
            config.issuer.is_https() || config.server.tls_certificate.is_none() || config.server.tls_key.is_none(),
            format_args!("{} is not https, though the server speaks TLS", config.issuer),
        );
        config.server.check(&config.listen, reader);
        config.oidc.check(reader);
        config.session.check(reader);
        config.login.check(!config.upstream.is_empty(), reader);
        config.webauthn.check(&config.issuer, reader);
        config.keys.check(reader);
        config.hashing.check(reader);
        config.throttle.check(reader);
        config.ui.check(reader);
        config
    }

    /// Everything as a program reads it; secrets are `***`.
    #[must_use]
    pub fn masked_json(&self) -> serde_json::Value {
        serde_json::to_value(self).unwrap_or_default()
    }

    /// Everything as it would stand in `doorward.toml`; secrets are `***`, what is not set is a comment.
    #[must_use]
    pub fn masked(&self) -> String {
        let values = self.masked_json();
        let mut text = String::new();
        for section in SECTIONS {
            for (name, keys) in section.all_in(&values) {
                if !name.is_empty() {
                    text.push_str(&format!("\n[{name}]\n"));
                }
                for field in section.fields {
                    let line = match reference::toml(&keys[field.key]) {
                        Some(value) => format!("{} = {value}\n", field.key),
                        None => format!("# {} is not set\n", field.key),
                    };
                    text.push_str(&line);
                }
            }
        }
        text
    }
}

/// Every `[upstream.NAME]`, each checked by itself; a section with a name that cannot be is told elsewhere.
fn read_named(reader: &mut Reader<'_>) -> BTreeMap<String, Upstream> {
    let mut found = BTreeMap::new();
    let Ok(Value::Dict(_, named)) = reader.layers.find_value("upstream") else { return found };
    for (name, value) in named {
        if upstream::check_section_name(&name).is_err() || value.as_dict().is_none() {
            continue;
        }
        reader.name = Some(name.clone());
        let provider = Upstream::read(reader);
        provider.check(reader);
        found.insert(name, provider);
    }
    reader.name = None;
    found
}

impl Overrides {
    fn values(&self, problems: &mut Vec<Problem>) -> Dict {
        let mut values = Dict::new();
        let mut set = |path: &str, text: &str| insert(&mut values, path, text.into());
        let texts = [("issuer", &self.issuer), ("listen", &self.listen), ("database.url", &self.database_url)];
        for (path, text) in texts {
            if let Some(text) = text {
                set(path, text);
            }
        }
        match self.data_dir.as_ref().map(|path| path.to_str()) {
            Some(Some(path)) => set("data_dir", path),
            Some(None) => {
                let reason = "the path is not UTF-8".to_owned();
                let source = Some("the command line".to_owned());
                problems.extend(
                    Root::FIELDS.iter().find(|field| field.key == "data_dir").map(|f| f.problem(reason, source)),
                );
            }
            None => {}
        }
        values
    }
}

/// Puts a value at `key`, `section.key` or `section.name.key`.
fn insert(values: &mut Dict, path: &str, value: Value) {
    match path.split_once('.') {
        None => {
            values.insert(path.to_owned(), value);
        }
        Some((section, rest)) => {
            let section = values.entry(section.to_owned()).or_insert_with(|| Value::from(Dict::new()));
            if let Value::Dict(_, keys) = section {
                insert(keys, rest, value);
            }
        }
    }
}

/// One source of values, named as an error names it.
struct Layer {
    name: String,
    values: Dict,
}

impl Provider for Layer {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.name.clone())
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        Ok(Map::from([(Profile::Default, self.values.clone())]))
    }
}
