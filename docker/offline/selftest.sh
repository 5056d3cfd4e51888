#!/usr/bin/env bash
# Proves this folder on the machine it runs on, in less than a minute: docker/offline/selftest.sh
#  1. engine-up.sh twice: the second run is quick and changes nothing.
#  2. bake twice: the second run builds nothing.
#  3. a stack as a lab has it: postgres with `init: true` and our health check, a node image built with `npm ci`, containers
#     that reach each other by name, a published port that answers on 127.0.0.1.
# Needs root on Debian 12 only where Docker is not there yet. WORKBOOK_IMAGE_PREFIX is honoured.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$here/common.sh"
export prefix=${WORKBOOK_IMAGE_PREFIX:-}
project=offline-selftest-$$
work=$(mktemp -d)
compose() { docker compose --project-name "$project" --project-directory "$work" --progress quiet "$@" </dev/null; }
cleanup() {
  compose down --volumes --rmi local --timeout 1 >/dev/null 2>&1 || true
  rm -rf "$work"
}
trap cleanup EXIT

# What engine-up and bake could change: the daemon, the installed packages, the images' ids.
machine() {
  docker info --format '{{.ID}} {{.ServerVersion}}'
  if [ -s /var/run/docker.pid ]; then cat /var/run/docker.pid; fi
  if command -v dpkg-query >/dev/null; then dpkg-query -W | sha256sum; fi
  for image in node:24-trixie-slim postgres:17; do docker image inspect --format '{{.Id}}' "$prefix$image"; done
}

"$here/engine-up.sh" >"$work/log" || die 'engine-up.sh failed the first time' "$(cat "$work/log")"
"$here/images/bake" node postgres >"$work/log" || die 'bake failed the first time' "$(cat "$work/log")"
before=$(machine)
start=$SECONDS
"$here/engine-up.sh" >"$work/log" || die 'engine-up.sh failed the second time' "$(cat "$work/log")"
grep -q 'nothing to do' "$work/log" || die 'the second engine-up.sh did something:' "$(cat "$work/log")"
"$here/images/bake" node postgres >"$work/log" || die 'bake failed the second time' "$(cat "$work/log")"
if grep -qE 'built|pulled' "$work/log"; then die 'the second bake built something:' "$(cat "$work/log")"; fi
[ $((SECONDS - start)) -le 5 ] || die "the second runs took $((SECONDS - start)) s"
[ "$(machine)" = "$before" ] || die 'the second runs changed the machine.'
say 'ok   engine-up and bake run again: quick, nothing changed'

mkdir "$work/api"
cat >"$work/api/package.json" <<'JSON'
{ "name": "probe", "version": "1.0.0", "private": true, "dependencies": { "ms": "2.1.3" } }
JSON
cat >"$work/api/package-lock.json" <<'JSON'
{ "name": "probe", "version": "1.0.0", "lockfileVersion": 3, "requires": true, "packages": {
  "": { "name": "probe", "version": "1.0.0", "dependencies": { "ms": "2.1.3" } },
  "node_modules/ms": { "version": "2.1.3",
    "integrity": "sha512-6FlzubTLZG3J2a/NVCAleEhjzq5oxgHyaCU9yYXvcLsvoVaHJq/s5xXI6/XXP6tz7R9xAOtHnSO/tXtF3WRTlA==" } } }
JSON
# Answers with one byte of Postgres: 'N' is its answer to "do you speak TLS?".
cat >"$work/api/server.js" <<'JS'
const net = require('node:net')
require('ms')
require('node:http').createServer((request, response) => {
  const db = net.connect(5432, 'db', () => db.write(Buffer.from([0, 0, 0, 8, 4, 210, 22, 47])))
  db.on('data', (byte) => { response.end(`db says ${byte}`); db.destroy() })
  db.on('error', (error) => response.writeHead(503).end(String(error)))
}).listen(3000)
JS
cat >"$work/api/Dockerfile" <<DOCKER
FROM ${prefix}node:24-trixie-slim
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci
COPY server.js ./
USER node
CMD ["node", "server.js"]
DOCKER
cat >"$work/compose.yaml" <<'YAML'
services:
  db:
    image: ${prefix}postgres:17
    init: true
    environment: { POSTGRES_USER: app, POSTGRES_DB: app, POSTGRES_PASSWORD: selftest }
    healthcheck:
      test: [CMD, pg_isready, -q, -t, "1", -h, 127.0.0.1, -U, app, -d, app]
      interval: 5s
      timeout: 3s
      start_period: 30s
      start_interval: 300ms
  api:
    build: ./api
    init: true
    depends_on: { db: { condition: service_healthy } }
    ports: ["127.0.0.1::3000"]
    healthcheck:
      test: [CMD, node, -e, "fetch('http://127.0.0.1:3000').then((r) => process.exit(r.ok ? 0 : 1))"]
      start_period: 20s
      start_interval: 300ms
YAML
start=$SECONDS
compose build --no-cache >"$work/log" 2>&1 || die 'the image that runs npm ci does not build:' "$(tail -n 20 "$work/log")"
say "ok   npm ci inside a build, no secret and no override ($((SECONDS - start)) s)"
start=$SECONDS
compose up --detach --wait --wait-timeout 40 >"$work/log" 2>&1 || die 'the stack does not get healthy:' "$(cat "$work/log")" "$(compose logs --tail 20 2>&1)"
say "ok   postgres and node get healthy, and reach each other by name ($((SECONDS - start)) s)"
address=$(compose port api 3000)
body=$(node -e 'fetch(process.argv[1], { signal: AbortSignal.timeout(5000) }).then((r) => r.text()).then(console.log, (e) => console.log(String(e.cause ?? e)))' "http://$address")
[ "$body" = 'db says N' ] || die "the published port $address answered '$body' instead of 'db says N'." \
  'Two kinds of iptables at once is a known cause; see docker/README.md.'
say "ok   published port answers on $address"
[ "$(compose exec -T db psql -qAt -U app -c 'select 6 * 7')" = 42 ] || die 'psql in the container does not answer.'
compose stop --timeout 5 db >/dev/null 2>&1
code=$(docker inspect --format '{{.State.ExitCode}}' "$(compose ps --all --quiet db)")
[ "$code" = 0 ] || die "postgres ended with $code when it was told to stop."
say "ok   postgres answers a query and stops with exit code 0; $SECONDS s in all"
