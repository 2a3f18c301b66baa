//! The hasher: its verdicts, its ceilings, its pool.

use proptest::prelude::*;
use std::sync::atomic::Ordering;

use super::*;

fn hasher(permits: usize, wait_ms: u64) -> PasswordHasher {
    let options = Options {
        memory_kib: 256,
        permits: NonZero::new(permits),
        wait: Duration::from_millis(wait_ms),
        ..Options::default()
    };
    PasswordHasher::new(&options, Random::default()).unwrap()
}

fn secret(text: &str) -> Zeroizing<String> {
    Zeroizing::new(text.to_owned())
}

#[tokio::test]
async fn checks_what_it_hashed() {
    let hasher = hasher(2, 1000);
    let stored = hasher.hash(secret("correct horse")).await.unwrap();
    assert!(stored.starts_with("$argon2id$v=19$m=256,t=2,p=1$"), "{stored}");
    assert_eq!(
        hasher.verify(secret("correct horse"), &stored).await.unwrap(),
        Verdict { ok: true, needs_rehash: false }
    );
    assert_eq!(hasher.verify(secret("wrong"), &stored).await.unwrap(), Verdict { ok: false, needs_rehash: false });
    assert_ne!(stored, hasher.hash(secret("correct horse")).await.unwrap());
    hasher.verify_dummy(secret("correct horse")).await.unwrap();
}

/// From the reference implementation (`argon2 somesalt`), and its older version.
#[tokio::test]
async fn checks_hashes_of_others_and_asks_to_renew_them() {
    let hasher = hasher(1, 1000);
    let renew = Verdict { ok: true, needs_rehash: true };
    for stored in [
        "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$iekCn0Y3spW+sCcFanM2xBT63UP2sghkUoHLIUpWRS8",
        "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
    ] {
        let verdict = hasher.verify(secret("password"), stored).await.unwrap();
        let same_cost = stored.starts_with("$argon2id$v=19$m=256,");
        assert_eq!(verdict, Verdict { needs_rehash: !same_cost, ..renew }, "{stored}");
        assert!(!hasher.verify(secret("passwore"), stored).await.unwrap().ok);
    }
    assert!(hasher.0.arenas.lock().iter().all(|arena| arena.len() <= 256), "a large arena was kept");
}

