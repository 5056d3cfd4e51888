#!/bin/sh
# Options or a configuration file alone mean redis-server; root becomes redis; protected mode is off, as the network is ours.
set -e
if [ "${1#-}" != "$1" ] || [ "${1%.conf}" != "$1" ]; then set -- redis-server "$@"; fi
if [ "$1" = redis-server ]; then
  if [ "$(id -u)" = 0 ]; then
    # A file that is mounted read-only cannot change its owner, and need not.
    find . \! -user redis -exec chown redis '{}' + || true
    exec setpriv --reuid=redis --regid=redis --clear-groups "$0" "$@"
  fi
  set -- "$@" --protected-mode no
fi
exec "$@"
