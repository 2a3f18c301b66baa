//! The connection to the database: two handles, one way to begin a write.
//!
//! On SQLite `write` is a single connection, so that writers queue here and not in SQLite's busy loop, and `read` is a
//! few. On PostgreSQL and MySQL both names point at one bounded pool.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sea_orm::error::{SqlxError, SqlxMySqlError};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult,
    IsolationLevel, QueryResult, RuntimeErr, SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
    Value,
};

use tokio::sync::oneshot;

use migration::{Migrator, MigratorTrait};

/// The file in the data folder where no other database is named.
pub const SQLITE_FILE: &str = "doorward.sqlite";

/// How to reach the database.
#[derive(Debug, Clone)]
pub struct Options {
    /// None: an SQLite file in the data folder.
    pub url: Option<String>,
    /// The data folder.
    pub data_dir: PathBuf,
    /// Connections of the pool on PostgreSQL and MySQL.
    pub max_connections: u32,
    /// Reading connections on SQLite.
    pub read_connections: u32,
    /// How long a connection attempt may take.
    pub connect_timeout: Duration,
    /// How long a request waits for a connection.
    pub acquire_timeout: Duration,
    /// How long the database may work on one statement.
    pub statement_timeout: Duration,
    /// Whether SQLite waits for the disk at each commit.
    pub is_synchronous_full: bool,
}

/// Why the database could not be opened, with the remedy.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// No connection.
    #[error("the database cannot be reached: {}", unreachable_words(.0))]
    Connect(DbErr),
    /// The file of SQLite.
    #[error(
        "the database file {name} cannot be opened: {cause}. Run this as the user of the server, who may write that file and its folder; \
         one that is damaged comes back from a backup"
    )]
    File {
        /// Which file.
        name: String,
        /// The database's own words.
        cause: DbErr,
    },
    /// The database is not there and this account may not make it.
    #[error(
        "the database {name} does not exist and could not be created ({cause}). Run as its administrator: {statement}"
    )]
    Create {
        /// The missing database.
        name: String,
        /// The database's own words.
        cause: DbErr,
        /// What an administrator should run.
        statement: String,
    },
    /// The data folder.
    #[error("the data folder {path}: {cause}")]
    DataDir {
        /// Which folder.
        path: PathBuf,
        /// The operating system's words.
        cause: std::io::Error,
    },
    /// The URL.
    #[error("the database URL is not one: {0}")]
    Url(String),
    /// The schema.
    #[error("the database could not be migrated: {0}")]
    Migrate(DbErr),
}

/// A refused connection is tried again until the pool's patience ends, and only that end is told.
fn unreachable_words(error: &DbErr) -> String {
    let words = error.to_string();
    if words.contains("pool timed out") {
        return "no connection in time: is it running, and does database.url (DOORWARD_DATABASE__URL) name its host and port?"
            .to_owned();
    }
    words
}

/// The database.
#[derive(Debug, Clone)]
pub struct Db {
    read: DatabaseConnection,
    write: DatabaseConnection,
    backend: DbBackend,
    /// Single writing statements on their way to SQLite.
    writes: Arc<GroupCommit>,
}

impl Db {
    /// Connects, and creates the database where it is missing and the account may.
    ///
    /// # Errors
    /// With the remedy, see [`OpenError`].
    pub async fn open(options: &Options) -> Result<Self, OpenError> {
        let url = match &options.url {
            Some(url) => url.clone(),
            None => {
                make_private_dir(&options.data_dir)
                    .map_err(|cause| OpenError::DataDir { path: options.data_dir.clone(), cause })?;
                // The two characters that mean something in such a URL.
                let file = options.data_dir.join(SQLITE_FILE).display().to_string();
                format!("sqlite://{}?mode=rwc", file.replace('%', "%25").replace('?', "%3F"))
            }
        };
        if url.starts_with("sqlite:") {
            Self::open_sqlite(options, &url).await
        } else {
            Self::open_server(options, &url.replacen("mariadb:", "mysql:", 1)).await
        }
    }

