#!/bin/sh
# /etc/nginx/templates/**/*.template, with the defined variables filled in, becomes /etc/nginx/conf.d/**; then
# /docker-entrypoint.d/*.sh run in the order of their names.
set -e
if [ "$1" = nginx ] || [ "$1" = nginx-debug ]; then
  if [ -d /etc/nginx/templates ]; then
    # Only names that exist in the environment: nginx's own $variables must stay.
    # shellcheck disable=SC2016 # awk writes the dollar sign.
    names=$(awk 'BEGIN { for (n in ENVIRON) if (n ~ /^[A-Za-z_][A-Za-z0-9_]*$/) printf "${%s} ", n }')
    cd /etc/nginx/templates
    find . -type f -name '*.template' | while read -r template; do
      out="/etc/nginx/conf.d/${template#./}"
      out=${out%.template}
      mkdir -p "$(dirname "$out")"
      echo "$0: $template -> $out"
      envsubst "$names" <"$template" >"$out"
    done
    cd /
  fi
  for file in /docker-entrypoint.d/*.sh; do
    if [ -x "$file" ]; then "$file"; fi
  done
fi
exec "$@"
