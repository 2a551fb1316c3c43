#!/bin/bash
# way.sh <way>: in the network of whoever uses it, the ports of this way lead to the sockets of the stack's servers.
set -u
declare -A open
# The box has one way for what agents of ten projects work with.
most=96
[ "$1" != box ] || most=160
exec {idle}<> <(:)
while :; do
  for link in "/run/services/ways/$1"/*; do
    port=${link##*/}
    [ -e "$link" ] || [ -L "$link" ] || continue
    [ -n "${open[$port]:-}" ] && kill -0 "${open[$port]}" 2>/dev/null && continue
    socat "TCP4-LISTEN:$port,bind=127.0.0.1,reuseaddr,fork,max-children=$most" "UNIX-CONNECT:$link" &
    open[$port]=$!
  done
  read -r -t 0.25 -u "$idle"
done
