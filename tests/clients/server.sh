# shellcheck shell=bash
# A server for tests of other languages. Sourced by tests/clients/run and tests/browser/run, which set $BIN and $WORK first.

# One build directory for what npm, pip and go fetch; a change of the lock file fetches anew.
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
KEPT=$(realpath -m "${CARGO_TARGET_DIR:-$ROOT/target}")/clients
SERVER_PIDS=()

fail() {
  echo "${0#"$ROOT/"}: $*" >&2
  exit 1
}

free_port() {
  node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })'
}

# use_server NAME: what follows, commands too, is about this server; its port is free and its data a folder of its own.
use_server() {
  local host=${2:-127.0.0.1}
  NAME=$1
  PORT=$(free_port)
  ISSUER=http://$host:$PORT
  export DOORWARD_ISSUER=$ISSUER DOORWARD_LISTEN=127.0.0.1:$PORT DOORWARD_DATA_DIR=$WORK/$NAME-data
}

# start_server serve|dev: returns when it is ready.
start_server() {
  local pid
  NO_COLOR=1 DOORWARD_LOG__FORMAT=json "$BIN" "$1" >"$WORK/$NAME.out" 2>"$WORK/$NAME.log" </dev/null &
  pid=$!
  SERVER_PIDS+=("$pid")
  node "$ROOT/tests/clients/await-ready.mjs" "$pid" "http://127.0.0.1:$PORT/readyz" ||
    fail "the server does not come up: $(tail -n 5 "$WORK/$NAME.out" "$WORK/$NAME.log")"
}

# stop_servers: as an operator would; one that does not stop well is a failure.
stop_servers() {
  local pid status all=0 pids=("${SERVER_PIDS[@]}")
  SERVER_PIDS=()
  for pid in "${pids[@]}"; do
    kill -TERM "$pid" 2>/dev/null || true
    status=0
    wait "$pid" || status=$?
    [ "$status" = 0 ] || { echo "a server stopped with exit code $status" >&2; all=1; }
  done
  return "$all"
}

# Whatever happened: no process and no folder stays.
clean_up() {
  local status=$? log
  trap - EXIT
  stop_servers || status=1
  if [ "$status" != 0 ]; then
    for log in "$WORK"/*.log; do
      [ -s "$log" ] || continue
      echo "--- the end of $(basename "$log")" >&2
      tail -n 30 "$log" >&2
    done
  fi
  rm -rf "$WORK"
  exit "$status"
}

doorward() {
  "$BIN" "$@" </dev/null
}

# node_modules FOLDER: installs what the package-lock.json of FOLDER names, beside a copy of its sources; prints where.
node_modules() {
  local from=$1 into
  into=$KEPT/$(basename "$(dirname "$from")")-$(basename "$from")
  mkdir -p "$into"
  if ! cmp --silent "$from/package-lock.json" "$into/installed.json"; then
    cp "$from/package.json" "$from/package-lock.json" "$from/.npmrc" "$into/"
    (cd "$into" && npm ci --silent --no-fund --no-audit --ignore-scripts </dev/null) >&2 || fail "npm ci failed for $from"
    cp "$from/package-lock.json" "$into/installed.json"
  fi
  rm -f "$into"/*.mjs
  cp "$from"/*.mjs "$into/"
  echo "$into"
}
