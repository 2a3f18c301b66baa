//! Tokens and keys as friends and attackers make them: vectors of the RFCs, every alg confusion, every malformed part.

use std::sync::LazyLock;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use super::*;

const NOW_S: i64 = 1_800_000_000;
const NOW_MS: i64 = NOW_S * 1000;
const SECRET: &[u8; 32] = b"0123456789abcdef0123456789abcdef";

/// One key pair per algorithm, made once: RSA is slow.
static KEYS: LazyLock<Vec<NewKey>> = LazyLock::new(|| Alg::ASYMMETRIC.map(|alg| generate(alg).unwrap()).into());

fn key(alg: Alg) -> &'static NewKey {
    KEYS.iter().find(|key| key.alg == alg).unwrap()
}

fn signer(alg: Alg) -> Signer {
    match alg {
        Alg::Hs256 => Signer::hmac(SECRET).unwrap(),
        _ => Signer::from_private_jwk(alg, &key(alg).kid, &key(alg).private_jwk).unwrap(),
    }
}

fn verifier(alg: Alg) -> Verifier {
    match alg {
        Alg::Hs256 => Verifier::hmac(SECRET).unwrap(),
        _ => Verifier::from_public_jwk(alg, &key(alg).public_jwk).unwrap(),
    }
}

fn stored(new: &NewKey) -> StoredKey {
    StoredKey {
        kid: new.kid.clone(),
        alg: new.alg,
        private_jwk: new.private_jwk.clone(),
        public_jwk: new.public_jwk.clone(),
        signs_from_ms: NOW_MS - 1,
        retires_at_ms: None,
    }
}

fn claims() -> Value {
    json!({ "iss": "https://id.example", "aud": "app", "sub": "s", "iat": NOW_S, "exp": NOW_S + 60 })
}

fn b64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A token with any header and payload under a right HS256 signature.
fn forge(header: &str, payload: &str) -> String {
    let signed = format!("{}.{}", b64(header), b64(payload));
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, SECRET);
    format!("{signed}.{}", b64(ring::hmac::sign(&key, signed.as_bytes())))
}

fn verified<'k, K: IntoIterator<Item = &'k Verifier>>(
    token: &str,
    pick: impl FnOnce(&Header) -> Result<K, JwtError>,
) -> Result<Verified, JwtError> {
    Unverified::parse(token)?.verify(pick)
}

fn check(token: &str, verifier: &Verifier) -> Result<Verified, JwtError> {
    verified(token, |_| Ok(Some(verifier)))
}

fn check_hmac(token: &str) -> Result<Verified, JwtError> {
    check(token, &verifier(Alg::Hs256))
}

