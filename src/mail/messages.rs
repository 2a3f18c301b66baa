//! Every mail that Doorward writes: what its templates know.

use serde::Serialize;

use super::Message;

macro_rules! messages {
    ($( $(#[doc = $doc:literal])+ $name:ident $kind:literal { $( $(#[doc = $field_doc:literal])+ $field:ident: $type:ty, )+ } )+) => { $(
        $(#[doc = $doc])+
        #[derive(Debug, Clone, Serialize)]
        pub struct $name {
            $( $(#[doc = $field_doc])+ pub $field: $type, )+
        }

        impl Message for $name {
            const KIND: &'static str = $kind;
        }
    )+ };
}

messages! {
    /// Proves that an address is whose it is said to be.
    VerifyEmail "verify_email" {
        /// The address itself: whoever asks may have written anything as a name.
        name: String,
        /// The absolute link.
        link: String,
        /// How long it is good.
        hours: u64,
    }
    /// Sets a new password.
    ResetPassword "reset_password" {
        /// The person's name or user name.
        name: String,
        /// The absolute link.
        link: String,
        /// How long it is good.
        minutes: u64,
    }
    /// Somebody signed up with an address that has an account.
    AccountExists "account_exists" {
        /// The person's name or user name.
        name: String,
        /// Where to sign in.
        link: String,
        /// Where to get a new password.
        reset_link: String,
    }
    /// Signs in: a link for the browser that asked, a code to type there.
    MagicLink "magic_link" {
        /// The absolute link.
        link: String,
        /// Six digits.
        code: String,
        /// The app that waits, where there is one.
        app: Option<String>,
        /// How long both are good.
        minutes: u64,
    }
    /// An invitation to sign up.
    Invitation "invitation" {
        /// The absolute link.
        link: String,
        /// How long it is good.
        days: u64,
    }
    /// Something changed that guards the account.
    Notice "notice" {
        /// The person's name or user name.
        name: String,
        /// What changed: the end of the keys `mail-notice-WHAT-subject` and `mail-notice-WHAT-text`.
        what: &'static str,
        /// What it was about: the name of a passkey, an address; empty where nothing.
        about: String,
        /// When, as RFC 3339 in UTC.
        at: String,
        /// The address it was done from, and the browser; empty where it is not known.
        place: String,
        /// "This was not me": locks the account.
        not_me_link: String,
    }
    /// The account was deleted by its owner.
    AccountDeleted "account_deleted" {
        /// The person's name or user name.
        name: String,
        /// Our start page.
        link: String,
    }
    /// The account is locked; how to open it again.
    AccountLocked "account_locked" {
        /// The person's name or user name.
        name: String,
        /// The absolute link that sets a new password and opens the account.
        link: String,
        /// How long it is good.
        minutes: u64,
    }
}
