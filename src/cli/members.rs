//! The members of a JSON object that a command reads: which are known, what each needs, and what to say of one that cannot
//! be read.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::{Failure, input, output};
use crate::config::nearest;

/// A member: its name, what it needs in words, and a good example.
#[derive(Debug)]
pub(super) struct Member {
    name: &'static str,
    needs: &'static str,
    example: &'static str,
}

const fn member(name: &'static str, needs: &'static str, example: &'static str) -> Member {
    Member { name, needs, example }
}

const TEXTS: &str = "a list of strings";
const TEXT: &str = "a string";
const URL: &str = "a URL as a string";
const FLAG: &str = "true or false";
const SECONDS: &str = "a whole number of seconds";
const ALG: &str = "the name of a signature algorithm";

/// What a client registers (RFC 7591 §2, OpenID Connect Registration §2, extensions of ours).
pub(super) const CLIENT: &[Member] = &[
    member("client_id", TEXT, "\"wiki\""),
    member("client_secret", TEXT, "\"at least 32 characters, or leave it out\""),
    member("client_name", TEXT, "\"Wiki\""),
    member("redirect_uris", TEXTS, "[\"https://wiki.example.com/callback\"]"),
    member("token_endpoint_auth_method", "a method by name", "\"client_secret_basic\""),
    member("grant_types", TEXTS, "[\"authorization_code\", \"refresh_token\"]"),
    member("response_types", TEXTS, "[\"code\"]"),
    member("application_type", "a type by name", "\"web\""),
    member("subject_type", "a type by name", "\"public\""),
    member("sector_identifier_uri", URL, "\"https://example.com/sector.json\""),
    member("scope", "scopes in one string, separated by spaces", "\"openid profile email\""),
    member("contacts", TEXTS, "[\"ops@example.com\"]"),
    member("client_uri", URL, "\"https://wiki.example.com\""),
    member("logo_uri", URL, "\"https://wiki.example.com/logo.png\""),
    member("policy_uri", URL, "\"https://wiki.example.com/privacy\""),
    member("tos_uri", URL, "\"https://wiki.example.com/terms\""),
    member("jwks_uri", URL, "\"https://wiki.example.com/jwks.json\""),
    member("jwks", "a JWK set", "{\"keys\": []}"),
    member("software_id", TEXT, "\"4NRB1-0XZABZI9E6-5SM3R\""),
    member("software_version", TEXT, "\"2.2\""),
    member("id_token_signed_response_alg", ALG, "\"RS256\""),
    member("userinfo_signed_response_alg", ALG, "\"ES256\""),
    member("token_endpoint_auth_signing_alg", ALG, "\"ES256\""),
    member("default_max_age", SECONDS, "3600"),
    member("require_auth_time", FLAG, "true"),
    member("default_acr_values", TEXTS, "[\"urn:doorward:acr:mfa\"]"),
    member("initiate_login_uri", URL, "\"https://wiki.example.com/login\""),
    member("post_logout_redirect_uris", TEXTS, "[\"https://wiki.example.com/bye\"]"),
    member("require_pkce", FLAG, "true"),
    member("trusted", FLAG, "false"),
    member("require_mfa", FLAG, "true"),
    member("resources", "a list of audiences", "[\"https://api.example.com\"]"),
    member("may_introspect", "true, false or a list of audiences", "[\"https://api.example.com\"]"),
    member("access_token_format", "a format by name", "\"jwt\""),
    member("access_token_ttl", SECONDS, "600"),
];

/// What a resource registers.
pub(super) const RESOURCE: &[Member] = &[
    member("audience", "an absolute URI as a string", "\"https://api.example.com\""),
    member("name", TEXT, "\"Orders\""),
    member(
        "scopes",
        "a list of scopes, or an object from scope to human words",
        "{\"orders:read\": \"Read your orders\"}",
    ),
    member("token_format", "a format by name", "\"jwt\""),
    member("signing_alg", ALG, "\"ES256\""),
    member("access_token_ttl", SECONDS, "600"),
    member("typ", TEXT, "\"at+jwt\""),
    member("secret", TEXT, "\"at least 32 characters, or leave it out\""),
];

/// Takes a member that is a string out of the object.
///
/// # Errors
/// Where it is something else.
pub(super) fn take_text(
    known: &[Member],
    members: &mut Map<String, Value>,
    name: &str,
) -> Result<Option<String>, Failure> {
    match members.remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(other) => Err(refusal(known, name, &other, "")),
    }
}

/// Reads the whole object; `needed` are members that must stand beside any single one. A member that is null counts as left
/// out (RFC 7592 §2.2).
///
/// # Errors
/// With the member at fault, why, and a good example.
pub(super) fn read<T: DeserializeOwned>(
    known: &[Member],
    members: Map<String, Value>,
    needed: &Map<String, Value>,
) -> Result<T, Failure> {
    let members: Map<String, Value> = members.into_iter().filter(|(_, value)| !value.is_null()).collect();
    for (name, value) in &members {
        let mut alone = needed.clone();
        alone.insert(name.clone(), value.clone());
        if let Err(error) = T::deserialize(Value::Object(alone)) {
            return Err(refusal(known, name, value, &error.to_string()));
        }
    }
    T::deserialize(Value::Object(members)).map_err(|error| Failure::Failed(error.to_string()))
}

/// Takes out what nobody knows, each with a hint at what was probably meant. Those of `silent`, and localised members
/// (`client_name#de`), are taken out in silence.
pub(super) fn unknown(known: &[Member], members: &mut Map<String, Value>, silent: &[&str]) -> Vec<(String, String)> {
    let mut unknown = Vec::new();
    members.retain(|name, _| {
        let base = name.split('#').next().unwrap_or(name);
        let is_known = known.iter().any(|m| m.name == base);
        if !is_known && !silent.contains(&base) {
            let hint = near(known, name).map(|n| format!("; did you mean {n:?}?")).unwrap_or_default();
            unknown.push((name.clone(), hint));
        }
        is_known && base == name
    });
    unknown
}

