# shellcheck shell=bash
# What the steps of ./check need, how to see whether it is there, and how to get it. Sourced by ./check.
#
# For each tool: `has_TOOL` says whether it is there, `apt_TOOL` names its Debian packages, `get_TOOL` (optional) gets it in
# another way where Debian's version is too old, `lack TOOL` says what to do by hand.

CACHE=${CHECK_CACHE:-${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/doorward-check}
CARGO_DENY_VERSION=0.20.2
NODE_LEAST=20
NODE_INSTALL=22
GO_LEAST=21 # go 1.21 fetches by itself the newer toolchain that a go.mod asks for
GO_INSTALL=1.25.4

die() {
  echo "check: $*" >&2
  exit 1
}

has() {
  command -v "$1" >/dev/null 2>&1
}

has_rust() { cargo clippy --version >/dev/null 2>&1 && cargo fmt --version >/dev/null 2>&1; }
has_cc() { has cc && has make && has perl; }
has_git() { has git; }
has_shellcheck() { has shellcheck; }
has_postgres() { has postgres || compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null; }
has_mariadb() { has mariadbd && has mariadb-install-db && has mariadb; }
has_node() { has npm && has node && [ "$(node -p 'process.versions.node.split(".")[0]')" -ge "$NODE_LEAST" ]; }
has_python() { has python3 && python3 -c 'import ensurepip, ssl, venv' >/dev/null 2>&1; }
has_yaml() { yaml_python >/dev/null; }
has_go() { has go && [ "$(go env GOVERSION 2>/dev/null | sed 's/^go1\.\([0-9]*\).*/\1/')" -ge "$GO_LEAST" ]; }
has_chromium() { has chromium || has chromium-browser || has google-chrome || has google-chrome-stable; }
# Debian keeps servers out of the PATH of people.
has_smtp() { [ -x /usr/sbin/postfix ] && [ -x /usr/sbin/dovecot ] && has openssl && { [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; }; }
has_compose() { compose_command >/dev/null; }

apt_cc() { echo gcc libc6-dev make perl; }
apt_git() { echo git ca-certificates; }
apt_shellcheck() { echo shellcheck; }
apt_postgres() { echo postgresql; }
apt_mariadb() { echo mariadb-server mariadb-client; }
apt_node() { has node && has npm || echo nodejs npm; }
apt_python() { echo python3 python3-venv; }
apt_yaml() { echo python3 python3-yaml; }
apt_go() { has go || echo golang-go ca-certificates; }
apt_chromium() {
  if apt-cache show chromium >/dev/null 2>&1; then echo chromium fonts-dejavu-core; else echo chromium-browser; fi
}
apt_smtp() { echo postfix dovecot-core openssl; }
apt_compose() { echo docker-compose; }

# Where the distribution's Node is too old, npm brings a newer one (the package `node`).
get_node() {
  has npm || return 0
  echo "Node $(node --version) is too old (needs $NODE_LEAST): getting Node $NODE_INSTALL from npm"
  mkdir -p "$CACHE/node"
  npm install --silent --no-fund --no-audit --prefix "$CACHE/node" "node@$NODE_INSTALL"
}

# Where the distribution's Go is too old for `toolchain` lines, it can still fetch the newer one as a checked module.
get_go() {
  has go || return 0
  echo "$(go version) is too old (needs 1.$GO_LEAST): getting go$GO_INSTALL through the Go module proxy"
  local module found
  module="golang.org/toolchain@v0.0.1-go$GO_INSTALL.linux-$(go env GOARCH)"
  found=$(go mod download -json "$module" | sed -n 's/^\t"Dir": "\(.*\)",\{0,1\}$/\1/p')
  [ -d "$found" ] || return 0
  mkdir -p "$CACHE"
  rm -rf "$CACHE/go"
  cp -r "$found" "$CACHE/go"
  chmod -R u+w "$CACHE/go"
  find "$CACHE/go/bin" "$CACHE/go/pkg/tool" -type f -exec chmod +x {} +
}

lack() {
  case $1 in
    rust) echo "cargo with clippy and rustfmt is missing; install it with rustup, https://rustup.rs" ;;
    node) echo "Node $NODE_LEAST or newer with npm is missing; install nodejs and npm" ;;
    go) echo "Go 1.$GO_LEAST or newer is missing; install it from https://go.dev/dl" ;;
    smtp) echo "Postfix, Dovecot, openssl or the right to start them as root is missing; apt-get install $(apt_smtp)" ;;
    python) echo "Python 3 with venv is missing; apt-get install $(apt_python)" ;;
    *) echo "$1 is missing; apt-get install $("apt_$1")" ;;
  esac
}

# Sees to it that each tool named is there, as far as this account may.
provide() {
  PATH=$CACHE/node/node_modules/.bin:$CACHE/go/bin:$PATH
  export PATH
  local tool root=() packages=()
  for tool in "$@"; do
    "has_$tool" || [ "$tool" = rust ] || mapfile -t -O "${#packages[@]}" packages < <("apt_$tool" | tr ' ' '\n')
  done
  if [ ${#packages[@]} -gt 0 ]; then
    if ! has apt-get; then
      echo "there is no apt-get here; install by hand what the steps below miss"
    elif [ "$(id -u)" != 0 ] && ! sudo -n true 2>/dev/null; then
      echo "may not install packages (neither root nor sudo without a password): apt-get install ${packages[*]}"
    else
      [ "$(id -u)" = 0 ] || root=(sudo -n)
      echo "installing: ${packages[*]}"
      "${root[@]}" apt-get update -q >/dev/null || echo "apt-get update failed"
      "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${packages[@]}" >/dev/null ||
        echo "apt-get install failed"
      hash -r
    fi
  fi
  for tool in node go; do
    [[ " $* " != *" $tool "* ]] || "has_$tool" || "get_$tool" || echo "could not get $tool"
  done
  hash -r
}

# Debian's docker-compose, or the plugin of newer Docker installations.
compose_command() {
  if docker-compose version >/dev/null 2>&1; then
    echo docker-compose
  elif docker compose version >/dev/null 2>&1; then
    echo docker compose
  else
    return 1
  fi
}

# A Python that reads YAML: the system's one may, while another stands first in PATH.
yaml_python() {
  local python
  for python in python3 /usr/bin/python3; do
    if "$python" -c 'import yaml' >/dev/null 2>&1; then
      echo "$python"
      return
    fi
  done
  return 1
}

# The path of cargo-deny in the wanted version. It is published as source only, so it is compiled once and kept; without
# optimisation, since it is used for seconds.
cargo_deny() {
  local kept=$CACHE/cargo-deny-$CARGO_DENY_VERSION found
  for found in "$(command -v cargo-deny || true)" "$kept/bin/cargo-deny"; do
    if [ -x "$found" ] && [ "$("$found" --version)" = "cargo-deny $CARGO_DENY_VERSION" ]; then
      echo "$found"
      return
    fi
  done
  echo "compiling cargo-deny $CARGO_DENY_VERSION (once, about two minutes)" >&2
  CARGO_INCREMENTAL=0 CARGO_PROFILE_DEV_DEBUG=0 cargo install --locked --quiet --debug --root "$kept" --target-dir "$kept/build" \
    "cargo-deny@$CARGO_DENY_VERSION" >&2
  rm -rf "$kept/build"
  echo "$kept/bin/cargo-deny"
}
