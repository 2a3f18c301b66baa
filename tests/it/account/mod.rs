//! One file per page of `src/account/`.

mod activity;
mod apps;
mod data;
mod delete;
mod emails;
mod frame;
mod keys;
mod linked;
mod passkeys;
mod password;
mod profile;
mod second_factor;
mod sessions;
mod tools;
