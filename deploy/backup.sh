#!/bin/sh
# Keeps a copy of everything that the containers hold: deploy/backup.sh FOLDER
#
# Nothing is accepted while it runs (pushes are answered 503, sources wait), so that both servers agree: first all of
# Valkey (what is on its way, dedupe marks, cursors, the accepted ledger), then all of Postgres. What moves from one to
# the other meanwhile is in both copies, which is harmless: every effect is idempotent by post id.
#
# deploy/restore.sh FOLDER brings it back. Set COMPOSE to `docker-compose` where there is no `docker compose`.
set -eu
umask 077
[ $# -eq 1 ] || { echo 'usage: deploy/backup.sh FOLDER' >&2; exit 2; }
mkdir -p "$1"
to=$(CDPATH='' cd -- "$1" && pwd -P)
[ ! -e "$to/complete" ] || { echo "backup: $to holds a backup already; name another folder" >&2; exit 2; }
cd "$(dirname -- "$0")/.."
compose=${COMPOSE:-docker compose}

# shellcheck disable=SC2086  # two words
run() { $compose "$@" </dev/null; }

run stop ingest
trap 'run start ingest' EXIT
# To a file first: on a pipe the client leaves the mark that ends a transfer behind the snapshot.
run exec -T valkey sh -c 'set -eu
    trap "rm -f /data/backup.rdb" EXIT
    valkey-cli -u "redis://backup:$(cat /run/secrets/valkey-backup)@127.0.0.1:6379" --no-auth-warning \
        --rdb /data/backup.rdb >&2
    ! command -v valkey-check-rdb >/dev/null || valkey-check-rdb /data/backup.rdb >&2
    cat /data/backup.rdb' >"$to/valkey.rdb"
run exec -T postgres sh -c 'PGPASSWORD=$(cat /run/secrets/postgres) pg_dump -h 127.0.0.1 -U foreshock \
    --format=custom foreshock' >"$to/postgres.dump"
cp -Rp deploy/secrets "$to/secrets"
case $(head -c 6 "$to/valkey.rdb") in
REDIS* | VALKEY) ;;
*)
    echo 'backup: what Valkey gave is no snapshot' >&2
    exit 1
    ;;
esac
(cd "$to" && for file in valkey.rdb postgres.dump; do cksum "$file"; done) >"$to/complete"
echo "backup: $to"
