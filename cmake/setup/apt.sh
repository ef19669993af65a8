#!/bin/bash
# apt.sh [PACKAGE…]: installs what is missing of packages.txt and of the packages named. Does not touch apt when nothing is.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/say.sh"

if [ "${FTS_SKIP_APT:-}" = 1 ]; then
  step "Debian packages: not looked at (FTS_SKIP_APT=1)"
  exit 0
fi

mapfile -t wanted < <(sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$here/packages.txt")
wanted+=("$@")

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  fail "this system has no apt" \
    "Install what these Debian packages are called here: ${wanted[*]}" \
    "then run again with FTS_SKIP_APT=1."
fi

# The first letter is what is wanted: a package that is held is "hi".
is_installed() { dpkg-query -W -f='${db:Status-Abbrev}' "$1" 2>/dev/null | grep -q '^.i'; }
missing=()
for package in "${wanted[@]}"; do
  is_installed "$package" || missing+=("$package")
done
if [ ${#missing[@]} -eq 0 ]; then
  step "Debian packages: all ${#wanted[@]} are there"
  exit 0
fi

install=(install -y --no-install-recommends "${missing[@]}")
as_root=()
if [ "$(id -u)" != 0 ]; then
  # Without a terminal nobody can answer sudo's question; on one, who may not use sudo shall hear it here.
  if command -v sudo >/dev/null && { sudo -n true 2>/dev/null || { [ -t 0 ] && sudo -v; }; }; then
    as_root=(sudo)
  else
    fail "${#missing[@]} Debian packages are missing, and this user may not install them" \
      "Run as root: apt-get ${install[*]}" "then start again. If you have these tools and libraries otherwise: FTS_SKIP_APT=1."
  fi
fi

step "Debian packages: installing ${missing[*]}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# On a terminal all that apt says; otherwise the end of it, if it fails. Another apt is waited for.
apt() {
  local command=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 "$@")
  if [ -t 1 ]; then "${command[@]}"; else "${command[@]}" >"$log" 2>&1 || { tail -n 20 "$log" >&2; return 1; }; fi
}
# A broken third-party source must not stop packages that the others have.
apt update || echo "      the package lists could not all be brought up to date; going on with what is there" >&2
apt "${install[@]}" || fail "apt could not install them" \
  "See apt's words above; is the network there, has another apt run for five minutes, is the disk full?" \
  "By hand: ${as_root[*]:+${as_root[*]} }apt-get ${install[*]}"
