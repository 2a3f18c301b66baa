//! One file per method of `src/login/`.

mod password;
