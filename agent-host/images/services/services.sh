#!/bin/bash
# services.sh start                     runs the servers that are asked for, and starts again what ends
# services.sh grant <name> <way> <service>...   makes what is missing for a project; prints its password, and the port of its Redis
# services.sh revoke <name>             takes all of it away
# services.sh sizes                     prints of each name what its Postgres and its Redis keep, in MB
# services.sh close <name>              nobody logs in to its database any more, until it is granted again; prints "closed" the first time
# services.sh reset <clock> <name> <way> <service>...   empties it, with the same password and port, and under another clock
#                                       where variables say so; for clean rooms
# With ROOM=1 nothing is kept, and ports differ from time to time.
set -u -o pipefail
umask 077
data=/var/lib/growqr run=/run/services
room=${ROOM:-}
redisPorts=(6379 6442) # as servicePorts says
# Roles of ten projects, of what is deployed and of what agents work with, have room in max_connections together. While
# one release takes another's place, both of them are connected; a clean room has one project.
liveConnections=30 devConnections=16
[ -z "$room" ] || devConnections=$liveConnections

start() {
  makeFolders
  (umask 022 && mkdir -p "$run/postgres" "$run/redis" "$run/ways")
  # Nobody else has these volumes, and the number of a process in a container before says nothing here: a server
  # that finds it as another one's of today takes that for itself, and never starts.
  rm -f "$data/postgres/postmaster.pid" "$run"/postgres/.s.PGSQL.* "$data"/redis/*/pid "$run"/redis/*.sock
  rm -rf "$data"/redis/.gone-* # of a removal that was cut off
  declare -A servers begun
  local pause=0.2 rest=1
  [ -z "$room" ] || pause=0.05 rest=0
  trap 'kill -INT "${servers[@]}" 2>/dev/null; wait; exit 0' TERM INT
  exec {idle}<> <(:)
  begin() { exec env $(cat "$data/clock" 2>/dev/null) "$@"; }
  isUp() { [ -n "${servers[$1]:-}" ] && kill -0 "${servers[$1]}" 2>/dev/null; }
  # One that ends at once, again and again, does not take the processor from the others.
  isDue() { ! isUp "$1" && [ $((SECONDS - ${begun[$1]:--9})) -ge $rest ] && begun[$1]=$SECONDS; }
  while :; do
    if [ -e "$data/postgres/PG_VERSION" ] && isDue postgres; then
      begin postgres -D "$data/postgres" -c config_file=/opt/growqr/postgres/postgresql.conf & # those of today's image
      servers[postgres]=$!
    fi
    for conf in "$data"/redis/*/redis.conf; do
      [ -e "$conf" ] && isDue "$conf" || continue
      begin redis-server "$conf" >/dev/null &
      servers[$conf]=$!
    done
    read -r -t $pause -u "$idle"
  done
}

# Whoever comes first makes them: a command may come before the container's own program has begun.
makeFolders() { mkdir -p "$data/redis" "$data/access"; }
# What is made is made beside its place and moved there: it is whole, or not there.
access() {
  local file=$data/access/$1
  if [ ! -s "$file" ]; then
    head -c 24 /dev/urandom | base64 | tr '+/' '-_' >"$file.new" && sync "$file.new" && mv -- "$file.new" "$file" || return 1
  fi
  cat "$file"
}
sql() { psql -qAtX -v ON_ERROR_STOP=1 -h "$run/postgres" -U growqr -d postgres "$@"; }
lead() { # <way> <port> <socket>: who goes this way finds the socket at this port
  (umask 022 && mkdir -p "$run/ways/$1" && ln -sfn "$3" "$run/ways/$1/$2")
}
grantPostgres() {
  local name=$1 way=$2 password=$3 most=$liveConnections
  [[ $name != *_dev ]] || most=$devConnections
  if [ ! -e "$data/postgres/PG_VERSION" ]; then
    rm -rf "$data/postgres.new" && cp -a /opt/growqr/postgres "$data/postgres.new" && { [ -n "$room" ] || initdb -S -D "$data/postgres.new" >/dev/null; } \
      && mv "$data/postgres.new" "$data/postgres" || return 1
  fi
  waitFor pg_isready -q -h "$run/postgres" -U growqr -d postgres || return 1
  # Nobody may connect to a database before it is closed to the others.
  sql -v name="$name" <<SQL || return 1
\\set password '$password'
SELECT format('CREATE ROLE %I', :'name') WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'name') \\gexec
ALTER ROLE :"name" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS CONNECTION LIMIT $most PASSWORD :'password';
SELECT format('CREATE DATABASE %I OWNER %I ALLOW_CONNECTIONS false', :'name', :'name')
  WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'name') \\gexec
