//! `doorward completions`: the script that teaches a shell to complete our commands.

use clap::CommandFactory as _;
use clap_complete::Shell;
use serde_json::json;

use super::{Cli, output};

/// Prints the script.
pub fn run(shell: Shell, is_json: bool) {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "doorward", &mut script);
    let script = String::from_utf8_lossy(&script);
    output::show(is_json, &json!({ "shell": shell.to_string(), "script": script }), &script);
}
