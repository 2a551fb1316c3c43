#!/bin/sh
# build.sh <go> <absolute output folder>: Gitea as a Go module, about 3.5 minutes on 2 cores, seconds when Go's cache is warm.
# Needs Go >= 1.26.2 and a C compiler (the SQLite driver). The replace lines in go.mod are Gitea's own.
# Without the `bindata` tag, templates, options and public lie beside the binary (STATIC_ROOT_PATH). Its own pages stay
# unstyled because the module carries no built web assets; its API and Git over HTTP are whole, and only those are used.
set -eu
go=$1
out=$2
cd "$(dirname "$0")"
mkdir -p "$out"
"$go" mod download code.gitea.io/gitea
module=$("$go" list -m -f '{{.Dir}}' code.gitea.io/gitea)
if [ ! -x "$out/gitea" ]; then
  # Gitea 1.26.0 never fills its cache of tokens that were good: a slip in RegisterModel lets no model set itself up. Each call then hashes its token
  # ten thousand times, 5 ms of processor time. Goes with the first Gitea without that line: this stops where it is not there.
  rm -rf "$out/source"
  cp -r --no-preserve=mode "$module" "$out/source"
  register="$out/source/models/db/engine.go"
  grep -q 'if len(registeredInitFuncs) > 0 &&' "$register"
  sed -i 's/if len(registeredInitFuncs) > 0 &&/if len(initFunc) > 0 \&\&/' "$register"
  cp go.mod "$out/go.mod"
  cp go.sum "$out/go.sum"
  "$go" mod edit -replace "code.gitea.io/gitea=$out/source" "$out/go.mod"
  CGO_ENABLED=1 GOFLAGS=-mod=readonly "$go" build -modfile "$out/go.mod" -trimpath -tags 'sqlite sqlite_unlock_notify timetzdata' \
    -ldflags '-s -w -X main.Version=1.26.0' -o "$out/gitea.part" code.gitea.io/gitea
  rm -rf "$out/source" "$out/go.mod" "$out/go.sum"
  mv "$out/gitea.part" "$out/gitea"
fi
rm -rf "$out/static.part" "$out/static"
mkdir "$out/static.part"
cp -r --no-preserve=mode "$module/templates" "$module/options" "$module/public" "$out/static.part/"
mv "$out/static.part" "$out/static"
