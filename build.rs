//! Puts the code that runs at every start in one place of a release binary, so that a server at rest keeps little of the rest in memory
//! (`docs/decisions/link-order.md`).

use std::env;

/// Written by `scripts/link-order`.
const ORDER: &str = ".cargo/link-order.ld";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={ORDER}");
    let is = |name: &str, value: &str| env::var(name).is_ok_and(|v| v == value);
    let is_linux = is("CARGO_CFG_TARGET_ARCH", "x86_64")
        && is("CARGO_CFG_TARGET_OS", "linux")
        && is("CARGO_CFG_TARGET_ENV", "gnu");
    // mold does not read linker scripts.
    let is_mold = env::var("CARGO_ENCODED_RUSTFLAGS").is_ok_and(|flags| flags.contains("mold"));
    if let (Ok(folder), true) = (env::var("CARGO_MANIFEST_DIR"), is("PROFILE", "release") && is_linux && !is_mold) {
        println!("cargo::rustc-link-arg-bin=doorward=-Wl,-T,{folder}/{ORDER}");
    }
}
