#!/usr/bin/env bash
# Installs the Debian packages named, as root or by sudo. Says which are missing, and fails, where it can do neither.
set -euo pipefail

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null || ! sudo -n true 2>/dev/null; then
    echo "Missing: $*. Run as root: apt-get update && apt-get install -y $*" >&2
    exit 1
  fi
  as_root=(sudo)
fi
if ! command -v apt-get >/dev/null; then
  echo "Missing: $*. This system has no apt; install them by its own means." >&2
  exit 1
fi

export DEBIAN_FRONTEND=noninteractive
echo "Installing Debian packages: $*"
"${as_root[@]}" apt-get -qq update
"${as_root[@]}" apt-get -qq install -y --no-install-recommends "$@" >/dev/null
