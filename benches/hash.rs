//! What one password costs: the floor of every sign-in.

use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use doorward::platform::hashing::{Options, PasswordHasher};
use doorward::platform::random::Random;
use zeroize::Zeroizing;

fn hash(criterion: &mut Criterion) {
    let options = Options {
        memory_kib: 19_456,
        iterations: 2,
        parallelism: 1,
        permits: None,
        wait: Duration::from_secs(2),
        max_memory_kib: 262_144,
    };
    let password = || Zeroizing::new("correct horse battery staple".to_owned());
    let Ok(runtime) = tokio::runtime::Builder::new_multi_thread().enable_all().build() else { return };
    let Ok(hasher) = PasswordHasher::new(&options, Random::default()) else { return };
    let Ok(phc) = runtime.block_on(hasher.hash(password())) else { return };
    let mut group = criterion.benchmark_group("password");
    group.sample_size(20);
    group.bench_function("hash", |b| b.iter(|| runtime.block_on(hasher.hash(password()))));
    group.bench_function("verify", |b| b.iter(|| runtime.block_on(hasher.verify(password(), &phc))));
    group.finish();
}

criterion_group!(benches, hash);
criterion_main!(benches);
