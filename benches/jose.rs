//! What one signature costs: sign and verify per algorithm, with the claims of an ordinary access token.
//!
//! `cargo bench --bench jose`, or one of it: `cargo bench --bench jose -- sign/ES256`.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot begin must stop")]

use criterion::{Criterion, criterion_group, criterion_main};
use doorward::jose::{Alg, Policy, Signer, Typ, Unverified, Verifier, generate};
use serde_json::{Value, json};
use std::hint::black_box;

fn claims() -> Value {
    json!({
        "iss": "https://id.example.com",
        "sub": "0199f5a0-7b1c-7d2e-8f00-1a2b3c4d5e6f",
        "aud": ["https://api.example.com"],
        "client_id": "0199f5a0-7b1c-7d2e-8f00-6f5e4d3c2b1a",
        "scope": "openid profile email orders:read orders:write",
        "iat": 1_800_000_000,
        "nbf": 1_800_000_000,
        "exp": 1_800_000_600,
        "auth_time": 1_799_999_000,
        "gid": "0199f5a0-7b1c-7d2e-8f00-aabbccddeeff",
        "jti": "Ul0hW8eS4UqJ9mF1lQx2Zg",
    })
}

fn pair(alg: Alg) -> (Signer, Verifier) {
    if alg == Alg::Hs256 {
        let secret = [7; 32];
        return (Signer::hmac(&secret).unwrap(), Verifier::hmac(&secret).unwrap());
    }
    let key = generate(alg).unwrap();
    let signer = Signer::from_private_jwk(alg, &key.kid, &key.private_jwk).unwrap();
    (signer, Verifier::from_public_jwk(alg, &key.public_jwk).unwrap())
}

fn sign_and_verify(c: &mut Criterion) {
    for alg in Alg::ALL {
        let (signer, verifier) = pair(alg);
        let claims = claims();
        c.bench_function(&format!("sign/{alg}"), |b| b.iter(|| signer.sign(Typ::AtJwt, black_box(&claims)).unwrap()));
        let token = signer.sign(Typ::AtJwt, &claims).unwrap();
        c.bench_function(&format!("verify/{alg}"), |b| {
            b.iter(|| Unverified::parse(black_box(&token)).unwrap().verify(|_| Ok(Some(&verifier))).unwrap());
        });
    }
}

/// What verifying costs besides the signature.
fn read(c: &mut Criterion) {
    let (signer, verifier) = pair(Alg::Hs256);
    let token = signer.sign(Typ::AtJwt, &claims()).unwrap();
    c.bench_function("parse", |b| b.iter(|| Unverified::parse(black_box(&token)).unwrap()));
    let verified = Unverified::parse(&token).unwrap().verify(|_| Ok(Some(&verifier))).unwrap();
    let policy = Policy {
        typ: &["at+jwt"],
        issuer: Some("https://id.example.com"),
        audience: &["https://api.example.com"],
        require: &["exp", "iat", "sub"],
        ..Policy::default()
    };
    c.bench_function("policy", |b| b.iter(|| policy.check(black_box(&verified), 1_800_000_100).unwrap()));
}

criterion_group!(benches, sign_and_verify, read);
criterion_main!(benches);