    async fn open_sqlite(options: &Options, url: &str) -> Result<Self, OpenError> {
        let url =
            if url.contains('?') || url.contains(":memory:") { url.to_owned() } else { format!("{url}?mode=rwc") };
        let is_made = url.contains("mode=rwc");
        let connect = |connections: u32| {
            let mut connect = common(&url, options);
            let synchronous = if options.is_synchronous_full { "FULL" } else { "NORMAL" };
            connect.max_connections(connections).min_connections(1).test_before_acquire(false);
            // A connection to a file does not go stale.
            connect.idle_timeout(None::<Duration>).max_lifetime(None::<Duration>);
            connect.map_sqlx_sqlite_opts(move |sqlite| {
                if is_made {
                    make_private_file(sqlite.get_filename());
                }
                sqlite
                    .pragma("journal_mode", "WAL")
                    .pragma("synchronous", synchronous)
                    .pragma("foreign_keys", "ON")
                    .pragma("busy_timeout", "5000")
                    .pragma("cache_size", "-2000")
                    .pragma("mmap_size", "134217728")
                    .pragma("temp_store", "memory")
                    .pragma("journal_size_limit", "67108864")
                    .statement_cache_capacity(200)
            });
            Database::connect(connect)
        };
        let name = url.trim_start_matches("sqlite:").trim_start_matches("//").split('?').next().unwrap_or_default();
        let failed = |cause| OpenError::File { name: name.to_owned(), cause };
        let write = connect(1).await.map_err(failed)?;
        let read = if url.contains(":memory:") {
            write.clone()
        } else {
            connect(options.read_connections.max(1)).await.map_err(failed)?
        };
        Ok(Self { read, write, backend: DbBackend::Sqlite, writes: Arc::default() })
    }

    async fn open_server(options: &Options, url: &str) -> Result<Self, OpenError> {
        let pool = match Database::connect(common(url, options)).await {
            Ok(pool) => pool,
            Err(error) if is_missing_database(&error) => {
                create_database(options, url).await?;
                Database::connect(common(url, options)).await.map_err(OpenError::Connect)?
            }
            Err(error) => return Err(OpenError::Connect(error)),
        };
        let backend = pool.get_database_backend();
        Ok(Self { read: pool.clone(), write: pool, backend, writes: Arc::default() })
    }

    /// Brings the schema up to date, under a lock that two replicas respect.
    ///
    /// # Errors
    /// Where a change fails, or where the database is newer than this program.
    pub async fn migrate(&self, data_dir: &Path) -> Result<(), OpenError> {
        if self.pending_migrations().await.map_err(OpenError::Migrate)?.is_empty() {
            return Ok(());
        }
        match self.backend {
            DbBackend::Sqlite => {
                let path = data_dir.join("migrate.lock");
                let lock = |path: &Path| -> std::io::Result<std::fs::File> {
                    make_private_dir(data_dir)?;
                    let file = std::fs::File::create(path)?;
                    file.lock()?;
                    Ok(file)
                };
                let file = lock(&path).map_err(|cause| OpenError::DataDir { path, cause })?;
                Migrator::up(&self.write, None).await.map_err(OpenError::Migrate)?;
                drop(file);
            }
            DbBackend::Postgres => {
                // The lock lives as long as this transaction, which holds a connection of its own.
                let lock = self.begin_write().await.map_err(OpenError::Migrate)?;
                run(&lock, self.stmt("SELECT pg_advisory_xact_lock(?)", [MIGRATION_LOCK.into()]))
                    .await
                    .map_err(OpenError::Migrate)?;
                Migrator::up(&self.write, None).await.map_err(OpenError::Migrate)?;
                lock.commit().await.map_err(OpenError::Migrate)?;
            }
            _ => {
                let lock = self.begin_write().await.map_err(OpenError::Migrate)?;
                let name = MIGRATION_LOCK.to_string();
                run(&lock, self.stmt("SELECT GET_LOCK(?, 60)", [name.clone().into()]))
                    .await
                    .map_err(OpenError::Migrate)?;
                let outcome = Migrator::up(&self.write, None).await;
                run(&lock, self.stmt("SELECT RELEASE_LOCK(?)", [name.into()])).await.map_err(OpenError::Migrate)?;
                lock.commit().await.map_err(OpenError::Migrate)?;
                outcome.map_err(OpenError::Migrate)?;
            }
        }
        Ok(())
    }

    /// The names of the changes that this program knows and the database lacks.
    ///
    /// # Errors
    /// Where the database cannot be asked.
    pub async fn pending_migrations(&self) -> Result<Vec<String>, DbErr> {
        let pending = Migrator::get_pending_migrations(&self.write).await?;
        Ok(pending.iter().map(|m| m.name().to_owned()).collect())
    }

    /// Where reads go.
    #[must_use]
    pub fn read(&self) -> &DatabaseConnection {
        &self.read
    }

    /// Where a single writing statement goes; it is atomic and durable on its own.
    #[must_use]
    pub fn write(&self) -> &DatabaseConnection {
        &self.write
    }

    /// The kind of database.
    #[must_use]
    pub fn backend(&self) -> DbBackend {
        self.backend
    }