/// Each from an independent implementation: passlib 1.7.4 and bcrypt 4.0.1 for Python, argon2-cffi, Python's hashlib (OpenSSL), Django 5.2.
const OF_OTHERS: &[(HashAlgorithm, &str, &str)] = &[
    (HashAlgorithm::Bcrypt, HORSE, "$2a$05$bsNFP9eR8rzNCMamc.KpS.zlN9xGlX0fYJuteuar2g15x8Frk5eZK"),
    (HashAlgorithm::Bcrypt, HORSE, "$2b$05$sA1RISyoS0CZlE8jV6N5t.byNuWOvlXvPA30x/M.dPcCFOzDEroce"),
    (HashAlgorithm::Bcrypt, HORSE, "$2y$05$hA70NkWIYgNmhcNQyOjIV.c1F.i7VyPYUcpUbzlVH9BSPI6oqz9lC"),
    (HashAlgorithm::Bcrypt, SNOW, "$2b$06$OaPKuiICYyXP4VKRBcf4fuCG/RS7mXNU0yoq270ixyt.djZl4ET52"),
    (HashAlgorithm::Bcrypt, HORSE, "$2b$10$.N8urzlq0jBNLeCUFLBkMOlDBozsbL3g/LVxjvo1fPEIn2JGXAtPS"),
    (HashAlgorithm::Bcrypt, HORSE, "bcrypt$$2b$04$JTGV1tESbHBoSRQLeh1/T.1q/MwmsB62Myg5S4EQQspooQ1mlswVS"),
    (
        HashAlgorithm::Scrypt,
        HORSE,
        "$scrypt$ln=10,r=8,p=1$HANg7D1njPG+N+b8n7MWQg$mTW5Q05bskYxqDx7e5CM06/iqGg2v4O1su3SR5ZbROs",
    ),
    (
        HashAlgorithm::Scrypt,
        SNOW,
        "$scrypt$ln=8,r=4,p=3$KCUEYGzNGeNc653Teo+R8g$+xENKql1QzWlOJAa2rVNDrDeWcB8tsLHyZ/q+r4G+3E",
    ),
    (
        HashAlgorithm::Scrypt,
        HORSE,
        "$scrypt$ln=11,r=8,p=2$MDEyMzQ1Njc4OWFiY2RlZg$aoCWftPTulsdc8B36QQxiiW9ly8VXBWhx0BaBW2FQ2kWkXNnqN98TMCAC1N8tvFu8UX9AIgTcMVemlptqRxAlQ",
    ),
    (
        HashAlgorithm::Pbkdf2,
        HORSE,
        "$pbkdf2-sha256$1000$.l.rtXbuXSslxPhfC4HwPg$HxRQsYXhFVneu2ETi2iPKRFa5NvWhuh4DL6XONyfA9U",
    ),
    (
        HashAlgorithm::Pbkdf2,
        SNOW,
        "$pbkdf2-sha256$29000$r9UaA6CUcg7hnBOidO79fw$TNrt8IGIASQghVu.jBEQ7FxrHhVfZA3.EutFX6jn/TQ",
    ),
    (
        HashAlgorithm::Pbkdf2,
        HORSE,
        "$pbkdf2-sha512$1500$5dy7N0YohZAyZqxVKiWkVA$pZk63X.ZgXpb6bk1NLUdTX8mkU93kdog.bPTLA3.dVwoSNwb05xdrs7yfsAXaDflKirTi0eELYJuShGRQf1fFw",
    ),
    (
        HashAlgorithm::Pbkdf2,
        HORSE,
        "$pbkdf2-sha256$i=2100,l=32$MDEyMzQ1Njc4OWFiY2RlZg$tjhpym+jiOf5NKdASU/TMd3BFroLBQm0lPu9DdzFKDU",
    ),
    (
        HashAlgorithm::Pbkdf2,
        HORSE,
        "$pbkdf2-sha256$i=2100$MDEyMzQ1Njc4OWFiY2RlZg$tjhpym+jiOf5NKdASU/TMd3BFroLBQm0lPu9DdzFKDUgxoZtVxKLlZC3O9rymWsBQMVyJo+N1xGRayeBVmMlSA",
    ),
    (
        HashAlgorithm::Pbkdf2,
        HORSE,
        "$pbkdf2-sha512$i=2100,l=64$MDEyMzQ1Njc4OWFiY2RlZg$Z8u2iHH15gGYsbEiso5CdBeCiaTndAl/9jz7cM3pkG4MREZfJpzyHhPIPuTnO6neMDiiyVUXTj8TO1zURIln+w",
    ),
    (
        HashAlgorithm::Pbkdf2,
        HORSE,
        "pbkdf2_sha256$1200$saltSALTsalt1234567890$PqAh3OAUUO4+2z/rz39P2mA+wCqkCR9xelLmo4fldU8=",
    ),
    (
        HashAlgorithm::Argon2,
        HORSE,
        "$argon2i$v=19$m=512,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$verepXPEFL3sFcBFmTdVM2Am/SOCA0doel2OJThXr3s",
    ),
    (
        HashAlgorithm::Argon2,
        HORSE,
        "$argon2d$v=19$m=512,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$R+ZjgZxiBuIRh62WCfqRC76OPjWMvW7x5P3uF3NP1a4",
    ),
    (
        HashAlgorithm::Argon2,
        HORSE,
        "$argon2id$v=19$m=512,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$G+FCchV+K7s35S9I0F+YB499grZC2w4m2h/HjCjEE+8",
    ),
    (
        HashAlgorithm::Argon2,
        HORSE,
        "argon2$argon2id$v=19$m=512,t=2,p=2$c2FsdFNBTFRzYWx0MTIzNDU2Nzg5MA$yEQ0B/GFtqoFp4bst43UEityvyRut4Ph2iseB3aGcmg",
    ),
];
const HORSE: &str = "correct horse battery staple";
const SNOW: &str = "Größe ☃ 密码";

#[tokio::test]
async fn checks_the_hashes_of_each_algorithm_and_asks_to_renew_them() {
    let hasher = hasher(2, 5000);
    for (algorithm, password, stored) in OF_OTHERS {
        assert_eq!(hasher.recognise(stored).unwrap(), *algorithm, "{stored}");
        let verdict = hasher.verify(secret(password), stored).await.unwrap();
        assert_eq!(verdict, Verdict { ok: true, needs_rehash: true }, "{stored}");
        for wrong in ["", "Correct horse battery staple", "correct horse battery staple "] {
            assert!(!hasher.verify(secret(wrong), stored).await.unwrap().ok, "{stored}");
        }
    }
}

