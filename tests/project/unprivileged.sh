#!/bin/bash
# unprivileged.sh COMMAND…: as a user who cannot become root.
user=()
[ "$(id -u)" = 0 ] && user=(--reuid=65534 --clear-groups)
exec setpriv --no-new-privs "${user[@]}" "$@"
