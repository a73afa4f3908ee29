#!/bin/sh
# At the making of the database: a role that may look at its statistics and nothing else, for the exporter.
set -eu
psql -v ON_ERROR_STOP=1 --no-psqlrc --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" \
    -v password="$(cat /run/secrets/exporter)" <<'SQL'
CREATE ROLE foreshock_exporter LOGIN PASSWORD :'password' IN ROLE pg_monitor;
SQL
