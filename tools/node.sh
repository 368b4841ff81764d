#!/usr/bin/env bash
# Node for building the front: the system's if it is new enough, else the one that PyPI carries, into .venv.
set -euo pipefail
cd "$(dirname "$0")/.."

# Vite's floor (engines in frontend/package.json): 20.19, or 22.12 and later.
is_new_enough() {
  "$1" -e 'const [a, b] = process.versions.node.split(".").map(Number);
           process.exit((a === 20 && b >= 19) || (a === 22 && b >= 12) || a > 22 ? 0 : 1)' 2>/dev/null
}

if command -v node >/dev/null && command -v npm >/dev/null && is_new_enough node; then
  exit 0
fi
.venv/bin/python -m pip install --quiet --no-deps --require-hashes -r requirements-node.lock
is_new_enough .venv/bin/node
