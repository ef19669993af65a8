#!/bin/bash
# wheels.sh FOLDER TITLE: puts .deps/FOLDER together from its wheels in wheels.lock. Does nothing when it is already
# there with the same hashes. Downloads go on where they stopped; a folder gets its name only when it is whole.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/say.sh"
folder=$1
title=$2
deps=$here/../../.deps
lock=$(sed -e 's/#.*//' "$here/wheels.lock" | awk -v f="$folder" '$1 == f {print $2, $3, $4}')
stamp=$deps/$folder/.stamp

if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$lock" ]; then
  step "$title: there"
  exit 0
fi

if [[ $lock == *x86_64* && $(uname -sm) != "Linux x86_64" ]]; then
  hint="There is none for this machine in cmake/setup/wheels.lock."
  [ "$folder" = libtorch ] && hint="Give your own with LIBTORCH=/path (the folder that holds include/ and lib/)."
  fail "$title: the pinned wheels are for Linux on x86_64, this is $(uname -sm)" "$hint"
fi

wheel_tags=(--only-binary=:all: --implementation cp --python-version 3.11 --platform manylinux_2_28_x86_64
  --platform manylinux_2_25_x86_64 --platform manylinux_2_17_x86_64 --platform manylinux2014_x86_64)

# What pip is set to on this machine, as it is itself asked: find-links, index-url.
setting() {
  local variable=${1^^}
  variable=PIP_${variable//-/_}
  echo "${!variable:-$(python3 -m pip config get "global.$1" 2>/dev/null)}"
}

# The file's link on the index's page of its project. pip would tell it too, but fetches the whole file to do so.
link_of() {
  local project=$1 file=$2 index base page=$deps/wheels/$1.page
  index=$(setting index-url)
  index=${index%/}
  base=$(curl --fail --location --silent --retry 3 --connect-timeout 30 --max-time 120 --write-out '%{url_effective}' \
    --output "$page" "${index:-https://pypi.org/simple}/$project/") || return 1
  python3 - "$page" "$base" "$file" <<'END'
import html, re, sys, urllib.parse as url
page, base, name = sys.argv[1:]
for link in re.findall(r"""href=["']([^"']+)""", open(page, encoding="utf-8").read()):
    link = url.urljoin(base, html.unescape(link)).partition("#")[0]
    if url.unquote(url.urlsplit(link).path).endswith("/" + name):
        sys.exit(print(link))
sys.exit(1)
END
}

# curl goes on behind the last byte that is there, which pip cannot; pip may reach an index that curl does not.
download() {
  local requirement=$1 file=$2 part=$3 folder url progress=(--progress-bar)
  [ -t 2 ] || progress=(--silent --show-error)
  for folder in $(setting find-links); do
    if [ -f "$folder/$file" ]; then cp "$folder/$file" "$part" && return; fi
  done
  [ -z "${PIP_NO_INDEX:-}" ] && url=$(link_of "${requirement%%==*}" "$file") || return 1
  curl --fail --location --retry 5 --retry-connrefused --connect-timeout 30 --speed-limit 1000 --speed-time 60 \
    --continue-at - "${progress[@]}" --output "$part" "$url"
}

is_whole() { [ -f "$1" ] && echo "$2  $1" | sha256sum --check --status; }

fetch() {
  local requirement=$1 file=$2 hash=$3
  local part=$deps/wheels/$file.part
  is_whole "$deps/wheels/$file" "$hash" && return
  step "  $file"
  # Of a part that is whole already curl would ask for the bytes behind its end, and be refused.
  if is_whole "$part" "$hash" || download "$requirement" "$file" "$part"; then
    mv "$part" "$deps/wheels/$file"
  else
    python3 -m pip download --no-deps --dest "$deps/wheels" "${wheel_tags[@]}" "$requirement" ||
      fail "$file could not be downloaded" "Is the network there? Run the same command again: it goes on where it stopped." \
        "Or put the file into .deps/wheels/ by hand."
  fi
  if ! is_whole "$deps/wheels/$file" "$hash"; then
    rm -f "$deps/wheels/$file"
    fail "$file is not the file that cmake/setup/wheels.lock pins (another sha256)" \
      "It was thrown away. Run again; if this stays, the package index of this machine serves another file."
  fi
}

step "$title: downloading and unpacking into .deps/$folder"
mkdir -p "$deps/wheels"
fresh=$deps/$folder.unpacking
rm -rf "$fresh"
while read -r requirement file hash; do
  fetch "$requirement" "$file" "$hash"
  python3 -m zipfile -e "$deps/wheels/$file" "$fresh" ||
    fail "$file could not be unpacked" "Is the disk full? $(df -h --output=avail "$deps" | tail -1) are free; LibTorch needs 2 GB."
done <<<"$lock"
echo "$lock" >"$fresh/.stamp"
rm -rf "${deps:?}/$folder"
mv "$fresh" "$deps/$folder"
while read -r requirement file _; do
  rm -f "$deps/wheels/$file" "$deps/wheels/$file.part" "$deps/wheels/${requirement%%==*}.page"
done <<<"$lock"
