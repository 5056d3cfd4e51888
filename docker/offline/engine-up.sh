#!/usr/bin/env bash
# Makes `docker compose` work on a bare Debian 12 machine that reaches Debian's packages and nothing of Docker's (our CI).
#
#   docker/offline/engine-up.sh [--yes]
#
# Docker works already:            says so, changes nothing.
# Installed, but nothing answers:  starts the daemon (as root) and waits for it.
# Not installed:                   explains, exit 1; installs only as root, on Debian 12, with CI=true or --yes.
#
# It never calls sudo, and never removes or upgrades a package.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$here/common.sh"

yes=
for word in "$@"; do
  case $word in
    --yes) yes=true ;;
    -h | --help) sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "$0"; exit 0 ;;
    *) die "unknown option $word (known: --yes)" ;;
  esac
done

log=/var/log/dockerd.log
socket=/var/run/docker.sock
packages=(docker.io docker-cli docker-compose docker-buildx)

if command -v timeout >/dev/null; then limit() { timeout 20 "$@"; }; else limit() { "$@"; }; fi # macOS has no timeout
server() { limit docker version --format '{{.Server.Version}}' 2>/dev/null; }
tools() { docker compose version >/dev/null 2>&1 && docker buildx version >/dev/null 2>&1; }
report() { say "$1: engine $(server), compose $(docker compose version --short), buildx $(docker buildx version | awk '{print $2}')"; }
works() { server >/dev/null && tools; }

# Which process does a pid file name? Prints its command name; nothing where the file or the process is absent.
named_by() { if [ -s "$1" ]; then cat "/proc/$(tr -dc 0-9 <"$1")/comm" 2>/dev/null || true; fi; }

# What an earlier life of the machine left behind (a restored disk image, a killed session) makes a new daemon refuse or hang.
clear_leftovers() {
  local state=/var/run/docker
  # dockerd refuses to start while the pid in its file is alive, and after a restart that pid belongs to somebody else.
  if [ "$(named_by /var/run/docker.pid)" != dockerd ]; then rm -f /var/run/docker.pid; fi
  if [ "$(named_by $state/containerd/containerd.pid)" != containerd ]; then rm -f $state/containerd/containerd.pid; fi
  # dockerd uses the system's containerd if its socket exists; a socket file that nobody listens on makes it wait forever.
  local shared=/run/containerd/containerd.sock
  if [ -S $shared ] && ! grep -q " $shared\$" /proc/net/unix; then rm -f $shared; fi
}

# dockerd publishes ports and joins networks through iptables. Some kernels lack the nft side of it, others the legacy side.
choose_iptables() {
  command -v iptables >/dev/null || die 'iptables is missing; dockerd cannot make a network without it.'
  iptables --wait -t nat -nL >/dev/null 2>&1 && return
  if command -v iptables-legacy >/dev/null && iptables-legacy --wait -t nat -nL >/dev/null 2>&1; then
    may_install || die 'iptables (nft) does not work with this kernel, iptables-legacy does. To switch:' \
      'update-alternatives --set iptables /usr/sbin/iptables-legacy'
    update-alternatives --set iptables /usr/sbin/iptables-legacy >/dev/null
    update-alternatives --set ip6tables /usr/sbin/ip6tables-legacy >/dev/null || true
    say 'iptables (nft) does not work with this kernel: switched to iptables-legacy'
    return
  fi
  die 'neither iptables (nft) nor iptables-legacy works with this kernel:' "$(iptables -t nat -nL 2>&1 | head -n 3)"
}

# wait_for <seconds> [<pid>]: until the daemon answers; gives up early when the process has ended.
wait_for() {
  local end=$((SECONDS + $1)) pid=${2:-}
  until server >/dev/null; do
    if [ -n "$pid" ] && ! kill -0 "$pid" 2>/dev/null; then return 1; fi
    if [ $SECONDS -ge $end ]; then return 1; fi
    sleep 0.2
  done
}

start_daemon() {
  if [ -d /run/systemd/system ]; then
    systemctl start docker.service || die 'systemctl start docker failed; see: journalctl -u docker -n 50'
    wait_for 60 || die 'docker.service runs but did not answer within 60 s; see: journalctl -u docker -n 50'
    return
  fi
  if [ "$(named_by /var/run/docker.pid)" = dockerd ]; then
    say 'dockerd is already starting, waiting for it'
    wait_for 60 && return
    die "dockerd (process $(cat /var/run/docker.pid)) runs but did not answer within 60 s. Last lines of $log:" \
      "$(tail -n 20 $log 2>&1)"
  fi
  clear_leftovers
  choose_iptables
  local before
  touch $log
  before=$(wc -l <$log)
  # A session of its own and no file descriptor of ours: it outlives this script, its lock, its terminal, and whoever
  # waits for the end of a pipe that we were given.
  (
    cd /
    for fd in /proc/self/fd/*; do
      fd=${fd##*/}
      if [ "$fd" -gt 2 ] && [ "$fd" != 255 ]; then eval "exec $fd>&-"; fi
    done
    exec setsid dockerd </dev/null >>$log 2>&1
  ) &
  wait_for 60 $! || die "dockerd did not come up. Last lines of $log:" "$(tail -n "+$((before + 1))" $log | tail -n 20)"
}

