#!/bin/sh
# What is killed in the middle of a push leaves its locks behind, and git refuses that ref from then on. Nothing runs here yet, so no lock is anybody's.
find /var/lib/gitea/repos -path '*/objects' -prune -o -type f -name '*.lock' -print -delete 2>/dev/null
exec /usr/bin/gitea --config /etc/gitea/app.ini web
