#!/bin/sh
# ports.sh <part>:<port>…: fails where a program that is none of ours listens on one of these ports of this machine. Every other
# service waits for this one, so nothing has been started or changed then.
set -eu
listens() {
  awk -v port="$(printf '%04X' "$1")" '$4 == "0A" && substr($2, length($2) - 3) == port { found = 1 } END { exit !found }' /proc/net/tcp*
}
is_port() {
  case $1 in *[!0-9]* | 0* | ??????*) return 1 ;; esac
  [ "$1" -le 65535 ]
}
taken=0
for each; do
  part=${each%:*} port=${each#*:}
  if ! is_port "$port"; then
    echo "$port ($part) is no port: GROWQR_PORTS in .env is the first three digits of all ports, 200 for instance." >&2
    exit 1
  fi
  touch "/run/growqr/$part"
  listens "$port" || continue
  flock -n -x "/run/growqr/$part" true || continue # it runs: `up` was called again
  echo "Port $port ($part) is in use by another program (ss -ltnp 'sport = :$port' shows it). End it, or choose other ports: GROWQR_PORTS in .env." >&2
  taken=1
done
[ "$taken" = 0 ] && exit 0
echo "Nothing was started, and nothing was changed." >&2
exit 1
