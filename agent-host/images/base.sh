#!/bin/sh
# The Debian base under the official image's name: local, else pulled, else (unless --pull) made here from Debian's own
# packages in about 45 s, so that one Dockerfile serves machines with and without an image registry.
set -eu
image=debian:bookworm-slim
docker image inspect "$image" >/dev/null 2>&1 && exit 0
if [ "${1:-}" = --pull ]; then
  exec timeout 120 docker pull -q "$image" >/dev/null 2>&1
fi
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
debootstrap --variant=minbase bookworm "$tree" >/dev/null
rm -rf "$tree"/var/cache/apt/* "$tree"/usr/share/doc/* "$tree"/usr/share/man/* "$tree"/usr/share/locale/*
tar -C "$tree" -c . | docker import - "$image" >/dev/null
