#!/bin/sh
# Starts Mosquitto with one account, from the environment:
#   BROKER_USER, BROKER_PASSWORD   the account (required)
#   BROKER_PORT                    1883
#   BROKER_FOLDER                  where sessions are kept: /mosquitto/data
#   BROKER_CONFIG                  /wardline/mosquitto.conf
set -eu

user="${BROKER_USER:?}"
password="${BROKER_PASSWORD:?}"
folder="${BROKER_FOLDER:-/mosquitto/data}"
config="${BROKER_CONFIG:-/wardline/mosquitto.conf}"

umask 077
passwords="$folder/passwords"
whole="$folder/mosquitto.conf"
rm -f "$passwords"
mosquitto_passwd -b -c "$passwords" "$user" "$password"
{
  cat "$config"
  echo "listener ${BROKER_PORT:-1883}"
  echo "password_file $passwords"
  echo "persistence_location $folder/"
} > "$whole"

# Mosquitto leaves root for its own account, which must be able to read and write there.
if [ "$(id -u)" -eq 0 ]; then
  chown -R mosquitto:mosquitto "$folder"
fi
exec mosquitto -c "$whole"
