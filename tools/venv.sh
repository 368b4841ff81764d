#!/usr/bin/env bash
# Makes .venv with the first Python >= 3.11 that it finds. PYTHON= names another.
set -euo pipefail
cd "$(dirname "$0")/.."

is_new_enough() {
  "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

find_python() {
  local name
  for name in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11; do
    if command -v "$name" >/dev/null && is_new_enough "$name"; then
      command -v "$name"
      return
    fi
  done
  echo "Wardline needs Python >= 3.11; none was found (PYTHON=/path/to/python names one)." >&2
  return 1
}

python="$(find_python)"

# An environment that is there and works is kept.
if [ -x .venv/bin/python ] && is_new_enough .venv/bin/python && .venv/bin/python -m pip --version >/dev/null 2>&1; then
  exit 0
fi

# Debian keeps venv and pip's wheel in a package of their own.
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
  version="$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')"
  tools/apt-install.sh "python$version-venv"
fi

rm -rf .venv
"$python" -m venv .venv
