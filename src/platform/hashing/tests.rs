//! The hasher: its verdicts, its ceilings, its pool.

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
async fn memory_is_kept_for_the_next_and_given_back_when_idle() {
    let hasher = hasher(2, 5000);
    let many: Vec<_> = (0..50)
        .map(|n| {
            let hasher = hasher.clone();
            tokio::spawn(async move { hasher.hash(secret(&format!("p{n}"))).await.map(|_| ()) })
        })
        .collect();
    for one in many {
        one.await.unwrap().unwrap();
    }
    let kept = hasher.0.arenas.lock().len();
    assert!((1..=2).contains(&kept), "{kept} arenas");
    hasher.release_memory_if_idle();
    assert_eq!(hasher.0.arenas.lock().len(), kept);
    hasher.release_memory_if_idle();
    assert_eq!(hasher.0.arenas.lock().len(), 0);
}

#[tokio::test]
async fn a_panic_costs_one_request_and_no_place() {
    let hasher = hasher(1, 1000);
    let failed = hasher.on_the_pool(|_| -> Result<(), HashError> { panic!("boom") }).await;
    assert!(matches!(failed, Err(HashError::Failed)));
    hasher.verify_dummy(secret("x")).await.unwrap();
}