#[tokio::test]
async fn bcrypt_never_takes_the_beginning_of_a_password_for_the_whole() {
    let hasher = hasher(1, 1000);
    // Of 72 and of 73 times x; bcrypt 4.0.1 cuts the latter.
    let (whole, cut) = (
        "$2b$04$V8rF4ypcerA5uVNwZmZom.4.1QB8HzsrEfbLiDpGH0gNk/9UzyF26",
        "$2b$04$lBO36tY2tjrWdnzXaF.fc.gJQWdt6W9cQFtTjyhDCn1hGf3Kkvq3i",
    );
    assert!(hasher.verify(secret(&"x".repeat(72)), whole).await.unwrap().ok);
    for (length, stored) in [(71, whole), (73, whole), (73, cut), (100, cut)] {
        assert!(!hasher.verify(secret(&"x".repeat(length)), stored).await.unwrap().ok, "{length}");
    }
    // C implementations end at a zero byte.
    assert!(!hasher.verify(secret(&format!("{HORSE}\0")), OF_OTHERS[1].2).await.unwrap().ok);
}

#[tokio::test]
async fn refuses_hashes_of_others_that_cost_too_much_or_are_malformed() {
    let hasher = hasher(1, 1000);
    let tail = "HANg7D1njPG+N+b8n7MWQg$mTW5Q05bskYxqDx7e5CM06/iqGg2v4O1su3SR5ZbROs";
    let salted = "bsNFP9eR8rzNCMamc.KpS.zlN9xGlX0fYJuteuar2g15x8Frk5eZK";
    let costly = [
        format!("$2b$16${salted}"),
        format!("$2b$31${salted}"),
        format!("$scrypt$ln=19,r=8,p=1${tail}"),
        format!("$scrypt$ln=30,r=64,p=1${tail}"),
        format!("$scrypt$ln=17,r=8,p=16${tail}"),
        format!("$scrypt$ln=10,r=8,p=17${tail}"),
        format!("$pbkdf2-sha256$5000001${tail}"),
        format!("$pbkdf2-sha512$i=4294967295,l=32${tail}"),
        format!("pbkdf2_sha256$5000001${tail}"),
    ];
    let begun = hasher.0.begun.load(Ordering::Relaxed);
    for stored in costly {
        let error = hasher.verify(secret(HORSE), &stored).await.unwrap_err();
        assert!(matches!(error, HashError::Stored(words) if words.contains("than is allowed")), "{stored}: {error}");
        assert!(hasher.recognise(&stored).is_err());
    }
    for stored in [
        "$2x$05$bsNFP9eR8rzNCMamc.KpS.zlN9xGlX0fYJuteuar2g15x8Frk5eZK".to_owned(),
        format!("$2b$03${salted}"),
        format!("$2b$+5${salted}"),
        format!("$2b$05${salted}x"),
        "$2b$05$bsNFP9eR8rzNCMamc.KpS.zlN9xGlX0fYJuteuar2g15x8Frk5e!K".to_owned(),
        format!("bcrypt_sha256$$2b$05${salted}"),
        format!("$bcrypt-sha256$v=2,t=2b,r=12${salted}"),
        format!("$scrypt$ln=10,r=8${tail}"),
        format!("$scrypt$r=8,ln=10,p=1${tail}"),
        format!("$scrypt$ln=10,r=8,p=1,x=1${tail}"),
        format!("$scrypt$ln=0,r=8,p=1${tail}"),
        format!("$scrypt$ln=10,r=0,p=1${tail}"),
        format!("$scrypt$ln=10,r=8,p=0${tail}"),
        format!("$scrypt$ln=+10,r=8,p=1${tail}"),
        format!("$scrypt$ln=10,r=8,p=1${tail}$x"),
        "$scrypt$ln=10,r=8,p=1$HANg7D1njPG+N+b8n7MWQg$mTW5Q05b".to_owned(),
        "$scrypt$ln=10,r=8,p=1$$mTW5Q05bskYxqDx7e5CM06/iqGg2v4O1su3SR5ZbROs".to_owned(),
        format!("$pbkdf2-sha256$0${tail}"),
        format!("$pbkdf2-sha256$-1${tail}"),
        format!("$pbkdf2-sha256$i=1000,l=31${tail}"),
        format!("$pbkdf2-sha1$1000${tail}"),
        format!("$pbkdf2$1000${tail}"),
        format!("pbkdf2_sha1$1000${tail}"),
        format!("{{SSHA}}{tail}"),
        "x".repeat(513),
        String::new(),
    ] {
        let error = hasher.verify(secret(HORSE), &stored).await.unwrap_err();
        assert!(matches!(error, HashError::Stored(_)), "{stored}: {error}");
    }
    assert_eq!(hasher.0.begun.load(Ordering::Relaxed), begun, "nothing was computed");
}

