//! One description per field, from which the structs, the checks and the reference are all made.
//!
//! A section is written once, with `section!`: the doc comment, the type, the default, the rule and a good example of each
//! field. The struct, its `Default`, the reading and the page `docs/configuration.md` come from that text, so they cannot
//! disagree. To add a field, add a line to its section; to add a section, add a file and its line in `mod.rs`. A section whose name ends
//! with `.NAME` may stand there several times, under names that the operator chooses.

use std::fmt::Display;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use figment::Figment;
use figment::value::Value;
use ipnet::IpNet;
use url::Url;

use super::error::Problem;
use super::{Issuer, Listen, Secret};

/// How a field is written in an environment variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Text,
    Number,
    Flag,
    List,
}

/// Everything known about one key.
#[derive(Debug)]
pub(super) struct Field {
    /// Empty for the keys above all sections.
    pub(super) section: &'static str,
    pub(super) key: &'static str,
    pub(super) doc: &'static str,
    /// The right-hand side in TOML.
    pub(super) example: &'static str,
    pub(super) rule: Rule,
    pub(super) shape: Shape,
    pub(super) expected: &'static str,
    pub(super) is_secret: bool,
}

impl Field {
    /// `oidc.code_ttl`.
    pub(super) fn path(&self) -> String {
        if self.section.is_empty() { self.key.to_owned() } else { format!("{}.{}", self.section, self.key) }
    }

    /// `DOORWARD_OIDC__CODE_TTL`.
    pub(super) fn env(&self) -> String {
        format!("DOORWARD_{}", self.path().replace('.', "__").to_uppercase())
    }

    /// The two with the name of the section, where there may be several: `upstream.google.client_id`,
    /// `DOORWARD_UPSTREAM__GOOGLE__CLIENT_ID`.
    pub(super) fn names_in(&self, name: Option<&str>) -> (String, String) {
        match name {
            None => (self.path(), self.env()),
            Some(name) => {
                let env_name = name.to_uppercase().replace('-', "_");
                let env = self.env().replacen("__NAME__", &format!("__{env_name}__"), 1);
                (self.path().replacen(".NAME.", &format!(".{name}."), 1), env)
            }
        }
    }

    pub(super) fn problem(&self, reason: String, source: Option<String>) -> Problem {
        self.problem_in(None, reason, source)
    }

    pub(super) fn problem_in(&self, name: Option<&str>, reason: String, source: Option<String>) -> Problem {
        let (field, env) = self.names_in(name);
        Problem { field, env: Some(env), reason, example: format!("{} = {}", self.key, self.example), source }
    }
}

/// What a field accepts beyond its type.
#[derive(Debug, Clone, Copy)]
pub(super) enum Rule {
    /// Whatever the type accepts.
    Any,
    Range(Range),
    /// The words of the reference, and the check of one text.
    Text(&'static str, fn(&str) -> Result<(), String>),
}

/// Bounds of a number, in its unit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Range {
    pub(super) min: u64,
    pub(super) max: u64,
    pub(super) unit: &'static str,
    /// What 0 means where it lies below `min`, or deserves a word.
    pub(super) zero: Option<&'static str>,
    above: Option<&'static str>,
}

pub(super) const fn number(min: u64, max: u64, unit: &'static str) -> Range {
    Range { min, max, unit, zero: None, above: None }
}

pub(super) const fn seconds(min: u64, max: u64) -> Range {
    number(min, max, "seconds")
}

pub(super) const DAY: u64 = 86_400;

impl Range {
    /// Accepts 0 as well, with this meaning.
    pub(super) const fn zero(mut self, meaning: &'static str) -> Self {
        self.zero = Some(meaning);
        self
    }

    /// Says why more than `max` is refused.
    pub(super) const fn above(mut self, reason: &'static str) -> Self {
        self.above = Some(reason);
        self
    }

    pub(super) const fn rule(self) -> Rule {
        Rule::Range(self)
    }

    fn check(&self, number: i128) -> Result<(), String> {
        let (small, large) = if self.unit == "seconds" { ("short", "long") } else { ("small", "large") };
        if number == 0 && self.zero.is_some() {
            Ok(())
        } else if number < i128::from(self.min) {
            let or_zero = self.zero.map(|meaning| format!(", or 0 for {meaning}")).unwrap_or_default();
            let unit = if self.min == 1 { self.unit.trim_end_matches('s') } else { self.unit };
            Err(format!("{number} is too {small}: at least {} {unit}{or_zero}", self.min))
        } else if number > i128::from(self.max) {
            let reason = self.above.map_or_else(|| format!("at most {} {}", self.max, self.unit), str::to_owned);
            Err(format!("{number} is too {large}: {reason}"))
        } else {
            Ok(())
        }
    }
}

impl Rule {
    fn range(&self, number: i128) -> Result<(), String> {
        match self {
            Self::Range(range) => range.check(number),
            _ => Ok(()),
        }
    }

