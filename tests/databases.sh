#!/usr/bin/env bash
# A throw-away PostgreSQL or MariaDB server: in a temporary folder, on a free port of 127.0.0.1, tuned for tests (nothing
# is synced to disk). Its user may create databases, as each test makes its own.
#
#   tests/databases.sh run postgres|mariadb COMMAND…   start, run COMMAND with DOORWARD_TEST_DATABASE_URL set, stop
#   tests/databases.sh start postgres|mariadb DIR      start in the empty or new folder DIR, print the URL
#   tests/databases.sh stop DIR                        stop what was started in DIR and remove DIR
#
# Environment: DB_USER, DB_PASSWORD and DB_NAME name the account and the database made for it (each "doorward" unless set).
set -euo pipefail
shopt -s inherit_errexit

DB_USER=${DB_USER:-doorward}
DB_PASSWORD=${DB_PASSWORD:-doorward}
DB_NAME=${DB_NAME:-doorward}

fail() {
  echo "databases.sh: $*" >&2
  exit 1
}

# The database servers refuse to run as root: then they run as the system user that their package made.
as() {
  local user=$1
  shift
  if [ "$(id -u)" = 0 ]; then
    setpriv --reuid="$user" --regid="$(id -g "$user")" --init-groups -- "$@"
  else
    "$@"
  fi
}

owner() {
  if [ "$(id -u)" = 0 ]; then
    case $1 in postgres) echo postgres ;; mariadb) echo mysql ;; esac
  else
    id -u
  fi
}

# A port that nobody listens on at this moment; another process may still take it first, so that starting tries again.
free_port() {
  local port
  for _ in {1..50}; do
    port=$((20000 + RANDOM % 12000))
    if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
      echo "$port"
      return
    fi
  done
  fail "found no free port on 127.0.0.1"
}

postgres_bin() {
  local found
  found=$(command -v postgres || true)
  if [ -z "$found" ]; then # Debian keeps the server out of PATH; the newest version counts
    found=$(find /usr/lib/postgresql -path '*/bin/postgres' 2>/dev/null | sort -V | tail -n 1)
  fi
  [ -n "$found" ] || fail "PostgreSQL is not installed (Debian: apt-get install postgresql)"
  dirname "$(readlink -f "$found")"
}

start_postgres() {
  local dir=$1 bin port
  bin=$(postgres_bin)
  echo "$DB_PASSWORD" >"$dir/password" && chown "$(owner postgres)" "$dir/password" && chmod 600 "$dir/password"
  # SCRAM costs an unoptimised client half a second for each connection; the password itself, on 127.0.0.1, costs nothing.
  as "$(owner postgres)" "$bin/initdb" --pgdata="$dir/data" --username="$DB_USER" --pwfile="$dir/password" \
    --auth-host=password --auth-local=trust --encoding=UTF8 --locale=C.UTF-8 --no-sync >"$dir/log" 2>&1 ||
    fail "initdb failed: $(cat "$dir/log")"
  cat >>"$dir/data/postgresql.conf" <<CONF
listen_addresses = '127.0.0.1'
unix_socket_directories = '$dir'
max_connections = 400
fsync = off
synchronous_commit = off
full_page_writes = off
autovacuum = off
wal_level = minimal
max_wal_senders = 0
max_wal_size = 2GB
CONF
  for _ in {1..5}; do
    port=$(free_port)
    if as "$(owner postgres)" "$bin/pg_ctl" start --pgdata="$dir/data" --log="$dir/server.log" --options="-p $port" \
      --wait --timeout=60 --silent >>"$dir/log" 2>&1; then
      [ "$DB_NAME" = postgres ] || "$bin/createdb" --host="$dir" --port="$port" --username="$DB_USER" "$DB_NAME"
      echo "postgres://$DB_USER:$DB_PASSWORD@127.0.0.1:$port/$DB_NAME"
      return
    fi
  done
  fail "PostgreSQL did not start: $(tail -n 20 "$dir/log" "$dir/server.log")"
}

