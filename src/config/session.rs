//! `[session]`: how long a browser stays signed in.

use super::field::{DAY, Reader, seconds, section};

section! {
    /// How long a browser stays signed in.
    pub Session "session" {
        /// How long a session lives without use.
        idle_ttl: u64 = 12 * 3600, seconds(10, 400 * DAY).rule(), "43200";
        /// How long a session lives at most, however often it is used.
        absolute_ttl: u64 = 7 * DAY, seconds(10, 400 * DAY).rule(), "604800";
    }
}

impl Session {
    pub(super) fn check(&self, reader: &mut Reader<'_>) {
        reader.require(
            &[&fields::absolute_ttl, &fields::idle_ttl],
            self.absolute_ttl >= self.idle_ttl,
            format_args!("{} is shorter than session.idle_ttl ({})", self.absolute_ttl, self.idle_ttl),
        );
    }
}
