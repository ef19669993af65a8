#!/bin/bash
# apt.sh SETUP: cmake/setup/apt.sh with a dpkg-query, apt-get, sudo and id of the test's own: nothing is installed.
set -euo pipefail
apt=$1/apt.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin"
tool() {
  printf '#!/bin/bash\n%s\n' "$2" >"$work/bin/$1"
  chmod +x "$work/bin/$1"
}
# Every package is held, but for one that is not there; sudo knows nobody unless MAY_SUDO.
tool dpkg-query '[[ ${!#} == absent-* ]] && exit 1; printf "hi "'
tool apt-get 'echo "apt-get $*" >>"$CALLS"; echo "words of apt"; [[ $* != *broken* ]]'
tool sudo '[ "${MAY_SUDO:-}" ] || { echo "sorry" >&2; exit 1; }; [ "$1" = -n ] && exit 1; [ "$1" = -v ] || "$@"'
tool id 'echo "$USER_ID"'
export PATH=$work/bin:$PATH CALLS=$work/calls USER_ID=0 FTS_SKIP_APT=

failed=0
# case_ NAME STATUS SAID CALLED COMMAND…: the words stand in what is said, and apt-get is called with those (none: not called).
case_() {
  local name=$1 status=$2 said=$3 called=$4 found=0 out
  shift 4
  : >"$CALLS"
  out=$("$@" 2>&1 </dev/null) || found=$?
  if [ "$found" != "$status" ] || [[ $out != *"$said"* ]] || [[ $(cat "$CALLS") != *"$called"* ]] ||
    { [ -z "$called" ] && [ -s "$CALLS" ]; }; then
    echo "FAILED: $name: status $found"
    echo "$out"
    cat "$CALLS"
    failed=1
  fi
}
terminal() { script -qec "$(printf '%q ' "$@")" /dev/null; }

case_ "a held package is there" 0 "are there" "" "$apt"
case_ "another apt is waited for" 0 "installing absent-one" \
  "apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends absent-one" "$apt" absent-one
case_ "what apt said last is shown where it fails" 1 "words of apt" "install" "$apt" absent-broken
case_ "a terminal sees what apt says" 0 "words of apt" "install" terminal "$apt" absent-one
export USER_ID=1000
case_ "who may not use sudo is refused" 1 "Run as root: apt-get install" "" "$apt" absent-one
case_ "on a terminal too" 1 "Run as root: apt-get install" "" terminal "$apt" absent-one
MAY_SUDO=1 case_ "on a terminal sudo asks" 0 "words of apt" "install" terminal "$apt" absent-one
[ "$failed" = 0 ] && echo "as it should be"
exit "$failed"