#[test]
fn thumbprints_of_rfc_7638_and_rfc_8037() {
    let rsa = json!({
        "kty": "RSA", "e": "AQAB", "alg": "RS256", "kid": "2011-04-29",
        "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiF\
              V4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9\
              c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1\
              jF44-csFCur-kEgU8awapJzKnqDKgw",
    });
    assert_eq!(thumbprint(&rsa).unwrap(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    let ed = json!({ "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "kty": "OKP", "crv": "Ed25519" });
    assert_eq!(thumbprint(&ed).unwrap(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    for bad in
        [json!({}), json!([]), json!({ "kty": "RSA", "n": "AQ" }), json!({ "kty": "EC", "crv": "P-256", "x": 1 })]
    {
        assert!(thumbprint(&bad).is_err(), "{bad}");
    }
}

#[test]
fn the_es256_example_of_rfc_7515_a3_verifies() {
    let jwk = json!({
        "kty": "EC", "crv": "P-256",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    });
    let token = "eyJhbGciOiJFUzI1NiJ9.\
        eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.\
        DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
    let verified = check(token, &Verifier::from_public_jwk(Alg::Es256, &jwk).unwrap()).unwrap();
    assert_eq!(verified.header, Header { alg: Alg::Es256, kid: None, typ: None });
    assert_eq!(verified.claims.get("iss").unwrap(), "joe");
    assert_eq!(Policy::default().check(&verified, 1_300_819_379), Ok(()));
    assert_eq!(Policy::default().check(&verified, 1_300_819_380), Err(JwtError::Expired));
}

#[test]
fn the_hs256_example_of_rfc_7515_a1_verifies() {
    let secret = URL_SAFE_NO_PAD
        .decode("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow")
        .unwrap();
    let token = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.\
        eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.\
        dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    assert!(check(token, &Verifier::hmac(&secret).unwrap()).is_ok());
}

#[test]
fn the_ed25519_example_of_rfc_8037_a4_verifies() {
    let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" });
    let token = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.\
        hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
    let outcome = check(token, &Verifier::from_public_jwk(Alg::EdDsa, &jwk).unwrap());
    // Its payload is a sentence: the signature is right, the claims are none.
    assert_eq!(outcome.unwrap_err(), JwtError::BadClaims);
}

#[test]
fn every_algorithm_signs_and_verifies() {
    for alg in Alg::ALL {
        let (signer, verifier) = (signer(alg), verifier(alg));
        for typ in [Typ::AtJwt, Typ::Jwt, Typ::LogoutJwt, Typ::TokenIntrospectionJwt] {
            let token = signer.sign(typ, &claims()).unwrap();
            let verified = check(&token, &verifier).unwrap();
            assert_eq!(verified.header.typ.as_deref(), Some(typ.as_str()));
            assert_eq!(verified.header.kid.as_deref(), signer.kid());
            assert_eq!(verified.header.alg, alg);
            assert_eq!(Value::Object(verified.claims), claims());
            // A changed claim, header or signature is noticed.
            let (signed, _) = token.rsplit_once('.').unwrap();
            let other = signer.sign(typ, &json!({ "sub": "other" })).unwrap();
            let (_, signature) = other.rsplit_once('.').unwrap();
            assert_eq!(check(&format!("{signed}.{signature}"), &verifier).unwrap_err(), JwtError::BadSignature);
        }
        assert_eq!(signer.sign(Typ::Jwt, &["no object"]), Err(JoseError::Claims));
    }
}

#[test]
fn josekit_reads_our_tokens_and_we_read_its() {
    use josekit::{
        jwk::Jwk,
        jws::{ES256, EdDSA, HS256, JwsHeader, JwsSigner, JwsVerifier},
        jwt::{self, JwtPayload},
    };
    let private = |alg| Jwk::from_bytes(key(alg).private_jwk.as_slice()).unwrap();
    let public = |alg| Jwk::from_bytes(key(alg).public_jwk.to_string()).unwrap();
    type Theirs = (Alg, Box<dyn JwsSigner>, Box<dyn JwsVerifier>);
    let others: [Theirs; 3] = [
        (
            Alg::Es256,
            Box::new(ES256.signer_from_jwk(&private(Alg::Es256)).unwrap()),
            Box::new(ES256.verifier_from_jwk(&public(Alg::Es256)).unwrap()),
        ),
        (
            Alg::EdDsa,
            Box::new(EdDSA.signer_from_jwk(&private(Alg::EdDsa)).unwrap()),
            Box::new(EdDSA.verifier_from_jwk(&public(Alg::EdDsa)).unwrap()),
        ),
        (
            Alg::Hs256,
            Box::new(HS256.signer_from_bytes(SECRET).unwrap()),
            Box::new(HS256.verifier_from_bytes(SECRET).unwrap()),
        ),
    ];
    for (alg, their_signer, their_verifier) in others {
        for round in 0..50 {
            let token = signer(alg).sign(Typ::AtJwt, &json!({ "sub": round.to_string() })).unwrap();
            let (payload, header) = jwt::decode_with_verifier(&token, &*their_verifier).unwrap();
            assert_eq!(payload.subject(), Some(round.to_string().as_str()));
            assert_eq!(header.claim("typ"), Some(&json!("at+jwt")));
            let theirs = jwt::encode_with_signer(&JwtPayload::new(), &JwsHeader::new(), &*their_signer).unwrap();
            check(&theirs, &verifier(alg)).unwrap();
        }
    }
}

#[test]
fn times_are_written_as_integers() {
    let token = signer(Alg::Es256).sign(Typ::Jwt, &claims()).unwrap();
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    assert!(String::from_utf8(payload).unwrap().contains("\"iat\":1800000000,"));
}

#[test]
fn ecdsa_signatures_are_r_and_s_of_full_length() {
    // One in 128 has a leading zero in R or S.
    for (alg, bytes) in [(Alg::Es256, 64), (Alg::Es384, 96)] {
        let (signer, verifier) = (signer(alg), verifier(alg));
        for round in 0..400 {
            let token = signer.sign(Typ::Jwt, &json!({ "round": round })).unwrap();
            let (_, signature) = token.rsplit_once('.').unwrap();
            assert_eq!(URL_SAFE_NO_PAD.decode(signature).unwrap().len(), bytes);
            check(&token, &verifier).unwrap();
        }
    }
}

#[test]
fn worthless_ecdsa_signatures_are_refused() {
    // CVE-2022-21449: r = s = 0 verified everything; so may values at and above the order, DER, and other lengths.
    for (alg, half) in [(Alg::Es256, 32), (Alg::Es384, 48), (Alg::EdDsa, 32)] {
        let token = signer(alg).sign(Typ::Jwt, &claims()).unwrap();
        let (signed, _) = token.rsplit_once('.').unwrap();
        let ones = [vec![0; half - 1], vec![1], vec![0; half - 1], vec![1]].concat();
        for bad in [
            vec![0; half * 2],
            vec![0xff; half * 2],
            ones,
            vec![1],
            vec![7; half * 2 - 1],
            vec![7; half * 2 + 1],
            vec![0x30; 72],
        ] {
            let token = format!("{signed}.{}", b64(bad));
            assert_eq!(check(&token, &verifier(alg)).unwrap_err(), JwtError::BadSignature, "{alg}");
        }
    }
}

#[test]
fn new_keys_are_named_by_their_thumbprint_and_split_cleanly() {
    for key in KEYS.iter() {
        assert_eq!(key.kid, thumbprint(&key.public_jwk).unwrap());
        let private: Value = serde_json::from_slice(&key.private_jwk).unwrap();
        assert_eq!(key.kid, thumbprint(&private).unwrap());
        assert!(private.get("d").is_some());
        let public = key.public_jwk.as_object().unwrap();
        assert_eq!(public["use"], "sig");
        assert_eq!(public["alg"], key.alg.as_str());
        assert_eq!(public["kid"], key.kid.as_str());
        for name in public.keys() {
            assert!(["kty", "crv", "x", "y", "n", "e", "kid", "alg", "use"].contains(&name.as_str()), "{name}");
        }
        assert!(!format!("{:?}{:?}", signer(key.alg), verifier(key.alg)).contains(private["d"].as_str().unwrap()));
    }
    assert_eq!(generate(Alg::Hs256).unwrap_err(), JoseError::NoKeyPair(Alg::Hs256));
    let modulus = key(Alg::Rs256).public_jwk["n"].as_str().unwrap();
    assert_eq!(URL_SAFE_NO_PAD.decode(modulus).unwrap().len() * 8, 2048);
}

#[test]
fn broken_keys_are_errors() {
    for alg in Alg::ASYMMETRIC {
        let jwk: Value = serde_json::from_slice(&key(alg).private_jwk).unwrap();
        for name in jwk.as_object().unwrap().keys() {
            for bad in [None, Some(json!(1)), Some(json!("")), Some(json!("A")), Some(json!("====")), Some(json!("AQ"))]
            {
                let mut jwk = jwk.clone();
                match bad {
                    None => jwk.as_object_mut().unwrap().remove(name),
                    Some(bad) => jwk.as_object_mut().unwrap().insert(name.clone(), bad),
                };
                let public = ["kty", "crv", "x", "y", "n", "e"].contains(&name.as_str());
                if public {
                    assert!(Verifier::from_public_jwk(alg, &jwk).is_err(), "{alg} {name}");
                    assert!(Signer::from_private_jwk(alg, "k", jwk.to_string().as_bytes()).is_err(), "{alg} {name}");
                } else {
                    let _ = Signer::from_private_jwk(alg, "k", jwk.to_string().as_bytes());
                }
            }
        }
        for other in Alg::ALL.into_iter().filter(|other| *other != alg) {
            let rsa = [Alg::Rs256, Alg::Ps256];
            let fits = rsa.contains(&alg) && rsa.contains(&other);
            assert_eq!(Verifier::from_public_jwk(other, &key(alg).public_jwk).is_ok(), fits, "{alg} as {other}");
        }
        assert!(Signer::from_private_jwk(alg, "k", b"[]").is_err());
        assert!(Signer::from_private_jwk(alg, "k", b"\xff").is_err());
    }
    assert_eq!(Signer::hmac(&[1; 31]).unwrap_err(), JoseError::ShortSecret);
    assert_eq!(Verifier::hmac(&[1; 31]).unwrap_err(), JoseError::ShortSecret);
}

#[test]
fn a_point_off_the_curve_is_refused() {
    let mut jwk = key(Alg::Es256).public_jwk.clone();
    jwk["y"] = json!(b64([1; 32]));
    assert!(Verifier::from_public_jwk(Alg::Es256, &jwk).is_err());
    assert!(ClientKeys::parse(json!({ "keys": [jwk] }).to_string().as_bytes()).unwrap().is_empty());
}

#[test]
fn no_algorithm_verifies_for_another() {
    for signed_by in Alg::ALL {
        let token = signer(signed_by).sign(Typ::Jwt, &claims()).unwrap();
        for verified_by in Alg::ALL.into_iter().filter(|alg| *alg != signed_by) {
            assert_eq!(check(&token, &verifier(verified_by)).unwrap_err(), JwtError::AlgMismatch);
            // The header renamed to what the key wants: the signature does not fit.
            let (_, payload, signature) = split(&token);
            let header = json!({ "alg": verified_by, "typ": "JWT" }).to_string();
            let renamed = format!("{}.{payload}.{signature}", b64(header));
            assert_eq!(check(&renamed, &verifier(verified_by)).unwrap_err(), JwtError::BadSignature);
        }
    }
}

#[test]
fn a_public_key_as_hmac_secret_is_refused() {
    let key = key(Alg::Rs256);
    for secret in [key.public_jwk.to_string(), key.public_jwk["n"].as_str().unwrap().to_owned()] {
        let token = Signer::hmac(secret.as_bytes()).unwrap().sign(Typ::Jwt, &claims()).unwrap();
        assert_eq!(check(&token, &verifier(Alg::Rs256)).unwrap_err(), JwtError::AlgMismatch);
        let set = json!({ "keys": [key.public_jwk] }).to_string();
        let keys = ClientKeys::parse(set.as_bytes()).unwrap();
        assert_eq!(verified(&token, |header| keys.pick(header)).unwrap_err(), JwtError::UnknownKey);
    }
}

#[test]
fn an_rs256_token_against_a_ps256_key_of_the_same_modulus_is_refused() {
    let pair = key(Alg::Rs256);
    let ps256 = Verifier::from_public_jwk(Alg::Ps256, &pair.public_jwk).unwrap();
    let token = signer(Alg::Rs256).sign(Typ::Jwt, &claims()).unwrap();
    assert_eq!(check(&token, &ps256).unwrap_err(), JwtError::AlgMismatch);
    let (_, payload, signature) = split(&token);
    let renamed = format!("{}.{payload}.{signature}", b64(r#"{"alg":"PS256"}"#));
    assert_eq!(check(&renamed, &ps256).unwrap_err(), JwtError::BadSignature);
}

#[test]
fn headers_that_mean_harm_are_refused() {
    let refused = |header: &str| check_hmac(&forge(header, "{}")).unwrap_err();
    for alg in ["none", "None", "NONE", "nOnE", "", "HS512", "hs256", "PBES2-HS256+A128KW", "RSA-OAEP"] {
        assert_eq!(refused(&json!({ "alg": alg }).to_string()), JwtError::UnknownAlg, "{alg}");
    }
    for parameter in ["crit", "b64", "zip", "jwk", "jku", "x5u"] {
        for value in [json!(null), json!(false), json!("x"), json!(["exp"]), json!({ "kty": "oct" })] {
            let header = json!({ "alg": "HS256", (parameter): value });
            assert_eq!(refused(&header.to_string()), JwtError::ForbiddenHeader, "{header}");
        }
    }
    for header in [
        "{}",
        "[]",
        r#"["HS256"]"#,
        r#" ["HS256","k1","JWT"]"#,
        "null",
        "",
        r#""HS256""#,
        r#"{"alg":null}"#,
        r#"{"alg":["HS256"]}"#,
        r#"{"alg":"HS256","kid":1}"#,
        r#"{"alg":"HS256","kid":null}"#,
        r#"{"alg":"HS256","typ":{}}"#,
        r#"{"alg":"HS256"} {}"#,
        r#"{"alg":"HS256",}"#,
        r#"{"alg":"ES256","alg":"HS256"}"#,
        r#"{"alg":"HS256","kid":"a","kid":"b"}"#,
    ] {
        let expected = if header.is_empty() { JwtError::NotThreeParts } else { JwtError::BadHeader };
        assert_eq!(refused(header), expected, "{header}");
    }
    // RFC 7515 §4: other parameters are ignored.
    assert!(check_hmac(&forge(r#"{"alg":"HS256","x5t":"x","x5c":["x"],"cty":"JWT","new":{}}"#, "{}")).is_ok());
}

#[test]
fn an_unsigned_token_is_refused() {
    let header = b64(r#"{"alg":"none"}"#);
    let payload = b64(claims().to_string());
    assert_eq!(check_hmac(&format!("{header}.{payload}.")).unwrap_err(), JwtError::NotThreeParts);
    assert_eq!(check_hmac(&format!("{header}.{payload}.AA")).unwrap_err(), JwtError::UnknownAlg);
    let token = signer(Alg::Hs256).sign(Typ::Jwt, &claims()).unwrap();
    let (signed, _) = token.rsplit_once('.').unwrap();
    assert_eq!(check_hmac(&format!("{signed}.")).unwrap_err(), JwtError::NotThreeParts);
}

#[test]
fn claims_must_be_one_object_that_names_nothing_twice() {
    for payload in ["[]", "null", "1", "\"x\"", "{", "{}{}", "{\"a\":1e999}", "\u{feff}{}", r#"{"sub":"a","sub":"b"}"#]
    {
        assert_eq!(check_hmac(&forge(r#"{"alg":"HS256"}"#, payload)).unwrap_err(), JwtError::BadClaims, "{payload}");
    }
    let signed = format!("{}.{}", b64(r#"{"alg":"HS256"}"#), b64(b"{\"sub\":\"\xff\"}"));
    assert_eq!(Unverified::parse(&format!("{signed}.AA")).unwrap_err(), JwtError::BadClaims);
}

#[test]
fn limits_hold_before_anything_is_decoded() {
    let dots = ".".repeat(4 << 20);
    assert_eq!(Unverified::parse(&dots).unwrap_err(), JwtError::TooLong);
    assert_eq!(Unverified::parse(&dots[..Limits::TOKEN]).unwrap_err(), JwtError::NotThreeParts);
    for text in ["", ".", "..", "...", "a", "a.b", "a.b.", ".b.c", "a..c", "a.b.c.d", "a.b.c.d.e"] {
        assert_eq!(Unverified::parse(text).unwrap_err(), JwtError::NotThreeParts, "{text}");
    }
    let nested = |depth: usize| format!("{{\"a\":{}{}}}", "[".repeat(depth - 1), "]".repeat(depth - 1));
    let header = r#"{"alg":"HS256"}"#;
    assert!(check_hmac(&forge(header, &nested(Limits::DEPTH))).is_ok());
    assert_eq!(check_hmac(&forge(header, &nested(Limits::DEPTH + 1))).unwrap_err(), JwtError::TooDeep);
    assert_eq!(check_hmac(&forge(header, &nested(5000))).unwrap_err(), JwtError::TooDeep);
    let deep_header = format!(r#"{{"alg":"HS256","x":{}}}"#, nested(40));
    assert_eq!(check_hmac(&forge(&deep_header, "{}")).unwrap_err(), JwtError::TooDeep);
    // Brackets in texts do not count, quotes and backslashes do not confuse.
    let text = json!({ "a": "[{".repeat(50), "b\\\"": "\\\"[[[" }).to_string();
    assert!(check_hmac(&forge(header, &text)).is_ok());
    let long = forge(header, &json!({ "a": "x".repeat(Limits::TOKEN) }).to_string());
    assert_eq!(check_hmac(&long).unwrap_err(), JwtError::TooLong);
}

#[test]
fn base64url_has_one_spelling() {
    let token = signer(Alg::Hs256).sign(Typ::Jwt, &claims()).unwrap();
    let (header, payload, signature) = split(&token);
    // 32 bytes leave two stray bits in the last character: its three neighbours would decode to the same bytes.
    let last = signature.chars().last().unwrap();
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let index = alphabet.find(last).unwrap();
    let stray = alphabet.chars().nth(index + 1).unwrap();
    let stem = &signature[..signature.len() - 1];
    for bad in [
        format!("{stem}{stray}"),
        format!("{signature}="),
        format!("{stem} {last}"),
        format!("{stem}+"),
        format!("{stem}/"),
    ] {
        assert_eq!(check_hmac(&format!("{header}.{payload}.{bad}")).unwrap_err(), JwtError::NotBase64Url, "{bad}");
    }
    for bad in [format!("{header}="), format!("{header}\n"), format!(" {header}"), "ä".to_owned()] {
        assert_eq!(check_hmac(&format!("{bad}.{payload}.{signature}")).unwrap_err(), JwtError::NotBase64Url, "{bad}");
    }
}

#[test]
fn a_token_is_taken_apart_before_it_is_verified() {
    let token = forge(r#"{"alg":"ES256","kid":"k","typ":"JWT"}"#, r#"{"iss":"me"}"#);
    let token = Unverified::parse(&token).unwrap();
    assert_eq!(token.header, Header { alg: Alg::Es256, kid: Some("k".into()), typ: Some("JWT".into()) });
    assert_eq!(Value::Object(token.claims), json!({ "iss": "me" }));
    assert_eq!(Unverified::parse(&forge(r#"{"alg":"none"}"#, "{}")).unwrap_err(), JwtError::UnknownAlg);
}

#[test]
fn errors_never_hold_the_token() {
    let token = forge(r#"{"alg":"HS256","kid":"k1-secret"}"#, r#"{"sub":"alice-secret","exp":"soon-secret"}"#);
    let verified = check_hmac(&token).unwrap();
    let error = Policy::default().check(&verified, NOW_S).unwrap_err();
    assert_eq!(error, JwtError::Malformed("exp"));
    assert!(!format!("{error} {error:?}").contains("secret"));
}

// ---- policy ---------------------------------------------------------------------------------------------------------

fn token_with(header: &str, claims: &Value) -> Verified {
    check_hmac(&forge(header, &claims.to_string())).unwrap()
}

fn judge(policy: &Policy<'_>, claims: &Value) -> Result<(), JwtError> {
    policy.check(&token_with(r#"{"alg":"HS256"}"#, claims), NOW_S)
}

#[test]
fn typ_is_compared_as_a_media_type() {
    let judge = |accepted: &[&str], typ: Option<&str>| {
        let mut header = json!({ "alg": "HS256" });
        if let Some(typ) = typ {
            header["typ"] = json!(typ);
        }
        Policy { typ: accepted, ..Policy::default() }.check(&token_with(&header.to_string(), &json!({})), NOW_S)
    };
    for typ in ["at+jwt", "AT+JWT", "application/at+jwt", "Application/At+Jwt"] {
        assert_eq!(judge(&["at+jwt"], Some(typ)), Ok(()), "{typ}");
        assert_eq!(judge(&["application/at+jwt"], Some(typ)), Ok(()), "{typ}");
    }
    for typ in
        [None, Some("JWT"), Some(""), Some("at+jwt "), Some("application/application/at+jwt"), Some("logout+jwt")]
    {
        assert_eq!(judge(&["at+jwt"], typ), Err(JwtError::WrongType), "{typ:?}");
        assert_eq!(judge(&[], typ), Ok(()));
    }
    assert_eq!(judge(&["jwt", ""], None), Ok(()));
    assert_eq!(judge(&["jwt", ""], Some("JWT")), Ok(()));
    assert_eq!(judge(&["jwt", ""], Some("at+jwt")), Err(JwtError::WrongType));
}

#[test]
fn issuer_subject_and_required_claims_are_exact() {
    let policy = Policy { issuer: Some("https://a"), subject: Some("s"), require: &["jti"], ..Policy::default() };
    let good = json!({ "iss": "https://a", "sub": "s", "jti": "1" });
    assert_eq!(judge(&policy, &good), Ok(()));
    let with = |name: &str, value: Value| {
        let mut claims = good.clone();
        claims[name] = value;
        judge(&policy, &claims).unwrap_err()
    };
    for iss in ["https://a/", "https://A", "https://a ", ""] {
        assert_eq!(with("iss", json!(iss)), JwtError::WrongIssuer);
    }
    assert_eq!(with("iss", json!(["https://a"])), JwtError::Malformed("iss"));
    assert_eq!(with("iss", Value::Null), JwtError::Missing("iss"));
    assert_eq!(with("sub", json!("S")), JwtError::WrongSubject);
    assert_eq!(with("sub", json!(1)), JwtError::Malformed("sub"));
    assert_eq!(with("jti", Value::Null), JwtError::Missing("jti"));
    assert_eq!(judge(&policy, &json!({})), Err(JwtError::Missing("jti")));
    assert_eq!(judge(&policy, &json!({ "jti": "1" })), Err(JwtError::Missing("iss")));
}

#[test]
fn audience_is_a_string_or_an_array_of_strings() {
    let policy = Policy { audience: &["https://a", "https://a/token"], ..Policy::default() };
    for good in [json!("https://a"), json!(["https://a/token"]), json!(["x", "https://a"])] {
        assert_eq!(judge(&policy, &json!({ "aud": good })), Ok(()), "{good}");
    }
    for bad in [json!("https://a/"), json!("HTTPS://A"), json!([]), json!(["x"]), json!("")] {
        assert_eq!(judge(&policy, &json!({ "aud": bad })), Err(JwtError::WrongAudience), "{bad}");
    }
    for bad in [json!(1), json!({ "https://a": 1 }), json!(["https://a", 1]), json!([["https://a"]]), json!(true)] {
        assert_eq!(judge(&policy, &json!({ "aud": bad })), Err(JwtError::Malformed("aud")), "{bad}");
    }
    assert_eq!(judge(&policy, &json!({})), Err(JwtError::Missing("aud")));
    assert_eq!(judge(&policy, &json!({ "aud": null })), Err(JwtError::Missing("aud")));
}

#[test]
fn times_are_numbers_and_bounds_are_exact() {
    let strict = Policy::default();
    let lenient = Policy { leeway_s: 10, ..strict };
    assert_eq!(judge(&strict, &json!({ "exp": NOW_S + 1, "nbf": NOW_S, "iat": NOW_S })), Ok(()));
    assert_eq!(judge(&strict, &json!({ "exp": NOW_S })), Err(JwtError::Expired));
    assert_eq!(judge(&lenient, &json!({ "exp": NOW_S - 9 })), Ok(()));
    assert_eq!(judge(&lenient, &json!({ "exp": NOW_S - 10 })), Err(JwtError::Expired));
    assert_eq!(judge(&strict, &json!({ "nbf": NOW_S + 1 })), Err(JwtError::NotYetValid));
    assert_eq!(judge(&lenient, &json!({ "nbf": NOW_S + 10, "iat": NOW_S + 10 })), Ok(()));
    assert_eq!(judge(&lenient, &json!({ "nbf": NOW_S + 11 })), Err(JwtError::NotYetValid));
    assert_eq!(judge(&lenient, &json!({ "iat": NOW_S + 11 })), Err(JwtError::IssuedInFuture));
    assert_eq!(judge(&strict, &json!({ "exp": 1_800_000_000.5 })), Ok(()));
    assert_eq!(judge(&strict, &json!({ "exp": -1 })), Err(JwtError::Expired));
    for name in ["exp", "nbf", "iat"] {
        for bad in [json!("1900000000"), json!(null), json!(true), json!([1]), json!({})] {
            assert_eq!(judge(&strict, &json!({ (name): bad })), Err(JwtError::Malformed(name)), "{name} {bad}");
        }
    }
}

#[test]
fn a_lifetime_may_be_bounded() {
    let policy = Policy { max_lifetime_s: Some(300), ..Policy::default() };
    assert_eq!(judge(&policy, &json!({ "exp": NOW_S + 300 })), Ok(()));
    assert_eq!(judge(&policy, &json!({ "exp": NOW_S + 301 })), Err(JwtError::LivesTooLong));
    assert_eq!(judge(&policy, &json!({ "iat": NOW_S - 200, "exp": NOW_S + 100 })), Ok(()));
    assert_eq!(judge(&policy, &json!({ "iat": NOW_S - 201, "exp": NOW_S + 100 })), Err(JwtError::LivesTooLong));
    assert_eq!(judge(&policy, &json!({ "exp": 1e300 })), Err(JwtError::LivesTooLong));
    assert_eq!(judge(&policy, &json!({})), Err(JwtError::Missing("exp")));
}

// ---- our keys -------------------------------------------------------------------------------------------------------

fn timed(signs_from_ms: i64, retires_at_ms: Option<i64>) -> StoredKey {
    StoredKey { signs_from_ms, retires_at_ms, ..stored(&generate(Alg::Es256).unwrap()) }
}

#[test]
fn a_key_is_published_before_it_signs_and_after_it_retired() {
    let (old, new, retired) = (timed(100, Some(600)), timed(500, None), timed(50, Some(150)));
    let kids = [old.kid.clone(), new.kid.clone(), retired.kid.clone()];
    let ring = Keyring::build(vec![old, new, retired], 200).unwrap();
    let signs = |now_ms| ring.signer(Alg::Es256, now_ms).and_then(Signer::kid).unwrap();
    assert_eq!(signs(200), kids[0]);
    assert_eq!(signs(499), kids[0]);
    assert_eq!(signs(500), kids[1]);
    assert_eq!(signs(9999), kids[1]);
    // Before any has begun, the oldest signs rather than none.
    assert_eq!(signs(10), kids[0]);
    let published: Value = serde_json::from_slice(ring.jwks()).unwrap();
    assert_eq!(published["keys"].as_array().unwrap().len(), 3);
    assert!(kids.iter().all(|kid| ring.verifier(kid).is_some()));
    assert_eq!(ring.algs(), [Alg::Es256]);
    assert!(ring.signer(Alg::Rs256, 200).is_none());
}

#[test]
fn a_ring_of_retired_keys_verifies_only() {
    let ring = Keyring::build(vec![timed(0, Some(100))], 100).unwrap();
    assert!(ring.signer(Alg::Es256, 100).is_none());
    assert!(ring.algs().is_empty());
    let ring = Keyring::build(vec![timed(0, Some(100))], 50).unwrap();
    assert!(ring.signer(Alg::Es256, 99).is_some());
    assert!(ring.signer(Alg::Es256, 100).is_none());
}

#[test]
fn the_jwks_never_holds_a_private_member() {
    let hostile = KEYS.iter().map(|key| {
        // The worst case: someone stored the private JWK where the public one belongs.
        let mut public: Value = serde_json::from_slice(&key.private_jwk).unwrap();
        public["k"] = json!("secret");
        public["kid"] = json!("other");
        StoredKey { public_jwk: public, ..stored(key) }
    });
    for keys in [KEYS.iter().map(stored).collect::<Vec<_>>(), hostile.collect()] {
        let ring = Keyring::build(keys, NOW_MS).unwrap();
        let set: Value = serde_json::from_slice(ring.jwks()).unwrap();
        let set = set["keys"].as_array().unwrap();
        assert_eq!(set.len(), Alg::ASYMMETRIC.len());
        for jwk in set {
            for name in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
                assert!(jwk.get(name).is_none(), "{name}");
            }
            assert_eq!(jwk["use"], "sig");
            assert_eq!(jwk["kid"], thumbprint(jwk).unwrap());
        }
        // And our own tokens verify against what is published, as a client would.
        let published = ClientKeys::parse(ring.jwks()).unwrap();
        for alg in ring.algs() {
            let token = ring.signer(alg, NOW_MS).unwrap().sign(Typ::Jwt, &claims()).unwrap();
            verified(&token, |header| ring.pick(header)).unwrap();
            verified(&token, |header| published.pick(header)).unwrap();
        }
    }
}

#[test]
fn the_etag_follows_the_document_and_not_the_order_of_rows() {
    let build = |keys: Vec<StoredKey>| Keyring::build(keys, NOW_MS).unwrap();
    let one = build(KEYS.iter().map(stored).collect());
    let other = build(KEYS.iter().rev().map(stored).collect());
    assert_eq!(one.etag(), other.etag());
    assert_eq!(one.jwks(), other.jwks());
    assert!(one.etag().starts_with('"') && one.etag().ends_with('"') && one.etag().len() > 20);
    assert_ne!(one.etag(), build(vec![stored(key(Alg::Es256))]).etag());
    assert_eq!(build(Vec::new()).jwks(), br#"{"keys":[]}"#);
}

#[test]
fn a_ring_refuses_keys_that_contradict_themselves() {
    let (a, b) = (timed(0, None), timed(0, None));
    let mixed = StoredKey { public_jwk: b.public_jwk.clone(), ..stored(&generate(Alg::Es256).unwrap()) };
    assert!(Keyring::build(vec![mixed], NOW_MS).is_err());
    let twice = StoredKey { kid: a.kid.clone(), ..b };
    assert_eq!(Keyring::build(vec![a, twice], NOW_MS).unwrap_err(), JoseError::DuplicateKid);
    let torn = StoredKey { private_jwk: Zeroizing::new(b"{}".to_vec()), ..timed(0, None) };
    assert!(Keyring::build(vec![torn], NOW_MS).is_err());
    // Of a retired key the private half is not even read.
    let wiped = StoredKey { private_jwk: Zeroizing::new(Vec::new()), ..timed(0, Some(1)) };
    assert!(Keyring::build(vec![wiped], NOW_MS).is_ok());
}

#[test]
fn a_token_of_ours_needs_a_known_kid() {
    let ring = Keyring::build(KEYS.iter().map(stored).collect(), NOW_MS).unwrap();
    let refused = |kid: Option<&str>, alg: Alg| {
        let mut header = json!({ "alg": alg });
        if let Some(kid) = kid {
            header["kid"] = json!(kid);
        }
        verified(&forge(&header.to_string(), "{}"), |header| ring.pick(header)).unwrap_err()
    };
    for kid in [None, Some(""), Some("../../etc/passwd"), Some("' or 1=1 --"), Some("\0")] {
        assert_eq!(refused(kid, Alg::Es256), JwtError::UnknownKey);
    }
    assert_eq!(refused(Some(&key(Alg::Es256).kid), Alg::Hs256), JwtError::AlgMismatch);
    assert_eq!(refused(Some(&key(Alg::Es256).kid), Alg::Es384), JwtError::AlgMismatch);
    assert_eq!(refused(Some(&key(Alg::Es256).kid), Alg::Es256), JwtError::BadSignature);
}

// ---- clients' keys --------------------------------------------------------------------------------------------------

fn set(keys: &[Value]) -> Result<ClientKeys, ClientKeysError> {
    ClientKeys::parse(json!({ "keys": keys }).to_string().as_bytes())
}

fn public(alg: Alg, drop: &[&str]) -> Value {
    let mut jwk = key(alg).public_jwk.clone();
    jwk.as_object_mut().unwrap().retain(|name, _| !drop.contains(&name.as_str()));
    jwk
}

#[test]
fn client_keys_verify_by_kid_or_by_type() {
    let named = set(&KEYS.iter().map(|key| key.public_jwk.clone()).collect::<Vec<_>>()).unwrap();
    let bare = set(&Alg::ASYMMETRIC.map(|alg| public(alg, &["kid", "alg", "use"]))).unwrap();
    for alg in Alg::ASYMMETRIC {
        let with_kid = signer(alg).sign(Typ::Jwt, &claims()).unwrap();
        verified(&with_kid, |header| named.pick(header)).unwrap();
        assert_eq!(verified(&with_kid, |header| bare.pick(header)).unwrap_err(), JwtError::UnknownKey);
        // A client that names no key.
        let anonymous = Header { alg, kid: None, typ: None };
        assert!(!named.find(&anonymous).is_empty());
        assert!(bare.find(&anonymous).iter().all(|verifier| verifier.alg() == alg));
        assert_eq!(bare.find(&anonymous).len(), if matches!(alg, Alg::Rs256 | Alg::Ps256) { 2 } else { 1 });
    }
    let wrong_alg = Header { alg: Alg::Es256, kid: Some(key(Alg::EdDsa).kid.clone()), typ: None };
    assert!(named.find(&wrong_alg).iter().all(|verifier| verifier.alg() == Alg::EdDsa));
    let mut renamed = public(Alg::EdDsa, &[]);
    renamed["alg"] = json!("Ed25519");
    assert!(!set(&[renamed]).unwrap().is_empty());
}

#[test]
fn a_signature_without_kid_tries_few_keys() {
    let mut jwks: Vec<_> = (0..30).map(|_| generate(Alg::Es256).unwrap().public_jwk).collect();
    jwks.push(key(Alg::Es256).public_jwk.clone());
    let keys = set(&jwks).unwrap();
    let anonymous = Header { alg: Alg::Es256, kid: None, typ: None };
    assert_eq!(keys.find(&anonymous).len(), Limits::CANDIDATES);
    assert_eq!(keys.find(&Header { kid: Some(key(Alg::Es256).kid.clone()), ..anonymous }).len(), 1);
}

#[test]
fn keys_that_are_not_for_us_are_skipped() {
    let with = |name: &str, value: Value| {
        let mut jwk = public(Alg::Es256, &[]);
        jwk[name] = value;
        jwk
    };
    for jwk in [
        with("use", json!("enc")),
        with("use", json!(1)),
        with("key_ops", json!(["sign"])),
        with("key_ops", json!("verify")),
        with("alg", json!("ECDH-ES")),
        with("alg", json!("ES384")),
        with("alg", json!("HS256")),
        with("alg", json!(7)),
        with("crv", json!("P-521")),
        with("crv", json!("secp256k1")),
        with("kty", json!("AKP")),
        with("kty", json!(1)),
        with("x", json!("AA")),
        json!({ "kty": "OKP", "crv": "X25519", "x": b64([1; 32]) }),
        json!({}),
    ] {
        assert!(set(std::slice::from_ref(&jwk)).unwrap().is_empty(), "{jwk}");
        assert!(!set(&[jwk, public(Alg::Es256, &[])]).unwrap().is_empty());
    }
    assert!(!set(&[with("key_ops", json!(["verify"]))]).unwrap().is_empty());
    assert!(!set(&[with("unknown", json!([{}]))]).unwrap().is_empty());
}

#[test]
fn sets_that_must_not_be_are_refused() {
    for key in KEYS.iter() {
        let private: Value = serde_json::from_slice(&key.private_jwk).unwrap();
        assert_eq!(set(&[private]).unwrap_err(), ClientKeysError::PrivateKey);
    }
    assert_eq!(set(&[json!({ "kty": "oct", "k": "AQ" })]).unwrap_err(), ClientKeysError::SymmetricKey);
    assert_eq!(set(&[json!({ "kty": "oct" })]).unwrap_err(), ClientKeysError::SymmetricKey);
    assert_eq!(set(&vec![json!({}); 101]).unwrap_err(), ClientKeysError::TooMany);
    assert!(set(&vec![json!({}); 100]).unwrap().is_empty());
    let rsa = |bytes: usize, e: &str| {
        let mut modulus = vec![0xff; bytes];
        modulus[bytes - 1] = 1;
        json!({ "kty": "RSA", "n": b64(modulus), "e": e })
    };
    for weak in
        [rsa(128, "AQAB"), rsa(255, "AQAB"), rsa(2048, "AQAB"), rsa(256, "AQ"), rsa(256, "Ag"), rsa(256, &b64([1; 9]))]
    {
        assert_eq!(set(&[weak]).unwrap_err(), ClientKeysError::WeakKey);
    }
    let padded = [vec![0; 128], vec![0xff; 128]].concat();
    assert_eq!(set(&[json!({ "kty": "RSA", "n": b64(padded), "e": "AQAB" })]).unwrap_err(), ClientKeysError::WeakKey);
    for text in [
        "",
        "[]",
        "[[]]",
        "{}",
        "null",
        r#"{"keys":{}}"#,
        r#"{"keys":[1]}"#,
        r#"{"keys":null}"#,
        r#"{"keys":[]}x"#,
        "\u{0}",
    ] {
        assert_eq!(ClientKeys::parse(text.as_bytes()).unwrap_err(), ClientKeysError::Malformed, "{text}");
    }
    let deep = format!(r#"{{"keys":[{{"a":{}{}}}]}}"#, "[".repeat(100), "]".repeat(100));
    assert_eq!(ClientKeys::parse(deep.as_bytes()).unwrap_err(), ClientKeysError::Malformed);
}

// ---- anything at all ------------------------------------------------------------------------------------------------

fn split(token: &str) -> (&str, &str, &str) {
    let mut parts = token.split('.');
    (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap())
}

/// JSON values of every shape, shallow.
fn any_json() -> impl Strategy<Value = Value> {
    json_with(any::<f64>())
}

fn json_with(fractions: impl Strategy<Value = f64> + 'static) -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        fractions.prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::hash_map("[a-z]{1,4}", inner, 0..3)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_text_is_refused_calmly(text in "\\PC{0,200}", dotted in "[A-Za-z0-9_.-]{0,120}") {
        for token in [&text, &dotted] {
            prop_assert!(check_hmac(token).is_err());
            let _ = Unverified::parse(token);
        }
    }

    #[test]
    fn any_bytes_in_the_parts_are_refused_calmly(header: Vec<u8>, payload: Vec<u8>, signature: Vec<u8>) {
        let token = format!("{}.{}.{}", b64(&header), b64(&payload), b64(&signature));
        prop_assert!(check_hmac(&token).is_err());
        let _ = ClientKeys::parse(&payload);
        let _ = Signer::from_private_jwk(Alg::Es256, "k", &payload);
    }

    #[test]
    fn any_signature_is_refused_by_every_key(signature in prop::collection::vec(any::<u8>(), 0..300), zeros in 0_usize..100) {
        for alg in Alg::ALL {
            let verifier = verifier(alg);
            for signature in [signature.clone(), vec![0; zeros]] {
                let header = b64(json!({ "alg": alg }).to_string());
                let token = format!("{header}.e30.{}", b64(signature));
                prop_assert!(check(&token, &verifier).is_err());
            }
        }
    }

    #[test]
    fn any_claims_are_judged_without_panic(
        iss in any_json(), aud in any_json(), exp in any_json(), nbf in any_json(), iat in any_json(), now: i64, leeway: i64,
    ) {
        let claims = json!({ "iss": iss, "aud": aud, "exp": exp, "nbf": nbf, "iat": iat });
        let header = Header { alg: Alg::Hs256, kid: None, typ: None };
        let token = Verified { header, claims: claims.as_object().cloned().unwrap() };
        let policy = Policy {
            typ: &["at+jwt", ""], issuer: Some("i"), audience: &["a"], leeway_s: leeway, max_lifetime_s: Some(now), ..Policy::default()
        };
        let _ = policy.check(&token, now);
        let _ = Policy { issuer: None, audience: &[], ..policy }.check(&token, now);
    }

    #[test]
    fn any_jwk_is_read_without_panic(
        kty in prop_oneof![Just("EC"), Just("RSA"), Just("OKP")], crv in prop_oneof![Just("P-256"), Just("P-384"), Just("Ed25519")],
        x: Vec<u8>, y: Vec<u8>, n in prop::collection::vec(any::<u8>(), 0..300), e in prop::collection::vec(any::<u8>(), 0..6), other in any_json(),
    ) {
        let jwk = json!({ "kty": kty, "crv": crv, "x": b64(&x), "y": b64(&y), "n": b64(&n), "e": b64(&e), "kid": other });
        let _ = set(std::slice::from_ref(&jwk));
        let _ = thumbprint(&jwk);
        let private = json!({ "kty": kty, "crv": crv, "x": b64(&x), "y": b64(&y), "n": b64(&n), "e": b64(&e), "d": b64(&x), "p": b64(&n), "q": b64(&x), "dp": b64(&x), "dq": b64(&x), "qi": b64(&x) });
        for alg in Alg::ASYMMETRIC {
            let _ = Verifier::from_public_jwk(alg, &jwk);
            let _ = Signer::from_private_jwk(alg, "k", private.to_string().as_bytes());
        }
    }

    #[test]
    fn whatever_is_signed_comes_back(claims in json_with(any::<i32>().prop_map(|n| f64::from(n) / 4.0)), alg in prop::sample::select(&Alg::ALL[..])) {
        let claims = json!({ "claim": claims });
        let verified = check(&signer(alg).sign(Typ::AtJwt, &claims).unwrap(), &verifier(alg)).unwrap();
        prop_assert_eq!(Value::Object(verified.claims), claims);
    }
}

/// A claim that is missing, null, of another type, or one of the given.
fn claim(choices: Vec<Value>) -> impl Strategy<Value = Option<Value>> {
    prop_oneof![1 => Just(None), 1 => Just(Some(Value::Null)), 1 => Just(Some(json!(true))), 6 => prop::sample::select(choices).prop_map(Some)]
}

proptest! {
    /// The same rules a second time, in the words of RFC 7519 §4.1: a token is believed exactly if each of them holds.
    #[test]
    fn a_token_is_believed_exactly_if_every_rule_holds(
        typ in prop::option::of(prop::sample::select(&["at+jwt", "AT+JWT", "application/at+jwt", "JWT", "", "logout+jwt"][..])),
        iss in claim(vec![json!("i"), json!("I"), json!("i/")]),
        sub in claim(vec![json!("s"), json!("t")]),
        aud in claim(vec![json!("a"), json!("b"), json!("c"), json!(["c", "a"]), json!(["c"]), json!([]), json!(["a", 1])]),
        (exp, nbf, iat) in (
            claim((-12..400).step_by(2).map(|s| json!(NOW_S + s)).collect()),
            claim((-20..20).map(|s| json!(NOW_S + s)).collect()),
            claim((-200..20).map(|s| json!(NOW_S + s)).collect()),
        ),
        leeway_s in 0_i64..12, most in prop::option::of(1_i64..300), require in prop::bool::ANY,
    ) {
        let mut claims = Map::new();
        for (name, value) in [("iss", &iss), ("sub", &sub), ("aud", &aud), ("exp", &exp), ("nbf", &nbf), ("iat", &iat)] {
            if let Some(value) = value {
                claims.insert(name.to_owned(), value.clone());
            }
        }
        let header = Header { alg: Alg::Es256, kid: None, typ: typ.map(str::to_owned) };
        let policy = Policy {
            typ: &["at+jwt"], issuer: Some("i"), subject: Some("s"), audience: &["a", "b"], leeway_s,
            require: if require { &["exp", "iat"] } else { &[] }, max_lifetime_s: most,
        };
        let is_believed = policy.check(&Verified { header, claims }, NOW_S).is_ok();

        let is_type = typ.is_some_and(|t| t.to_lowercase().trim_start_matches("application/") == "at+jwt");
        let is_meant = match &aud {
            Some(Value::String(one)) => ["a", "b"].contains(&one.as_str()),
            Some(Value::Array(many)) => many.iter().all(Value::is_string) && many.contains(&json!("a")),
            _ => false,
        };
        // Missing is one thing; there but no number is never right.
        let time = |value: &Option<Value>| match value {
            None => Ok(None),
            Some(value) => value.as_i64().map(Some).ok_or(()),
        };
        let in_time = || -> Result<bool, ()> {
            let (exp, nbf, iat) = (time(&exp)?, time(&nbf)?, time(&iat)?);
            let lives = exp.map(|exp| exp - iat.unwrap_or(NOW_S));
            Ok(exp.is_none_or(|exp| NOW_S < exp + leeway_s)
                && nbf.is_none_or(|nbf| nbf <= NOW_S + leeway_s)
                && iat.is_none_or(|iat| iat <= NOW_S + leeway_s)
                && most.is_none_or(|most| lives.is_some_and(|lives| lives <= most))
                && (!require || (exp.is_some() && iat.is_some())))
        };
        let holds = is_type && iss == Some(json!("i")) && sub == Some(json!("s")) && is_meant && in_time().unwrap_or(false);
        prop_assert_eq!(is_believed, holds);
    }
}