    pub(super) fn text(&self, text: &str) -> Result<(), String> {
        match self {
            Self::Text(_, check) => check(text),
            _ => Ok(()),
        }
    }
}

/// A type that a field may have.
pub(super) trait Setting: Sized {
    const SHAPE: Shape;
    /// With its article, for the reference and for the refusal of another kind of value.
    const EXPECTED: &'static str;
    const IS_SECRET: bool = false;

    fn read(value: &Value, rule: &Rule) -> Result<Self, String>;
}

macro_rules! whole_number {
    ($($number:ty),+) => { $(
        impl Setting for $number {
            const SHAPE: Shape = Shape::Number;
            const EXPECTED: &'static str = "a whole number";

            fn read(value: &Value, rule: &Rule) -> Result<Self, String> {
                let number = match value {
                    Value::Num(_, number) => number.to_i128(),
                    _ => None,
                };
                let number = number.ok_or_else(|| not(value, Self::EXPECTED))?;
                rule.range(number)?;
                Self::try_from(number).map_err(|_| format!("{number} is out of range"))
            }
        }
    )+ };
}
whole_number!(u8, u32, u64, usize);

impl Setting for bool {
    const SHAPE: Shape = Shape::Flag;
    const EXPECTED: &'static str = "true or false";

    fn read(value: &Value, _: &Rule) -> Result<Self, String> {
        value.to_bool().ok_or_else(|| not(value, Self::EXPECTED))
    }
}

impl Setting for String {
    const SHAPE: Shape = Shape::Text;
    const EXPECTED: &'static str = "a text";

    fn read(value: &Value, rule: &Rule) -> Result<Self, String> {
        let text = value.as_str().ok_or_else(|| not(value, Self::EXPECTED))?;
        rule.text(text)?;
        Ok(text.to_owned())
    }
}

impl Setting for Secret {
    const SHAPE: Shape = Shape::Text;
    const EXPECTED: &'static str = "a text";
    const IS_SECRET: bool = true;

    fn read(value: &Value, rule: &Rule) -> Result<Self, String> {
        let text = value.as_str().ok_or("the value (not shown) is not a text")?;
        rule.text(text)?;
        Ok(Self::new(text))
    }
}

impl Setting for PathBuf {
    const SHAPE: Shape = Shape::Text;
    const EXPECTED: &'static str = "a path";

    fn read(value: &Value, _: &Rule) -> Result<Self, String> {
        match value.as_str() {
            Some("") => Err("the path is empty".to_owned()),
            Some(path) if path.contains('\0') => Err(format!("{} holds a NUL", quote(path))),
            Some(path) => Ok(Self::from(path)),
            None => Err(not(value, Self::EXPECTED)),
        }
    }
}

/// Types that read themselves from a text; their own words follow the refused value.
macro_rules! parsed {
    ($($parsed:ty, $expected:literal, $parse:expr;)+) => { $(
        impl Setting for $parsed {
            const SHAPE: Shape = Shape::Text;
            const EXPECTED: &'static str = $expected;

            fn read(value: &Value, rule: &Rule) -> Result<Self, String> {
                let text = value.as_str().ok_or_else(|| not(value, Self::EXPECTED))?;
                rule.text(text)?;
                let parse: fn(&str) -> Result<Self, String> = $parse;
                parse(text).map_err(|reason| format!("{} {reason}", quote(text)))
            }
        }
    )+ };
}
pub(super) use parsed;

parsed! {
    Issuer, "an https address", |text| text.parse();
    Listen, "an address with a port, or unix: and a path", |text| text.parse();
    SocketAddr, "an address with a port", super::listen::socket_address;
    IpNet, "a network or an address", network;
    Url, "a web address", |text| Url::parse(text).map_err(|error| format!("is not a web address: {error}"));
}

fn network(text: &str) -> Result<IpNet, String> {
    let network = text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
    match network {
        Ok(all) if all.prefix_len() == 0 => Err("means every address there is: name the networks you know".to_owned()),
        Ok(IpNet::V6(mapped)) if mapped.network().to_ipv4_mapped().is_some() => {
            Err("is an IPv4 network in IPv6 clothes: write the IPv4 form".to_owned())
        }
        Ok(network) => Ok(network.trunc()),
        Err(_) => Err("is neither a network (10.0.0.0/8) nor an address (10.0.0.1)".to_owned()),
    }
}

impl<T: Setting> Setting for Option<T> {
    const SHAPE: Shape = T::SHAPE;
    const EXPECTED: &'static str = T::EXPECTED;
    const IS_SECRET: bool = T::IS_SECRET;

    fn read(value: &Value, rule: &Rule) -> Result<Self, String> {
        T::read(value, rule).map(Some)
    }
}

impl<T: Setting> Setting for Vec<T> {
    const SHAPE: Shape = Shape::List;
    const EXPECTED: &'static str = T::EXPECTED;
    const IS_SECRET: bool = T::IS_SECRET;

