#!/usr/bin/env bash
# The programs that tests and benchmarks start: PostgreSQL with PostGIS, Mosquitto, Chromium and a Chinese font.
# Only what is missing is installed; with everything there, no network and no root is needed.
set -euo pipefail
cd "$(dirname "$0")"

has() { command -v "$1" >/dev/null || [ -x "/usr/sbin/$1" ]; }
has_postgres() { compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || has initdb; }
has_postgis() { compgen -G '/usr/share/postgresql/*/extension/postgis.control' >/dev/null; }
has_chromium() { has chromium || has google-chrome || [ -n "${WARDLINE_CHROMIUM:-}" ] || playwright_has_chromium; }
has_chinese() { ! has fc-list || [ -n "$(fc-list ':lang=zh' | head -n 1)" ]; }
playwright_has_chromium() { compgen -G "$HOME/.cache/ms-playwright/chromium-*/*/chrome" >/dev/null; }
is_offered() { [ "$(apt-cache policy "$1" 2>/dev/null | sed -n 's/^  Candidate: //p')" != "(none)" ] && apt-cache show "$1" 2>/dev/null | grep -q '^Filename:'; }

missing=()
has_postgres || missing+=(postgresql)
{ has mosquitto && has mosquitto_sub; } || missing+=(mosquitto mosquitto-clients)
has_chinese && has fc-list || missing+=(fontconfig fonts-noto-cjk)
[ "${#missing[@]}" -eq 0 ] || ./apt-install.sh "${missing[@]}"

# PostGIS is packaged per version of PostgreSQL. Only a benchmark uses it, so that a system without it is not stopped.
if ! has_postgis; then
  version="$(find /usr/lib/postgresql -mindepth 1 -maxdepth 1 -printf '%f\n' | sort -n | tail -n 1)"
  ./apt-install.sh "postgresql-$version-postgis-3" || echo "PostGIS is not installed: the locate benchmark runs without it." >&2
fi

# Ubuntu's package `chromium-browser` only points at a snap; Playwright's own build serves there.
if ! has_chromium; then
  apt-cache show chromium >/dev/null 2>&1 || ./apt-install.sh ca-certificates
  if is_offered chromium; then
    ./apt-install.sh chromium
  else
    ../.venv/bin/python -m pip install --quiet --no-deps --require-hashes -r ../requirements-dev.lock
    ../.venv/bin/playwright install --with-deps chromium
  fi
fi
