#!/usr/bin/env bash
# What the labs rely on in the official entry point: POSTGRES_USER, _PASSWORD, _DB and _INITDB_ARGS (each also as <NAME>_FILE),
# POSTGRES_HOST_AUTH_METHOD, the files of /docker-entrypoint-initdb.d on an empty data folder, and root becoming postgres.
set -Eeuo pipefail
if [ "${1#-}" != "${1:-}" ]; then set -- postgres "$@"; fi
[ "${1:-}" = postgres ] || exec "$@"
# A question to the program is no reason to make a database.
for word in "$@"; do
  case $word in '-?' | --help | -V | --version | --describe-config) exec "$@" ;; esac
done

if [ "$(id -u)" = 0 ]; then
  mkdir -p "$PGDATA" /var/run/postgresql
  find "$PGDATA" \! -user postgres -exec chown postgres '{}' +
  chmod 700 "$PGDATA"
  chown postgres:postgres /var/run/postgresql
  exec setpriv --reuid=postgres --regid=postgres --init-groups env HOME=/var/lib/postgresql "$0" "$@"
fi

for name in POSTGRES_PASSWORD POSTGRES_USER POSTGRES_DB POSTGRES_INITDB_ARGS; do
  file=${name}_FILE
  if [ -n "${!file:-}" ]; then
    if [ -n "${!name:-}" ]; then echo "error: both $name and $file are set (but are exclusive)" >&2; exit 1; fi
    declare "$name=$(<"${!file}")"
  fi
done
# The scripts of initdb.d read these.
export POSTGRES_USER=${POSTGRES_USER:-postgres} POSTGRES_PASSWORD=${POSTGRES_PASSWORD:-}
export POSTGRES_DB=${POSTGRES_DB:-$POSTGRES_USER}
method=${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}

# process_sql <psql words>: on the temporary server, which listens on its socket alone.
process_sql() { PGHOST='' PGHOSTADDR='' psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --no-password --no-psqlrc "$@"; }

run_init_files() {
  local file
  for file in /docker-entrypoint-initdb.d/*; do
    case $file in
      '/docker-entrypoint-initdb.d/*') ;;
      *.sh)
        echo "$0: running $file"
        # shellcheck disable=SC1090 # Whatever the lab mounts.
        if [ -x "$file" ]; then "$file"; else . "$file"; fi
        ;;
      *.sql) echo "$0: running $file"; process_sql --dbname "$POSTGRES_DB" --file "$file" ;;
      *.sql.gz) echo "$0: running $file"; gunzip -c "$file" | process_sql --dbname "$POSTGRES_DB" ;;
      *) echo "$0: ignoring $file" ;;
    esac
  done
}

if [ -s "$PGDATA/PG_VERSION" ]; then
  echo 'PostgreSQL Database directory appears to contain a database; Skipping initialization'
else
  if [ -z "$POSTGRES_PASSWORD" ] && [ "$method" != trust ]; then
    echo 'Error: Database is uninitialized and superuser password is not specified.' >&2
    echo '       Set POSTGRES_PASSWORD (or POSTGRES_HOST_AUTH_METHOD=trust).' >&2
    exit 1
  fi
  words=()
  if [ -n "${POSTGRES_INITDB_ARGS:-}" ]; then eval "words=($POSTGRES_INITDB_ARGS)"; fi
  if [ -n "$POSTGRES_PASSWORD" ]; then
    initdb --username="$POSTGRES_USER" --pwfile=<(printf '%s\n' "$POSTGRES_PASSWORD") "${words[@]}"
  else
    initdb --username="$POSTGRES_USER" "${words[@]}"
  fi
  printf '\nhost all all all %s\n' "$method" >>"$PGDATA/pg_hba.conf"
  # The command's own settings hold during the initialisation too.
  # pg_ctl hands this on to a shell, so it is quoted for one.
  options=$(printf '%q ' "${@:2}" -c listen_addresses=)
  pg_ctl -w start -o "$options" >/dev/null
  if [ "$POSTGRES_DB" != postgres ]; then process_sql --dbname postgres --set db="$POSTGRES_DB" <<<'CREATE DATABASE :"db";'; fi
  run_init_files
  pg_ctl -m fast -w stop >/dev/null
  echo 'PostgreSQL init process complete; ready for start up.'
fi
exec "$@"