/// Ignores unknown members as RFC 7591 §2 says to, with a warning for each on standard error.
pub(super) fn ignore_unknown(known: &[Member], members: &mut Map<String, Value>, silent: &[&str]) {
    for (name, hint) in unknown(known, members, silent) {
        output::complain(&format!("doorward: warning: {name:?} is not known and is ignored{hint}"));
    }
}

/// The known name that was probably meant.
fn near(known: &[Member], name: &str) -> Option<&'static str> {
    let name = name.to_lowercase().replace('-', "_");
    let nearest = nearest::name(known.iter().map(|m| m.name), &name);
    let is_near = nearest::distance(nearest, &name) <= (nearest.len().min(name.len()) / 3).max(1);
    known.iter().map(|m| m.name).find(|n| *n == nearest && is_near)
}

fn refusal(known: &[Member], name: &str, value: &Value, cause: &str) -> Failure {
    let Some(member) = known.iter().find(|m| m.name == name) else {
        return Failure::invalid(name, cause);
    };
    let reason = match cause.split_once("expected one of ").or_else(|| cause.split_once("expected ")) {
        Some((unknown, choices)) if unknown.starts_with("unknown variant") => {
            format!("{value} is not supported; choose from {}", choices.replace('`', ""))
        }
        _ => {
            let example = serde_json::from_str(member.example).unwrap_or_default();
            let given = input::kind(value);
            let also = if given == input::kind(&example) { String::new() } else { format!(", not {given}") };
            format!("needs {}{also}", member.needs)
        }
    };
    Failure::invalid(name, format!("{reason}. Example: \"{name}\": {}", member.example))
}

#[cfg(test)]
mod tests {
    use serde::Deserializer;
    use serde::de::Visitor;
    use serde_json::json;

    use super::*;
    use crate::domain::{clients, resources};

    fn object(value: Value) -> Map<String, Value> {
        serde_json::from_value(value).unwrap()
    }

    /// Takes the names of a struct's fields from its derived `Deserialize`.
    struct Names<'a>(&'a mut Vec<&'static str>);

    impl<'de> Deserializer<'de> for Names<'_> {
        type Error = serde::de::value::Error;

        fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Self::Error> {
            Err(serde::de::Error::custom("not a struct"))
        }

        fn deserialize_struct<V: Visitor<'de>>(
            self,
            _: &'static str,
            fields: &'static [&'static str],
            _: V,
        ) -> Result<V::Value, Self::Error> {
            self.0.extend(fields);
            Err(serde::de::Error::custom("the names are taken"))
        }

        serde::forward_to_deserialize_any! {
            bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit unit_struct newtype_struct seq
            tuple tuple_struct map enum identifier ignored_any
        }
    }

    fn table_is_whole<T: DeserializeOwned>(known: &[Member], apart: &[&str], needed: Value) {
        let mut names = Vec::new();
        let _taken = T::deserialize(Names(&mut names));
        let mut listed: Vec<&str> = known.iter().map(|m| m.name).filter(|n| !apart.contains(n)).collect();
        names.sort_unstable();
        listed.sort_unstable();
        assert_eq!(listed, names, "a member that the table lacks would be ignored");
        let members = known.iter().filter(|m| !apart.contains(&m.name));
        let members = members.map(|m| (m.name.to_owned(), serde_json::from_str(m.example).unwrap())).collect();
        assert!(read::<T>(known, members, &object(needed)).is_ok(), "every example is accepted");
    }

    #[test]
    fn every_member_is_listed_with_an_example_that_is_accepted() {
        table_is_whole::<clients::Metadata>(CLIENT, &["client_id", "client_secret"], json!({}));
        table_is_whole::<resources::Metadata>(RESOURCE, &["secret"], json!({ "audience": "urn:x" }));
    }

    #[test]
    fn a_bad_member_is_named_with_an_example() {
        let refused = |value: Value| {
            let failure = read::<clients::Metadata>(CLIENT, object(value), &Map::new()).unwrap_err();
            failure.words()
        };
        assert_eq!(
            refused(json!({ "client_name": "x", "redirect_uris": "https://a.example/cb" })),
            "redirect_uris: needs a list of strings, not a string. Example: \"redirect_uris\": \
             [\"https://wiki.example.com/callback\"]"
        );
        assert!(
            refused(json!({ "redirect_uris": [1] })).starts_with("redirect_uris: needs a list of strings. Example")
        );
        let method = refused(json!({ "token_endpoint_auth_method": "basic" }));
        assert!(method.contains("\"basic\" is not supported; choose from none, client_secret_basic"), "{method}");
        assert!(
            refused(json!({ "may_introspect": 7 })).contains("needs true, false or a list of audiences, not a number")
        );
        assert!(refused(json!({ "access_token_ttl": -1 })).contains("whole number of seconds"));
    }

    #[test]
    fn unknown_members_are_named_with_the_nearest() {
        let mut members = object(
            json!({ "client_nmae": "x", "client_name#de": "y", "zzz": 1, "redirect-uris": [], "trusted": true }),
        );
        let unknown = unknown(CLIENT, &mut members, &["zzz"]);
        assert_eq!(unknown.len(), 2);
        assert!(unknown.iter().any(|(_, hint)| hint.contains("\"client_name\"?")), "{unknown:?}");
        assert!(unknown.iter().any(|(_, hint)| hint.contains("\"redirect_uris\"?")), "{unknown:?}");
        assert_eq!(members.keys().collect::<Vec<_>>(), ["trusted"]);
    }
}
