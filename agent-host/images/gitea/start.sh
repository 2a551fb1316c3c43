#!/bin/sh
# What is killed in the middle of a push leaves its locks behind, and git refuses that ref from then on. Nothing runs here yet, so no lock is anybody's.
repos=/var/lib/gitea/repos
[ ! -d "$repos" ] || find "$repos" -path '*/objects' -prune -o -type f -name '*.lock' -exec rm -f {} +
exec /usr/bin/gitea --config /etc/gitea/app.ini web
