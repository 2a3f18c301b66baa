//! One file per page of `src/account/`.

mod passkeys;