    /// The only way to begin a transaction. On SQLite it takes the write lock at once: a deferred transaction that
    /// upgrades later fails with "database is locked" whatever the busy timeout. On MySQL it sees what others commit, as on PostgreSQL:
    /// its own default also locks the gaps between rows, over which strangers run into deadlocks.
    ///
    /// # Errors
    /// Where no connection is free in time, or the database is gone.
    pub async fn begin_write(&self) -> Result<DatabaseTransaction, DbErr> {
        self.write
            .begin_with_options(TransactionOptions {
                sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
                isolation_level: (self.backend == DbBackend::MySql).then_some(IsolationLevel::ReadCommitted),
                ..Default::default()
            })
            .await
    }

    /// A statement whose parameters are written `?` on every database.
    pub fn stmt<I: IntoIterator<Item = Value>>(&self, sql: &str, values: I) -> Statement {
        if self.backend != DbBackend::Postgres {
            return Statement::from_sql_and_values(self.backend, sql, values);
        }
        let mut numbered = String::with_capacity(sql.len() + 16);
        for (n, part) in sql.split('?').enumerate() {
            if n > 0 {
                numbered.push('$');
                numbered.push_str(&n.to_string());
            }
            numbered.push_str(part);
        }
        Statement::from_sql_and_values(self.backend, numbered, values)
    }

    /// Runs one writing statement on its own and says how many rows it changed.
    ///
    /// # Errors
    /// Of the database.
    pub async fn execute<I: IntoIterator<Item = Value>>(&self, sql: &str, values: I) -> Result<u64, DbErr> {
        let statement = self.stmt(sql, values);
        if self.backend != DbBackend::Sqlite {
            return Ok(run(&self.write, statement).await?.rows_affected());
        }
        let (answer, answered) = oneshot::channel();
        if self.writes.push(Write { statement, answer }) {
            // A task of its own: a caller that goes away must not leave the others waiting.
            tokio::spawn(write_all(self.clone()));
        }
        answered.await.map_err(|_| DbErr::Custom("the write was lost; nothing was changed".to_owned()))?
    }

    /// Reads at most one row.
    ///
    /// # Errors
    /// Of the database.
    pub async fn one<I: IntoIterator<Item = Value>>(&self, sql: &str, values: I) -> Result<Option<QueryResult>, DbErr> {
        self.read.query_one_raw(self.stmt(sql, values)).await
    }
}

/// Group commit for SQLite, which has one writer: the statements that come while one transaction is on its way to the disk go
/// together in the next, so many at once wait for the disk once. Each statement is still atomic on its own, and each is answered only after
/// the commit.
#[derive(Debug, Default)]
struct GroupCommit(Mutex<Waiting>);

#[derive(Debug, Default)]
struct Waiting {
    queue: Vec<Write>,
    is_writing: bool,
}

#[derive(Debug)]
struct Write {
    statement: Statement,
    answer: oneshot::Sender<Result<u64, DbErr>>,
}

/// Statements of one transaction.
const GROUP: usize = 64;

impl GroupCommit {
    /// Adds one; whether somebody must begin to write.
    fn push(&self, write: Write) -> bool {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.queue.push(write);
        !std::mem::replace(&mut waiting.is_writing, true)
    }

    /// The next group; nothing when the queue is empty, and then nobody writes any more.
    fn next(&self) -> Option<Vec<Write>> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.queue.is_empty() {
            waiting.is_writing = false;
            return None;
        }
        let most = waiting.queue.len().min(GROUP);
        Some(waiting.queue.drain(..most).collect())
    }
}

async fn write_all(db: Db) {
    while let Some(group) = db.writes.next() {
        let together = if group.len() > 1 { write_together(&db, &group).await.ok() } else { None };
        match together {
            Some(changed) => {
                for (write, rows) in group.into_iter().zip(changed) {
                    // Whoever went away no longer listens.
                    let _gone = write.answer.send(Ok(rows));
                }
            }
            // Alone, or one of them failed and took the others back with it: each by itself.
            None => {
                for write in group {
                    let outcome = run(&db.write, write.statement).await.map(|done| done.rows_affected());
                    let _gone = write.answer.send(outcome);
                }
            }
        }
    }
}

async fn write_together(db: &Db, group: &[Write]) -> Result<Vec<u64>, DbErr> {
    let tx = db.begin_write().await?;
    let mut changed = Vec::with_capacity(group.len());
    for write in group {
        changed.push(run(&tx, write.statement.clone()).await?.rows_affected());
    }
    tx.commit().await?;
    Ok(changed)
}

/// Whether a file is not there. One that this user may not look at is there, as far as anybody can say.
#[must_use]
pub fn is_missing(path: &Path) -> bool {
    matches!(path.try_exists(), Ok(false))
}

