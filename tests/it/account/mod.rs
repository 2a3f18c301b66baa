//! One file per page of `src/account/`.

mod emails;
mod frame;
mod keys;
mod passkeys;
mod profile;
mod second_factor;
mod tools;