    fn read(value: &Value, rule: &Rule) -> Result<Self, String> {
        let items = value.as_array().ok_or_else(|| not(value, "a list"))?;
        items.iter().map(|item| T::read(item, rule)).collect()
    }
}

/// "`abc` is not a whole number".
pub(super) fn not(value: &Value, expected: &str) -> String {
    let found = match value {
        Value::String(_, text) => quote(text),
        Value::Char(_, character) => quote(&character.to_string()),
        Value::Bool(_, flag) => flag.to_string(),
        Value::Num(_, number) => number
            .to_i128()
            .map(|whole| whole.to_string())
            .or_else(|| number.to_f64().map(|fraction| format!("{fraction:?}")))
            .unwrap_or_else(|| "this number".to_owned()),
        Value::Empty(..) => "nothing".to_owned(),
        Value::Dict(..) => "a table".to_owned(),
        Value::Array(..) => "a list".to_owned(),
    };
    format!("{found} is not {expected}")
}

/// A refused text as an error shows it: short, on one line, and without a password inside an address.
pub(super) fn quote(text: &str) -> String {
    const LONGEST: usize = 80;
    let masked = match text.split_once("//").and_then(|(scheme, rest)| Some((scheme, rest.rsplit_once('@')?.1))) {
        Some((scheme, rest)) => format!("{scheme}//***@{rest}"),
        None => text.to_owned(),
    };
    let mut shown = masked.chars().take(LONGEST).collect::<String>().escape_debug().to_string();
    if masked.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    format!("`{shown}`")
}

/// Takes fields out of the merged layers and collects what is wrong with them.
pub(super) struct Reader<'a> {
    pub(super) layers: &'a Figment,
    pub(super) problems: Vec<Problem>,
    /// The name of the section that is read, where there may be several of its kind.
    pub(super) name: Option<String>,
}

impl Reader<'_> {
    /// The value of a field, or its default where it is not set or refused.
    pub(super) fn field<T: Setting>(&mut self, field: &Field, default: T) -> T {
        let (path, _) = field.names_in(self.name.as_deref());
        let Ok(value) = self.layers.find_value(&path) else { return default };
        T::read(&value, &field.rule).unwrap_or_else(|reason| {
            let source = self.source(&path);
            self.problems.push(field.problem_in(self.name.as_deref(), reason, source));
            default
        })
    }

    /// A condition between fields; the first is the one to change. Silent while one of them is refused already.
    pub(super) fn require(&mut self, fields: &[&Field], holds: bool, reason: impl Display) {
        let path = |field: &Field| field.names_in(self.name.as_deref()).0;
        let is_refused = |field: &&Field| self.problems.iter().any(|problem| problem.field == path(field));
        if holds || fields.iter().any(is_refused) {
            return;
        }
        let source = fields.iter().find_map(|field| self.source(&path(field)));
        if let Some(field) = fields.first() {
            self.problems.push(field.problem_in(self.name.as_deref(), reason.to_string(), source));
        }
    }

    fn source(&self, path: &str) -> Option<String> {
        self.layers.find_metadata(path).map(|metadata| metadata.name.to_string())
    }
}

/// Writes a section: see the top of this file.
macro_rules! section {
    (
        $(#[doc = $about:literal])+
        $vis:vis $name:ident $section:literal {
            $( $(#[doc = $doc:literal])+ $key:ident: $kind:ty = $default:expr, $rule:expr, $example:expr; )+
        }
    ) => {
        $(#[doc = $about])+
        #[derive(Debug, Clone, serde::Serialize)]
        $vis struct $name {
            $( $(#[doc = $doc])+ $vis $key: $kind, )+
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $( $key: $default, )+ }
            }
        }

        #[expect(non_upper_case_globals, reason = "each constant is named like its field")]
        pub(in crate::config) mod fields {
            use super::*;
            $(
                pub(in crate::config) const $key: $crate::config::field::Field = $crate::config::field::Field {
                    section: $section,
                    key: stringify!($key),
                    doc: concat!($($doc),+),
                    example: $example,
                    rule: $rule,
                    shape: <$kind as $crate::config::field::Setting>::SHAPE,
                    expected: <$kind as $crate::config::field::Setting>::EXPECTED,
                    is_secret: <$kind as $crate::config::field::Setting>::IS_SECRET,
                };
            )+
        }

        impl $name {
            pub(in crate::config) const ABOUT: &'static str = concat!($($about),+);
            pub(in crate::config) const FIELDS: &'static [$crate::config::field::Field] = &[$( fields::$key ),+];

            pub(in crate::config) fn read(reader: &mut $crate::config::field::Reader<'_>) -> Self {
                let default = Self::default();
                Self { $( $key: reader.field(&fields::$key, default.$key), )+ }
            }
        }
    };
}
pub(super) use section;