# Engine 26.1, compose 2.26 and buildx 0.13 come from Debian 13. On Debian 12 they need nothing else from there: libc,
# containerd and runc stay. (Debian 12's own docker.io 20.10 has no compose v2 and no start_interval.)
install_packages() {
  local mirror dir opt undo=
  mirror=$(debian_mirror) || die 'apt knows no Debian source on this machine (apt-get update, then try again).'
  # A list of sources of our own: no other apt command on this machine ever sees Debian 13.
  dir=/var/cache/full-stack-workbook/apt
  mkdir -p $dir/lists/partial
  cat >$dir/debian.sources <<SOURCES
Types: deb
URIs: $mirror
Suites: bookworm trixie
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
SOURCES
  cat >$dir/preferences <<PIN
Package: *
Pin: release n=trixie
Pin-Priority: 100

Package: ${packages[*]}
Pin: release n=trixie
Pin-Priority: 990
PIN
  opt=(-qq -o "Dir::Etc::sourcelist=$dir/debian.sources" -o Dir::Etc::sourceparts=/dev/null
    -o "Dir::State::lists=$dir/lists" -o "Dir::Etc::preferences=$dir/preferences" -o Dir::Etc::preferencesparts=/dev/null
    -o APT::Install-Recommends=false -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300)
  # Without systemd nothing may be started by a package's own script; we start the daemon.
  if [ ! -d /run/systemd/system ]; then
    local policy=/usr/sbin/policy-rc.d
    if [ ! -e $policy ] || grep -qs '^# engine-up$' $policy; then
      printf '#!/bin/sh\n# engine-up\nexit 101\n' >$policy
      chmod 755 $policy
      undo=$policy
      # shellcheck disable=SC2064 # The path is meant to be filled in now.
      trap "rm -f $undo" EXIT
    fi
  fi
  apt-get "${opt[@]}" update </dev/null 9>&- || die "apt could not read the package lists (its own words are above)."
  export DEBIAN_FRONTEND=noninteractive
  # An installation that was interrupted blocks every other one until this is done; otherwise it does nothing.
  dpkg --configure -a >/dev/null </dev/null 9>&-
  apt-get "${opt[@]}" -y --no-remove --no-upgrade install "${packages[@]}" iptables >/dev/null </dev/null 9>&- ||
    die 'apt could not install the engine (its own words are above).'
  if [ -n "$undo" ]; then rm -f $undo; trap - EXIT; fi
  hash -r
  say "packages installed ($SECONDS s)"
}

# Nothing below this block runs where Docker works.
advice='Install Docker Desktop, or Docker Engine with the compose and buildx plugins, start it, and run this again.'
if works; then report 'Docker already works, nothing to do'; exit 0; fi
if [ -n "${DOCKER_HOST:-}" ]; then die "DOCKER_HOST is $DOCKER_HOST, and nothing answers there. Unset it or start that engine."; fi
if server >/dev/null; then
  die "engine $(server) answers, but 'docker compose' or 'docker buildx' is missing." 'Install the two plugins the way this engine was installed.'
fi
if [ "$(id -u)" != 0 ] && [ -S $socket ] && [ ! -w $socket ]; then
  die "an engine is there, but $(id -un) may not talk to it. Join its group, then log in again:" "sudo usermod -aG docker $(id -un)"
fi

installed() { command -v docker >/dev/null && command -v dockerd >/dev/null && tools; }
if ! installed; then
  if ! grep -qs '^VERSION_CODENAME=bookworm' /etc/os-release || ! may_install; then
    die "Docker is not installed here, or not all of it. $advice" \
      'This script installs an engine itself only as root, on Debian 12, with CI=true or --yes.'
  fi
  have=$(dpkg-query -W -f '${db:Status-Status} ${Version}' docker.io 2>/dev/null || true)
  case $have in
    'installed 20.'*) die "docker.io ${have#installed } of Debian 12 is installed, too old for the labs; nothing is upgraded by this script." "$advice" ;;
  esac
elif [ "$(id -u)" != 0 ]; then
  die 'Docker is installed, but its daemon does not run. Start Docker Desktop, or:' 'sudo systemctl start docker'
fi

take_lock engine-up
# Whoever held the lock may have done it all.
if ! works; then
  if ! installed; then install_packages; fi
  if ! server >/dev/null; then start_daemon; fi
  works || die "the engine answers, but 'docker compose' or 'docker buildx' does not work."
fi
report "up after $SECONDS s"
