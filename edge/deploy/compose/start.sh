#!/bin/sh
# start.sh <part> <command…>: runs a part of docker-compose.yml. It holds a lock while it runs, by which ports.sh tells our own parts
# from other programs; and it hands over the secret of a program that takes none from a file. An empty secret would leave a part open.
set -eu
part=$1
shift
for secret in /run/secrets/*; do
  [ ! -e "$secret" ] || [ -s "$secret" ] && continue
  echo "The secret ${secret##*/} is empty: \`npm run keys\` writes it, from the keys of the settings." >&2
  exit 1
done
exec 9>"/run/growqr/$part"
flock -s 9
if [ -n "${ADMIN_TOKEN_FILE:-}" ]; then
  RIVET__AUTH__ADMIN_TOKEN=$(cat "$ADMIN_TOKEN_FILE")
  export RIVET__AUTH__ADMIN_TOKEN
fi
exec "$@"
