#!/usr/bin/env bash
# Renews requirements/lock.txt: the newest versions that fit together.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
cp requirements/*.txt "$folder"
sed -i '/^-c /d' "$folder"/*.txt
"$folder/venv/bin/pip" install --quiet -r "$folder/check.txt" -r "$folder/bench.txt"
{
    echo "# Written by tools/lock.sh: the exact version of everything that the files beside this one ask for."
    "$folder/venv/bin/pip" freeze
} >requirements/lock.txt
