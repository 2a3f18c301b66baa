# shellcheck shell=bash
# A server for tests of other languages. Sourced by tests/clients/run and tests/browser/run, which set $BIN and $WORK first.

# One build directory for what npm, pip and go fetch; a change of the lock file fetches anew.
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
KEPT=$(realpath -m "${CARGO_TARGET_DIR:-$ROOT/target}")/clients
SERVER_PID=

fail() {
  echo "${0#"$ROOT/"}: $*" >&2
  exit 1
}

free_port() {
  node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })'
}

# start_server serve|dev: on the loopback address of $ISSUER, with its data in $WORK; returns when it is ready.
start_server() {
  export DOORWARD_ISSUER=$ISSUER DOORWARD_LISTEN=127.0.0.1:$PORT DOORWARD_DATA_DIR=$WORK/data
  export DOORWARD_LOG__FORMAT=json NO_COLOR=1
  "$BIN" "$1" >"$WORK/server.out" 2>"$WORK/server.log" </dev/null &
  SERVER_PID=$!
  # Tries again until it answers, for at most half a minute; ends at once where the process has ended.
  local tries=0
  until curl --silent --fail --output /dev/null "http://127.0.0.1:$PORT/readyz"; do
    kill -0 "$SERVER_PID" 2>/dev/null || fail "the server ended: $(tail -n 5 "$WORK/server.out" "$WORK/server.log")"
    tries=$((tries + 1))
    [ "$tries" -lt 600 ] || fail "the server is not ready: $(tail -n 5 "$WORK/server.out" "$WORK/server.log")"
    sleep 0.05
  done
}

# stop_server: as an operator would; a server that does not stop in time is a failure.
stop_server() {
  [ -n "$SERVER_PID" ] || return 0
  local pid=$SERVER_PID status=0
  SERVER_PID=
  kill -TERM "$pid" 2>/dev/null || true
  wait "$pid" || status=$?
  [ "$status" = 0 ] || echo "the server stopped with exit code $status" >&2
  return "$status"
}

# Whatever happened: no process and no folder stays.
clean_up() {
  local status=$?
  trap - EXIT
  stop_server || status=1
  if [ "$status" != 0 ] && [ -s "$WORK/server.log" ]; then
    echo "--- the end of the server's log" >&2
    tail -n 40 "$WORK/server.log" >&2
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
