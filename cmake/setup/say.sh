# shellcheck shell=bash
# Sourced by the set-up scripts: numbered steps and errors that say what to do.
# STEP is "2/5" where a caller counts; without it the steps have no number.

step() { printf '%s%s\n' "${STEP:+[$STEP] }" "$*"; }

# fail WHAT HINT…: what went wrong, then one line of advice each; ends the script.
fail() {
  printf '\n%sfailed: %s\n' "${STEP:+[$STEP] }" "$1" >&2
  shift
  for hint in "$@"; do printf '  %s\n' "$hint" >&2; done
  exit 1
}
