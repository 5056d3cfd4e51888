# shellcheck shell=bash
# Sourced by engine-up.sh and images/bake: messages, the cache folder, a lock, and the machine's own Debian mirror.

# Everything downloaded lies here, outside the checkout, so that a clone stays clean and a second clone downloads nothing.
cache=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/full-stack-workbook
me=$(basename "$0" .sh)

say() { printf '%s: %s\n' "$me" "$*"; }

# die <sentence> [<sentence>...]: one sentence a line on stderr, exit 1.
die() {
  printf '%s: %s\n' "$me" "$1" >&2
  shift
  if [ $# -gt 0 ]; then printf '    %s\n' "$@" >&2; fi
  exit 1
}

# Installing packages is for throwaway machines only. `yes` is set by a script's --yes.
may_install() { [ "$(id -u)" = 0 ] && { [ "${CI:-}" = true ] || [ "${yes:-}" = true ]; }; }

# take_lock <name>: holds file descriptor 9 until this process ends, so that two runs do their work one after the other.
# A child that outlives us must not inherit it: start it with 9>&-.
take_lock() {
  command -v flock >/dev/null || die 'flock is missing (Debian package util-linux).'
  mkdir -p "$cache" || die "cannot write $cache; set XDG_CACHE_HOME to a folder that can be written."
  exec 9>"$cache/$1.lock"
  flock --nonblock 9 && return
  say "another run is at work, waiting for it (lock: $cache/$1.lock)"
  flock --timeout 900 9 || die 'the other run did not end within 15 minutes.'
}

# debian_mirror: prints the address that this machine's own apt uses for Debian's main archive, so that no file has to name one.
# apt knows a source's code name only after an update, hence the second try.
debian_mirror() {
  local codename site
  # shellcheck source=/dev/null
  codename=$(. /etc/os-release && printf %s "${VERSION_CODENAME:-}")
  for _ in 1 2; do
    # shellcheck disable=SC2016 # $(SITE) is apt's own placeholder.
    site=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' "Codename: $codename" 'Component: main' 2>/dev/null | sed -n 1p)
    if [ -n "$site" ]; then
      printf '%s\n' "$site"
      return
    fi
    if [ "$(id -u)" = 0 ]; then apt-get update -qq >&2 || true; fi
  done
  return 1
}