/// Runs a statement on a connection or transaction.
///
/// # Errors
/// Of the database.
pub async fn run<C: ConnectionTrait>(connection: &C, statement: Statement) -> Result<ExecResult, DbErr> {
    connection.execute_raw(statement).await
}

/// Whether the database refused because the row is already there.
#[must_use]
pub fn is_unique_violation(error: &DbErr) -> bool {
    matches!(error.sql_err(), Some(sea_orm::SqlErr::UniqueConstraintViolation(_)))
}

/// Whether the database took a whole transaction back because of another, by a deadlock or by a row that changed meanwhile: nothing was
/// written, and the same may be tried again.
#[must_use]
pub fn is_taken_back(error: &DbErr) -> bool {
    let (DbErr::Exec(RuntimeErr::SqlxError(cause))
    | DbErr::Query(RuntimeErr::SqlxError(cause))
    | DbErr::Conn(RuntimeErr::SqlxError(cause))) = error
    else {
        return false;
    };
    let SqlxError::Database(cause) = &**cause else { return false };
    // MariaDB's 1020, under snapshot isolation, has no SQLSTATE of its own.
    let is_changed = cause.try_downcast_ref::<SqlxMySqlError>().is_some_and(|e| e.number() == 1020);
    is_changed || cause.code().is_some_and(|code| ["40001", "40P01"].contains(&&*code))
}

/// Any number will do, as long as every release uses the same.
const MIGRATION_LOCK: i64 = 0x_D00A_4A2D;

fn common(url: &str, options: &Options) -> ConnectOptions {
    let mut connect = ConnectOptions::new(url);
    connect
        .max_connections(options.max_connections)
        .connect_timeout(options.connect_timeout)
        .acquire_timeout(options.acquire_timeout)
        .statement_timeout(options.statement_timeout)
        .set_application_name("doorward")
        .sqlx_logging(false);
    connect
}

fn is_missing_database(error: &DbErr) -> bool {
    let text = error.to_string();
    // PostgreSQL 3D000 and MySQL 1049.
    text.contains("3D000") || text.contains("1049") || (text.contains("database \"") && text.contains("does not exist"))
}

/// Makes the database named in `url` through the server's own.
async fn create_database(options: &Options, url: &str) -> Result<(), OpenError> {
    let mut parsed = url::Url::parse(url).map_err(|e| OpenError::Url(e.to_string()))?;
    let name = parsed.path().trim_start_matches('/').to_owned();
    if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-') {
        return Err(OpenError::Url(format!("it names the database {name:?}; use letters, digits, `_` and `-`")));
    }
    let is_postgres = parsed.scheme().starts_with("postgres");
    parsed.set_path(if is_postgres { "/postgres" } else { "" });
    let statement = if is_postgres {
        format!("CREATE DATABASE \"{name}\"")
    } else {
        format!("CREATE DATABASE `{name}` CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")
    };
    let create = async {
        let server = Database::connect(common(parsed.as_str(), options)).await?;
        server.execute_unprepared(&statement).await?;
        server.close().await
    };
    match create.await {
        Ok(()) => Ok(()),
        // Another replica was faster.
        Err(error) if error.to_string().contains("exists") => Ok(()),
        Err(cause) => Err(OpenError::Create { name, cause, statement }),
    }
}

/// Makes a folder that only its owner may enter; one that is there is left as it is.
///
/// # Errors
/// Of the operating system.
pub fn make_private_dir(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Makes an empty file that nobody else may read, where there is none: SQLite would follow the umask, and gives its other files the mode of
/// this one. Where it cannot be made SQLite says why.
fn make_private_file(path: &Path) {
    use std::os::unix::fs::OpenOptionsExt;
    let _made = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[tokio::test]
    async fn nobody_else_reads_the_files_of_sqlite() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        let elsewhere = format!("sqlite:{}", folder.path().join("elsewhere").display());
        for url in [None, Some(elsewhere)] {
            let options = Options {
                url,
                data_dir: folder.path().to_owned(),
                max_connections: 1,
                read_connections: 1,
                connect_timeout: Duration::from_secs(5),
                acquire_timeout: Duration::from_secs(5),
                statement_timeout: Duration::from_secs(5),
                is_synchronous_full: true,
            };
            let db = Db::open(&options).await.unwrap();
            db.write().execute_unprepared("CREATE TABLE t (a)").await.unwrap();
            let names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
            assert!(names.len() >= 2, "{names:?}");
            for path in names {
                let mode = std::fs::metadata(&path).unwrap().permissions().mode();
                assert_eq!(mode & 0o077, 0, "{}: {mode:o}", path.display());
            }
        }
    }
}
