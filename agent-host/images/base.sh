#!/bin/sh
# base.sh [<digest>]: the Debian base under the official image's name. Local, else pulled by the digest that is given, else made here from
# Debian's own packages in about 45 s, whose signatures debootstrap checks. A name without a digest is never pulled: it can mean anything.
set -eu
image=debian:bookworm-slim
docker image inspect "$image" >/dev/null 2>&1 && exit 0
if [ -n "${1:-}" ]; then
  timeout 120 docker pull -q "debian@$1" >/dev/null
  exec docker tag "debian@$1" "$image"
fi
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
trap 'exit 143' INT TERM # a shell that a signal ends runs no EXIT
debootstrap --force-check-gpg --variant=minbase bookworm "$tree" >/dev/null
rm -rf "$tree"/var/cache/apt/* "$tree"/usr/share/doc/* "$tree"/usr/share/man/* "$tree"/usr/share/locale/*
tar -C "$tree" -c . | docker import - "$image" >/dev/null