#[tokio::test]
async fn a_wrong_password_takes_as_long_where_there_is_no_such_person() {
    let hasher = hasher(1, 1000);
    let slow = OF_OTHERS[10].2;
    let begun = pool::now();
    assert!(!hasher.verify(secret("wrong"), slow).await.unwrap().ok);
    let took = begun.elapsed();
    let begun = pool::now();
    hasher.verify_dummy(secret("wrong")).await.unwrap();
    assert!(begun.elapsed() >= took / 2, "{:?} against {took:?}", begun.elapsed());
    hasher.0.learn_slowest(Duration::from_secs(3600));
    assert_eq!(hasher.0.level(), Duration::from_secs(5));
}

proptest! {
    #[test]
    fn no_text_is_too_odd_to_be_read(
        text in prop_oneof![
            "\\PC{0,80}",
            "(bcrypt\\$)?\\$2[abxy]\\$[0-9+]{2}\\$[./A-Za-z0-9é]{50,54}",
            "\\$scrypt\\$(ln|r|p)=[0-9]{0,11},r=[0-9]{0,11},p=[0-9]{0,11}\\$[A-Za-z0-9+/.=]{0,30}\\$[A-Za-z0-9+/.=]{0,100}",
            "\\$?pbkdf2[-_]sha(1|256|512)\\$(i=)?[0-9]{0,11}(,l=[0-9]{0,3})?\\$[A-Za-z0-9+/.=]{0,30}\\$[A-Za-z0-9+/.=]{0,100}",
            "(argon2)?\\$argon2(i|d|id|x)\\$(v=[0-9]{0,3}\\$)?m=[0-9]{0,11},t=[0-9]{0,11},p=[0-9]{0,9}\\$[A-Za-z0-9+/]{0,30}\\$[A-Za-z0-9+/]{0,100}",
        ],
    ) {
        let ceilings = Ceilings { memory_kib: 1024, work_kib: 2048, lanes: 4 };
        // What is accepted is cheap enough to be computed.
        if let Ok(stored) = Stored::parse(&text, &ceilings) {
            let is_quick = !matches!(stored, Stored::Bcrypt(_) | Stored::Pbkdf2(_) | Stored::Scrypt(_));
            if is_quick {
                let _ = stored.verify(b"x", &mut Vec::new());
            }
        }
    }
}

#[tokio::test]
async fn refuses_stored_hashes_beyond_the_ceilings() {
    let hasher = hasher(1, 1000);
    let tail = "$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
    for head in ["m=4194304,t=1,p=1", "m=262144,t=17,p=1", "m=65536,t=4294967295,p=1", "m=4096,t=1,p=64", "m=1,t=1,p=1"]
    {
        let error = hasher.verify(secret("password"), &format!("$argon2id$v=19${head}{tail}")).await.unwrap_err();
        assert!(matches!(error, HashError::Stored(_)), "{head}: {error}");
    }
    for stored in [
        "",
        "plain",
        "$2b$12$abcdefghijklmnopqrstuv",
        "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ",
        "$argon2id$v=7$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
    ] {
        assert!(matches!(hasher.verify(secret("password"), stored).await, Err(HashError::Stored(_))), "{stored}");
    }
    let options = Options { memory_kib: 1, ..Options::default() };
    assert!(matches!(PasswordHasher::new(&options, Random::default()), Err(HashError::Parameters(_))));
}