REVOKE ALL ON DATABASE :"name" FROM PUBLIC;
ALTER DATABASE :"name" ALLOW_CONNECTIONS true;
SQL
  lead "$way" 5432 "$run/postgres/.s.PGSQL.5432"
}
freePort() {
  local from=${redisPorts[0]} to=${redisPorts[1]}
  [ -z "$room" ] || from=$((from + RANDOM % (to - from + 1)))
  for ((port = from; port <= to; port++)); do
    # No pipe: what is cut off by a grep that has found it would count as not found.
    grep -qsx "$port" "$data"/redis/*/port || { echo "$port"; return; }
  done
  echo "there are as many Redis servers as a stack may have" >&2
  return 1
}
redisConf() { # <name> <port> <hash of the password>
  local at=$data/redis/$1
  cat <<CONF
port $2
bind 127.0.0.1
unixsocket $run/redis/$1.sock
unixsocketperm 777
dir $at
pidfile $at/pid
daemonize no
save ""
appendonly $([ -n "$room" ] && echo no || echo yes)
auto-aof-rewrite-percentage 100
auto-aof-rewrite-min-size 16mb
maxmemory 64mb
maxmemory-policy noeviction
maxmemory-clients 16mb
maxclients 128
user default on #$3 ~* &* +@all -@admin -migrate
CONF
}
grantRedis() {
  local name=$1 way=$2 password=$3 at=$data/redis/$1 port hash
  hash=$(printf %s "$password" | sha256sum) && hash=${hash%% *}
  if [ ! -e "$at" ]; then
    port=$(freePort) || return 1
    rm -rf "$at.new" && mkdir "$at.new" && echo "$port" >"$at.new/port" && redisConf "$name" "$port" "$hash" >"$at.new/redis.conf" \
      && mv -- "$at.new" "$at" || return 1
  else # settings of today's image: a server that runs takes them at its next start
    port=$(cat "$at/port") && redisConf "$name" "$port" "$hash" >"$at/.conf" && mv -- "$at/.conf" "$at/redis.conf" || return 1
  fi
  lead "$way" "$port" "$run/redis/$name.sock" || return 1
  waitFor redisAnswers "$name" "$password" || return 1
  echo "redis $port"
}
redisAnswers() { [ "$(REDISCLI_AUTH=$2 redis-cli --no-auth-warning -s "$run/redis/$1.sock" ping 2>/dev/null)" = PONG ]; }
waitFor() {
  local until=$((SECONDS + 20))
  until "$@"; do [ $SECONDS -lt $until ] && sleep 0.05 || { echo "it does not answer: $1" >&2; return 1; }; done
}
grant() {
  local name=$1 way=$2 password service
  shift 2
  password=$(access "$name") || return 1
  for service; do
    case $service in
      postgres) grantPostgres "$name" "$way" "$password" || return 1 ;;
      redis) grantRedis "$name" "$way" "$password" || return 1 ;;
    esac
  done
  echo "password $password"
}
dropPostgres() {
  [ -e "$data/postgres/PG_VERSION" ] || return 0
  waitFor pg_isready -q -h "$run/postgres" -U growqr -d postgres || return 1
  sql -v name="$1" <<'SQL'
SET client_min_messages = warning;
DROP DATABASE IF EXISTS :"name" WITH (FORCE);
DROP ROLE IF EXISTS :"name";
SQL
}
sizes() {
  if [ -e "$data/postgres/PG_VERSION" ]; then
    sql -F ' ' -c "SELECT datname, 'postgres', pg_database_size(oid) / 1048576 FROM pg_database WHERE NOT datistemplate AND datname <> 'postgres'" \
      || return 1
  fi
  local at mb
  for at in "$data"/redis/*/; do
    mb=$(du -sm "$at" 2>/dev/null) || continue
    at=${at%/} && echo "${at##*/} redis ${mb%%[[:space:]]*}"
  done
}
close() {
  sql -v name="$1" <<'SQL'
SELECT 'closed' FROM pg_database WHERE datname = :'name' AND datallowconn;
ALTER ROLE :"name" NOLOGIN;
ALTER DATABASE :"name" ALLOW_CONNECTIONS false;
-- As one condition of its activity, Postgres would end whoever it looks at, and compare the names afterwards.
WITH theirs AS MATERIALIZED (SELECT pid FROM pg_stat_activity WHERE :'name' IN (usename, datname)) SELECT FROM theirs WHERE NOT pg_terminate_backend(pid);
SQL
}
endRedis() {
  local pid
  pid=$(cat "$data/redis/$1/pid" 2>/dev/null) && kill -KILL "$pid" 2>/dev/null
  return 0
}
revoke() {
  dropPostgres "$1" || return 1
  local gone=$data/redis/.gone-$1
  rm -rf -- "$gone"
  [ ! -e "$data/redis/$1" ] || { mv -- "$data/redis/$1" "$gone" && endRedis ".gone-$1" && rm -rf -- "$gone" "$run/redis/$1.sock"; } || return 1
  rm -rf -- "$run/ways/$1" "$data/access/$1"
}
# Ends Postgres and takes all away that it has; one that is granted later is another one.
endPostgres() {
  local pid
  pid=$(head -n 1 "$data/postgres/postmaster.pid" 2>/dev/null) || return 0
  mv -- "$data/postgres" "$data/postgres.gone" && kill -QUIT "$pid" || return 1
  waitFor isGone "$pid" && rm -rf -- "$data/postgres.gone"
}
isGone() { ! kill -0 "$1" 2>/dev/null; }
reset() {
  local clock=$1 name=$2
  shift
  if [ "$clock" != "$(cat "$data/clock" 2>/dev/null)" ]; then
    echo "$clock" >"$data/clock" && endPostgres || return 1
  elif ! dropPostgres "$name"; then
    endPostgres || return 1 # it has no room left, for instance
  fi
  [ ! -e "$data/redis/$name" ] || { rm -f "$run/redis/$name.sock"; endRedis "$name"; }
  grant "$@" >/dev/null
}

command=$1
shift
case $command in
  start) start ;;
  sizes) sizes ;;
  grant | revoke | reset | close)
    makeFolders && exec 9>"$data/lock" && flock -w 30 9 || exit 1
    "$command" "$@"
    ;;
  *) exit 64 ;;
esac
