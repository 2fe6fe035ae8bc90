#!/usr/bin/env bash
# Compiles requirements/*.in into hashed, universal files that name no package host.
# --check: fails when a committed file no longer fits its .in file (pins are kept where they still fit).
set -euo pipefail
cd "$(dirname "$0")"
uv=../.venv/bin/uv
out=.
[ "${1:-}" = --check ] && out=$(mktemp -d) && cp ./*.txt "$out" && trap 'rm -rf "$out"' EXIT
[ "${1:-}" = --check ] && upgrade="" || upgrade="--upgrade"
for name in build run traces dev lint demo-model; do
  extra=""
  [ "$name" = demo-model ] && extra="--no-deps"
  # shellcheck disable=SC2086  # the options are words of ours
  "$uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header $extra $upgrade \
    --custom-compile-command "make lock" "$name.in" --output-file "$out/$name.txt"
done
if [ "$out" != . ]; then
  for name in build run traces dev lint demo-model; do
    # Pins only: a wheel added to a release later adds a hash and makes nothing stale.
    diff -u <(grep -v -e '--hash' "$name.txt") <(grep -v -e '--hash' "$out/$name.txt") || { echo "requirements/$name.txt is stale: run 'make lock' and commit it."; exit 1; }
  done
fi