#[tokio::test]
async fn long_passwords_are_never_hashed_nor_cut() {
    let hasher = hasher(1, 1000);
    let longest = "x".repeat(MAX_PASSWORD_BYTES);
    let stored = hasher.hash(secret(&longest)).await.unwrap();
    assert!(hasher.verify(secret(&longest), &stored).await.unwrap().ok);
    let mut shorter = longest.clone();
    shorter.pop();
    assert!(!hasher.verify(secret(&shorter), &stored).await.unwrap().ok);
    let begun = hasher.0.begun.load(Ordering::Relaxed);
    let longer = longest + "x";
    assert!(matches!(hasher.hash(secret(&longer)).await, Err(HashError::TooLong)));
    assert!(!hasher.verify(secret(&longer), &stored).await.unwrap().ok);
    hasher.verify_dummy(secret(&longer)).await.unwrap();
    assert_eq!(hasher.0.begun.load(Ordering::Relaxed), begun);
}

#[tokio::test]
async fn a_full_pool_is_busy_after_the_wait_and_at_once_when_the_queue_is_long() {
    let hasher = hasher(1, 50);
    let permit = Arc::clone(&hasher.0.places).acquire_owned().await.unwrap();
    assert!(matches!(hasher.verify_dummy(secret("x")).await, Err(HashError::Busy)));
    assert_eq!(hasher.0.waiting.load(Ordering::Relaxed), 0);
    hasher.0.mean_us.store(60_000, Ordering::Relaxed);
    hasher.0.waiting.store(1, Ordering::Relaxed);
    let refused = tokio::time::timeout(Duration::from_millis(25), hasher.verify_dummy(secret("x"))).await.unwrap();
    assert!(matches!(refused, Err(HashError::Busy)));
    drop(permit);
    hasher.verify_dummy(secret("x")).await.unwrap();
}

#[tokio::test]
async fn a_request_that_gives_up_keeps_its_place_until_the_hash_is_done() {
    let hasher = hasher(1, 1000);
    let (begin, begun) = std::sync::mpsc::channel::<()>();
    let (end, ended) = std::sync::mpsc::channel::<()>();
    let shared = hasher.clone();
    let asking = tokio::spawn(async move {
        shared
            .on_the_pool(move |_| {
                begin.send(()).unwrap();
                ended.recv().unwrap();
                Ok(())
            })
            .await
    });
    tokio::task::spawn_blocking(move || begun.recv().unwrap()).await.unwrap();
    asking.abort();
    assert!(asking.await.unwrap_err().is_cancelled());
    assert_eq!(hasher.0.places.available_permits(), 0);
    end.send(()).unwrap();
    hasher.verify_dummy(secret("x")).await.unwrap();
    assert_eq!(hasher.0.places.available_permits(), 1);
}

#[tokio::test]
async fn memory_is_handed_on_while_somebody_waits_and_given_back_after_the_last() {
    let hasher = hasher(2, 5000);
    let seen = hasher.clone();
    let kept_for_one = hasher.on_the_pool(move |arena| {
        arena.push(argon2::Block::new());
        seen.0.waiting.fetch_add(1, Ordering::Relaxed);
        Ok(())
    });
    kept_for_one.await.unwrap();
    assert_eq!(hasher.0.arenas.lock().len(), 1);
    let seen = hasher.clone();
    let last = hasher.on_the_pool(move |arena| {
        seen.0.waiting.fetch_sub(1, Ordering::Relaxed);
        Ok(arena.len())
    });
    assert_eq!(last.await.unwrap(), 1, "it was handed on");
    assert_eq!(hasher.0.arenas.lock().len(), 0);
    let many: Vec<_> = (0..50)
        .map(|n| {
            let hasher = hasher.clone();
            tokio::spawn(async move { hasher.hash(secret(&format!("p{n}"))).await.map(|_| ()) })
        })
        .collect();
    for one in many {
        one.await.unwrap().unwrap();
    }
    assert_eq!(hasher.0.arenas.lock().len(), 0);
}

#[tokio::test]
async fn a_panic_costs_one_request_and_no_place() {
    let hasher = hasher(1, 1000);
    let failed = hasher.on_the_pool(|_| -> Result<(), HashError> { panic!("boom") }).await;
    assert!(matches!(failed, Err(HashError::Failed)));
    hasher.verify_dummy(secret("x")).await.unwrap();
}
