//! One file per method of `src/login/`.

mod anew;
mod enrol;
mod invitations;
mod magic_link;
mod matrix;
mod not_me;
mod page;
pub(crate) mod passkey;
mod password;
mod recover;
mod register;
mod second;
mod signature;
mod upstream;
mod verify_email;
