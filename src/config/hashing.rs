//! `[hashing]`: the cost of a password.

use super::field::{Reader, number, seconds, section};

section! {
    /// The cost of a password (Argon2id). A stored hash keeps the cost it was made with until its owner signs in again.
    pub Hashing "hashing" {
        /// Memory of one hash. OWASP's least is 19456 with 2 iterations.
        memory_kib: u32 = 19_456, number(19_456, 4_194_304, "KiB").rule(), "19456";
        /// Passes over that memory.
        iterations: u32 = 2, number(2, 64, "iterations").rule(), "2";
        /// Lanes of one hash.
        parallelism: u32 = 1, number(1, 16, "lanes").rule(), "1";
        /// Hashes that may run at once. Unless set: one less than the processor's cores, and at least 1.
        permits: Option<u32> = None, number(1, 256, "permits").rule(), "2";
        /// How long a sign-in waits for its turn before it is answered with 503.
        wait: u64 = 2, seconds(0, 30).rule(), "2";
        /// A stored hash that asks for more memory is refused, so that an imported one cannot exhaust the machine.
        max_memory_kib: u32 = 262_144, number(19_456, 4_194_304, "KiB").rule(), "262144";
    }
}

impl Hashing {
    pub(super) fn check(&self, reader: &mut Reader<'_>) {
        reader.require(
            &[&fields::max_memory_kib, &fields::memory_kib],
            self.max_memory_kib >= self.memory_kib,
            format_args!("{} is below hashing.memory_kib ({})", self.max_memory_kib, self.memory_kib),
        );
    }
}
