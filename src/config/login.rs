//! `[login]`: the ways in, and how the sign-in page shows them.

use super::field::{DAY, Reader, Rule, number, seconds, section};

section! {
    /// The ways in, and how the sign-in page shows them. Accounts elsewhere have sections of their own, `[upstream.NAME]`.
    pub Login "login" {
        /// Whether people sign in with a password.
        password: bool = true, Rule::Any, "true";
        /// Whether people sign in by a link or a six-digit code in a mail.
        magic_link: bool = true, Rule::Any, "true";
        /// Whether people sign in with a passkey.
        passkey: bool = true, Rule::Any, "true";
        /// Whether programs sign in with a registered Ed25519 or secp256k1 key.
        signature: bool = false, Rule::Any, "true";
        /// Asks for the name first and for the password on the next page, instead of both on one.
        identifier_first: bool = false, Rule::Any, "true";
        /// How long the link and the code of a sign-in mail are good.
        magic_link_ttl: u64 = 900, seconds(60, 3600).above("a sign-in mail is good for an hour at most").rule(), "900";
        /// How long the link is good that sets a new password.
        reset_ttl: u64 = 3600, seconds(60, DAY).rule(), "3600";
        /// Mails of one kind to one address, asked for on the pages, that are sent in an hour: for signing in, a new password, a new account, a new address. One network gets half of them, and the other half is for the first mail of each network, so that strangers do not use them up.
        mails_per_address: u32 = 10, number(1, 1000, "mails an hour").rule(), "10";
        /// How recent a sign-in must be to change what guards the account.
        fresh_ttl: u64 = 600, seconds(60, DAY).rule(), "600";
    }
}

impl Login {
    /// `is_elsewhere`: whether there is a provider whose accounts sign people in.
    pub(super) fn check(&self, is_elsewhere: bool, reader: &mut Reader<'_>) {
        reader.require(
            &[&fields::password, &fields::magic_link, &fields::passkey],
            self.password || self.magic_link || self.passkey || is_elsewhere,
            "nobody could sign in: leave one of password, magic_link and passkey on, or configure an [upstream.NAME]",
        );
    }
}
