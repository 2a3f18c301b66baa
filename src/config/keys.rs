//! `[keys]`: when signing keys change, and how everyone learns of it in time.

use super::field::{DAY, Reader, seconds, section};

section! {
    /// When signing keys change. A new key is published before it signs, so that every verifier knows it by then.
    pub Keys "keys" {
        /// How long a key signs before the next one takes over; 0 to rotate by `doorward keys rotate` alone.
        rotate_every: u64 = 90 * DAY, seconds(1, 4000 * DAY).zero("rotation by command alone").rule(), "7776000";
        /// How long a new key is published before it signs. It must be longer than `jwks_max_age` and `refresh_interval`
        /// together: that is how late a verifier may learn of it. Widely used libraries fetch a key set again at most once
        /// a minute, whatever its age may be; below 65 they refuse tokens for up to a minute after a rotation.
        publish_ahead: u64 = 90, seconds(1, DAY).rule(), "90";
        /// How long a verifier may keep our key set (`Cache-Control: max-age` of the JWKS).
        jwks_max_age: u64 = 5, seconds(0, DAY).rule(), "5";
        /// How often a running server looks for what another process changed.
        refresh_interval: u64 = 2,
            seconds(1, 5).above("a change must reach every process within 5 seconds").rule(), "2";
    }
}

impl Keys {
    pub(super) fn check(&self, reader: &mut Reader<'_>) {
        use fields::{jwks_max_age, publish_ahead, refresh_interval, rotate_every};
        reader.require(
            &[&jwks_max_age, &publish_ahead, &refresh_interval],
            self.jwks_max_age.saturating_add(self.refresh_interval) < self.publish_ahead,
            format_args!(
                "{} is too long: with keys.refresh_interval ({}) it must stay below keys.publish_ahead ({}), or a verifier \
                 meets a key that it does not know yet",
                self.jwks_max_age, self.refresh_interval, self.publish_ahead
            ),
        );
        reader.require(
            &[&rotate_every, &publish_ahead],
            self.rotate_every == 0 || self.rotate_every > self.publish_ahead,
            format_args!("{} is not longer than keys.publish_ahead ({})", self.rotate_every, self.publish_ahead),
        );
    }
}
