//! `[throttle]`: what slows down those who guess.

use super::field::{DAY, Reader, number, seconds, section};

section! {
    /// What slows down those who guess. Failures bring a growing delay, never a lockout that a stranger could aim at someone.
    pub Throttle "throttle" {
        /// Wrong passwords for one account from one network (IPv4 /24, IPv6 /48) that cost no delay; from all networks together 20 times as many.
        login_free_attempts: u32 = 5, number(0, 1000, "attempts").rule(), "5";
        /// The delay after the first wrong password beyond those; it doubles with each further one from the same network.
        login_delay: u64 = 1, seconds(1, 3600).rule(), "1";
        /// The longest delay of one account for one network.
        login_max_delay: u64 = 30, seconds(1, 3600).rule(), "30";
        /// How long after the last wrong password an account's failures are forgotten.
        login_forget_after: u64 = 900, seconds(1, 7 * DAY).rule(), "900";
        /// The longest delay of one person's second factors, and of the codes of their sign-in mails, whose links stay a way in.
        factor_max_delay: u64 = 900, seconds(1, DAY).rule(), "900";
        /// How long after the last wrong code of a second factor or a sign-in mail a person's failures are forgotten.
        factor_forget_after: u64 = DAY, seconds(1, 7 * DAY).rule(), "86400";
        /// Failed sign-ins from one address in a minute, whatever the account; 0 for no limit.
        login_per_address: u32 = 100, number(0, 1_000_000, "failures a minute").zero("no limit").rule(), "100";
        /// Failed sign-ins from all addresses in a minute, for each process, beyond which each address may fail a tenth as often; 0 for no limit.
        login_of_all: u32 = 3000, number(0, 1_000_000, "failures a minute").zero("no limit").rule(), "3000";
        /// Failed authentications of one client that cost no delay.
        client_free_failures: u32 = 60, number(0, 1000, "failures").rule(), "60";
        /// The delay after the first failure beyond those; it doubles with each further one.
        client_delay: u64 = 1, seconds(1, 3600).rule(), "1";
        /// The longest delay of one client.
        client_max_delay: u64 = 30, seconds(1, 3600).rule(), "30";
        /// How long after the last failure a client's failures are forgotten.
        client_forget_after: u64 = 900, seconds(1, 7 * DAY).rule(), "900";
        /// Sign-ins that one address may begin in a minute (authorization requests that store a flow); 0 for no limit.
        flows_per_address: u32 = 1200, number(0, 1_000_000, "requests a minute").zero("no limit").rule(), "1200";
        /// Accounts that one address may ask for in a minute; 0 for no limit.
        sign_ups_per_address: u32 = 30, number(0, 1_000_000, "requests a minute").zero("no limit").rule(), "30";
        /// How many leading bits of an IPv6 address count as one address: whoever has one usually has its whole /64.
        ipv6_prefix: u8 = 64, number(32, 128, "bits").rule(), "64";
        /// Addresses remembered at once by each process. Beyond that those who did least are forgotten, so memory stays bounded.
        max_addresses: u32 = 50_000, number(100, 10_000_000, "addresses").rule(), "50000";
    }
}

impl Throttle {
    pub(super) fn check(&self, reader: &mut Reader<'_>) {
        use fields::{
            client_delay, client_forget_after, client_max_delay, factor_forget_after, factor_max_delay, login_delay,
            login_forget_after, login_max_delay,
        };
        let login = (self.login_delay, self.login_max_delay, self.login_forget_after);
        let client = (self.client_delay, self.client_max_delay, self.client_forget_after);
        for ((delay, max, forget), kind, [delay_field, max_field, forget_field]) in [
            (login, "login", [&login_delay, &login_max_delay, &login_forget_after]),
            (client, "client", [&client_delay, &client_max_delay, &client_forget_after]),
        ] {
            reader.require(
                &[max_field, delay_field],
                max >= delay,
                format_args!("{max} is shorter than throttle.{kind}_delay ({delay})"),
            );
            reader.require(
                &[forget_field, max_field],
                forget > max,
                format_args!(
                    "{forget} is not longer than throttle.{kind}_max_delay ({max}): waiting once would clear it"
                ),
            );
        }
        let (factor_max, factor_forget) = (self.factor_max_delay, self.factor_forget_after);
        reader.require(
            &[&factor_max_delay, &login_delay],
            factor_max >= self.login_delay,
            format_args!("{factor_max} is shorter than throttle.login_delay ({})", self.login_delay),
        );
        reader.require(
            &[&factor_forget_after, &factor_max_delay],
            factor_forget > factor_max,
            format_args!(
                "{factor_forget} is not longer than throttle.factor_max_delay ({factor_max}): waiting once would clear it"
            ),
        );
    }
}
