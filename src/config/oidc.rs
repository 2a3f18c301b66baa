//! `[oidc]`: how long what the protocol hands out is good for.

use super::field::{DAY, Reader, seconds, section};

section! {
    /// Lifetimes of codes, tokens and sign-ins. A client or a resource may have shorter ones of its own.
    pub Oidc "oidc" {
        /// How long an authorization code can be redeemed.
        code_ttl: u64 = 60, seconds(1, 60).above("a code lives at most 60 seconds").rule(), "60";
        /// How long an access token is good for. A signed token that a service checks by itself outlives a revocation by
        /// as much.
        access_token_ttl: u64 = 600, seconds(1, DAY).above("an access token lives at most a day").rule(), "600";
        /// How long an ID token is good for.
        id_token_ttl: u64 = 3600, seconds(1, DAY).above("an ID token lives at most a day").rule(), "3600";
        /// How long a refresh token may lie unused.
        refresh_ttl: u64 = 30 * DAY, seconds(1, 400 * DAY).rule(), "2592000";
        /// How long a grant can be refreshed in all, however often it is used; 0 for no end.
        refresh_absolute_ttl: u64 = 90 * DAY, seconds(1, 4000 * DAY).zero("no end").rule(), "7776000";
        /// How long the last refresh token before the current one still gives the same answer, for a lost answer or two
        /// tabs at once; 0 is strict: a second use revokes the grant.
        refresh_grace: u64 = 30,
            seconds(0, 300).zero("strict").above("a stolen token must not stay useful for more than 300 seconds").rule(), "30";
        /// How long a person may take from the authorization request to the last click of the sign-in.
        login_flow_ttl: u64 = 1800, seconds(10, DAY).rule(), "1800";
        /// How far ahead of our clock the times in somebody else's JWT may lie.
        clock_leeway: u64 = 10, seconds(0, 30).above("clocks that differ by more than 30 seconds must be set").rule(), "10";
        /// How long the keys behind a client's `jwks_uri` are remembered. An unknown key asks again at once.
        client_jwks_ttl: u64 = 300, seconds(1, DAY).rule(), "300";
        /// How far ahead the `exp` of a client's assertion (`private_key_jwt`, `client_secret_jwt`) may lie.
        client_assertion_max_age: u64 = 3600, seconds(10, DAY).rule(), "3600";
    }
}

impl Oidc {
    pub(super) fn check(&self, reader: &mut Reader<'_>) {
        use fields::{refresh_absolute_ttl, refresh_grace, refresh_ttl};
        reader.require(
            &[&refresh_absolute_ttl, &refresh_ttl],
            self.refresh_absolute_ttl == 0 || self.refresh_absolute_ttl >= self.refresh_ttl,
            format_args!("{} is shorter than oidc.refresh_ttl ({})", self.refresh_absolute_ttl, self.refresh_ttl),
        );
        reader.require(
            &[&refresh_grace, &refresh_ttl],
            self.refresh_grace < self.refresh_ttl,
            format_args!("{} is not shorter than oidc.refresh_ttl ({})", self.refresh_grace, self.refresh_ttl),
        );
    }
}
