//! Files: who else may read or change them.

use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::Check;
use crate::app::master_key_path;
use crate::config::{Config, Listen};
use crate::db::{SQLITE_FILE, is_missing};
use crate::platform::secret::MasterKey;

pub(super) fn check(config: &Config) -> Vec<Check> {
    let mut checks = Vec::new();
    // With both elsewhere the folder holds nothing.
    if config.database.url.is_none() || config.master_key.is_none() {
        checks.push(data_dir(&config.data_dir));
    }
    checks.push(master_key(config));
    if config.database.url.is_none() {
        checks.extend(sqlite(&config.data_dir));
    }
    if let Listen::Unix(path) = &config.listen {
        checks.push(socket_folder(path));
    }
    checks
}

fn mode(path: &Path) -> std::io::Result<u32> {
    Ok(std::fs::metadata(path)?.permissions().mode() & 0o7777)
}

fn data_dir(path: &Path) -> Check {
    let name = "data folder";
    let shown = path.display();
    match mode(path) {
        Ok(_) if !path.is_dir() => {
            Check::fail(name, format!("{shown} is no folder"), "name another with DOORWARD_DATA_DIR or --data-dir")
        }
        Ok(mode) if mode & 0o077 == 0 => Check::ok(name, format!("{shown} is open to its owner only ({mode:04o})")),
        Ok(mode) => {
            Check::warn(name, format!("{shown} is open to others too ({mode:04o})"), format!("chmod 0700 {shown}"))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Check::warn(
            name,
            format!("{shown} does not exist yet"),
            "the first `doorward serve` makes it; if you expected data there, check DOORWARD_DATA_DIR or --data-dir",
        ),
        Err(error) => Check::fail(
            name,
            format!("{shown}: {error}"),
            "run this command as the server's user, or give that user the folder",
        ),
    }
}

fn master_key(config: &Config) -> Check {
    let name = "master key";
    if let Some(text) = &config.master_key {
        return match MasterKey::from_env_text(text.expose()) {
            Ok(key) => Check::ok(name, format!("is configured (fingerprint {})", key.fingerprint())),
            Err(error) => Check::fail(name, error.to_string(), "make one: openssl rand -base64 32"),
        };
    }
    let path = master_key_path(&config.data_dir);
    let shown = path.display();
    match MasterKey::load(&path) {
        Ok(key) => Check::ok(name, format!("{shown} is open to its owner only (fingerprint {})", key.fingerprint())),
        Err(_) if is_missing(&path) => {
            Check::warn(name, format!("{shown} does not exist yet"), "the first `doorward serve` makes it")
        }
        Err(error) if mode(&path).is_ok_and(|mode| mode & 0o077 != 0) => {
            Check::fail(name, error.to_string(), format!("chmod 0600 {shown}"))
        }
        Err(error) => Check::fail(name, error.to_string(), "put the right key back from your backup"),
    }
}

/// The mode of the file counts only where others can enter the folder.
fn sqlite(data_dir: &Path) -> Option<Check> {
    let path = data_dir.join(SQLITE_FILE);
    let (file, folder) = (mode(&path).ok()?, mode(data_dir).ok()?);
    let shown = path.display();
    let is_open = file & 0o007 != 0 && folder & 0o001 != 0 || file & 0o070 != 0 && folder & 0o010 != 0;
    Some(if is_open {
        Check::fail(
            "database file",
            format!("{shown} can be read by others ({file:04o})"),
            format!("chmod 0600 {shown}*"),
        )
    } else {
        Check::ok("database file", format!("{shown} cannot be read by others"))
    })
}

fn socket_folder(path: &Path) -> Check {
    let name = "socket folder";
    let folder = match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    let shown = folder.display();
    match mode(folder) {
        // The sticky bit keeps others from taking our socket's place.
        Ok(mode) if mode & 0o022 != 0 && mode & 0o1000 == 0 => Check::warn(
            name,
            format!("others may replace the socket in {shown} ({mode:04o})"),
            format!("chmod 0750 {shown}, or put the socket into a folder of its own"),
        ),
        Ok(mode) => Check::ok(name, format!("{shown} lets nobody else replace the socket ({mode:04o})")),
        Err(error) => Check::fail(
            name,
            format!("{shown}: {error}"),
            format!("install -d -m 0750 -o USER -g GROUP {shown}, with the server's user and the proxy's group"),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Status;
    use super::*;

    fn set(path: &Path, mode: u32) {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn open_files_are_found_with_the_remedy() {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("data");
        assert_eq!(data_dir(&data).status, Status::Warn);
        std::fs::create_dir(&data).unwrap();
        std::fs::write(data.join(SQLITE_FILE), "").unwrap();
        set(&data, 0o700);
        set(&data.join(SQLITE_FILE), 0o644);
        assert_eq!(data_dir(&data).status, Status::Ok);
        assert_eq!(sqlite(&data).unwrap().status, Status::Ok);
        set(&data, 0o755);
        assert!(data_dir(&data).remedy.unwrap().starts_with("chmod 0700"));
        assert_eq!(sqlite(&data).unwrap().status, Status::Fail);
        assert_eq!(socket_folder(&data.join("x.sock")).status, Status::Ok);
        set(&data, 0o777);
        assert_eq!(socket_folder(&data.join("x.sock")).status, Status::Warn);
        assert_eq!(socket_folder(Path::new("/nowhere/x.sock")).status, Status::Fail);
    }
}
