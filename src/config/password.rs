//! `[password]`: which passwords are good enough.

use std::path::PathBuf;

use super::field::{Rule, number, section};

section! {
    /// Which passwords are good enough. Length and guessability count; no rule asks for digits or signs.
    pub Password "password" {
        /// The shortest password, in characters.
        min_length: u32 = 8, number(8, 128, "characters").rule(), "12";
        /// The least strength by zxcvbn: 0 anything, 1 guessable, 2 somewhat guessable, 3 safe, 4 very safe.
        min_strength: u8 = 2, number(0, 4, "points").rule(), "3";
        /// A folder with the files of Have I Been Pwned's range download (`00000.txt` to `FFFFF.txt`), asked for new passwords.
        breached_ranges: Option<PathBuf> = None, Rule::Any, "\"/var/lib/doorward/pwned\"";
        /// The address of a k-anonymity range service (the first five characters of the SHA-1 are appended). Where it does not
        /// answer, the password is taken.
        breached_service: Option<url::Url> = None, Rule::Text("an https address", check_service), "\"https://api.pwnedpasswords.com/range/\"";
    }
}

fn check_service(text: &str) -> Result<(), String> {
    if text.starts_with("https://") && text.ends_with('/') {
        Ok(())
    } else {
        Err("the address must begin with https:// and end with /".to_owned())
    }
}
