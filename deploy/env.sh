#!/bin/sh
# Writes .env for docker-compose.yml, with passwords made here and now. It never overwrites one.
set -eu
cd "$(dirname "$0")/.."

if [ -e .env ]; then
  echo ".env is there already; nothing was changed." >&2
  exit 1
fi
secret() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }
umask 077
cat > .env <<END
WARDLINE_DATABASE_PASSWORD=$(secret)
WARDLINE_BROKER_PASSWORD=$(secret)
END
echo "Wrote .env."