start_mariadb() {
  local dir=$1 user port server
  user=$(owner mariadb)
  server=$(command -v mariadbd || command -v mysqld || true)
  [ -n "$server" ] || fail "MariaDB is not installed (Debian: apt-get install mariadb-server)"
  as "$user" mariadb-install-db --no-defaults --datadir="$dir/data" --auth-root-authentication-method=normal \
    --skip-test-db >"$dir/log" 2>&1 || fail "mariadb-install-db failed: $(cat "$dir/log")"
  cat >"$dir/init.sql" <<SQL
CREATE DATABASE IF NOT EXISTS \`$DB_NAME\`;
CREATE USER '$DB_USER'@'%' IDENTIFIED BY '$DB_PASSWORD';
GRANT ALL PRIVILEGES ON *.* TO '$DB_USER'@'%' WITH GRANT OPTION;
SQL
  chmod 644 "$dir/init.sql"
  for _ in {1..5}; do
    port=$(free_port)
    # utf8mb4_general_ci as Debian sets it: folds case, so that a table that forgets its own collation is found out.
    as "$user" "$server" --no-defaults --datadir="$dir/data" --socket="$dir/socket" --pid-file="$dir/pid" \
      --bind-address=127.0.0.1 --port="$port" --init-file="$dir/init.sql" --skip-name-resolve --skip-log-bin \
      --character-set-server=utf8mb4 --collation-server=utf8mb4_general_ci --max-connections=400 \
      --innodb-flush-log-at-trx-commit=0 --innodb-doublewrite=0 --innodb-flush-method=nosync \
      --innodb-buffer-pool-size=128M --innodb-log-file-size=64M --performance-schema=off \
      --log-error="$dir/server.log" </dev/null >/dev/null 2>&1 &
    local pid=$!
    for _ in {1..300}; do
      # Ready once the account of the init file can sign in over TCP.
      if mariadb --no-defaults --host=127.0.0.1 --port="$port" --user="$DB_USER" --password="$DB_PASSWORD" \
        --execute="SELECT 1" "$DB_NAME" >/dev/null 2>&1; then
        echo "mysql://$DB_USER:$DB_PASSWORD@127.0.0.1:$port/$DB_NAME"
        return
      fi
      kill -0 "$pid" 2>/dev/null || break
      sleep 0.1
    done
    kill -KILL "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
  fail "MariaDB did not start: $(tail -n 20 "$dir/server.log")"
}

start() {
  local kind=$1 dir=$2
  mkdir -p "$dir"
  dir=$(cd "$dir" && pwd)
  [ -z "$(ls -A "$dir")" ] || fail "$dir is not empty"
  chown "$(owner "$kind")" "$dir"
  chmod 755 "$dir"
  "start_$kind" "$dir"
}

# Everything in the folder is thrown away, so that the server is not asked to finish anything.
stop() {
  local dir=$1 file pid
  for file in "$dir/data/postmaster.pid" "$dir/pid"; do
    [ -f "$file" ] || continue
    pid=$(head -n 1 "$file")
    if [ "$file" = "$dir/pid" ]; then kill -KILL "$pid" 2>/dev/null || true; else kill -QUIT "$pid" 2>/dev/null || true; fi
    for _ in {1..100}; do
      kill -0 "$pid" 2>/dev/null || break
      sleep 0.1
    done
  done
  rm -rf "$dir"
}

run() {
  local kind=$1 url
  shift
  RUN_DIR=$(mktemp -d "${TMPDIR:-/tmp}/doorward-$kind.XXXXXX")
  COMMAND=
  trap 'stop "$RUN_DIR"' EXIT
  trap '[ -z "$COMMAND" ] || kill -TERM "$COMMAND"; exit 130' INT
  trap '[ -z "$COMMAND" ] || kill -TERM "$COMMAND"; exit 143' TERM
  url=$(start "$kind" "$RUN_DIR")
  # In the background, since bash runs traps only while it waits.
  DOORWARD_TEST_DATABASE_URL=$url "$@" &
  COMMAND=$!
  wait "$COMMAND"
}

usage() {
  sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//p}' "$0" >&2
  exit 2
}

verb=${1:-}
case $verb in
  run | start)
    case ${2:-} in postgres | mariadb) ;; *) usage ;; esac
    [ $# -ge 3 ] || usage
    shift
    "$verb" "$@"
    ;;
  stop)
    [ $# = 2 ] || usage
    stop "$2"
    ;;
  *) usage ;;
esac
