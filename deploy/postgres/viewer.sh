#!/bin/sh
# At the making of the database: a role that reads all tables and changes nothing, for Grafana's tables.
set -eu
psql -v ON_ERROR_STOP=1 --no-psqlrc --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" \
    -v password="$(cat /run/secrets/viewer)" <<'SQL'
CREATE ROLE foreshock_viewer LOGIN CONNECTION LIMIT 4 PASSWORD :'password' IN ROLE pg_read_all_data;
ALTER ROLE foreshock_viewer SET default_transaction_read_only = on;
ALTER ROLE foreshock_viewer SET statement_timeout = '5s';
SQL
