#!/bin/sh
# Brings back what deploy/backup.sh has kept, into containers that hold nothing yet: deploy/restore.sh FOLDER
#
# Where there are no secrets here, those of the backup are taken; otherwise the ones here stay. Deliveries that were
# under way are taken up under the ids that they had: nothing is told twice under different ids.
set -eu
umask 077
[ $# -eq 1 ] || { echo 'usage: deploy/restore.sh FOLDER' >&2; exit 2; }
from=$(CDPATH='' cd -- "$1" && pwd -P)
cd "$(dirname -- "$0")/.."
compose=${COMPOSE:-docker compose}

# shellcheck disable=SC2086  # two words
run() { $compose "$@"; }
fail() {
    echo "restore: $*" >&2
    exit 1
}

[ -e "$from/complete" ] || fail "$from holds no complete backup"
(cd "$from" && for file in valkey.rdb postgres.dump; do cksum "$file"; done) | cmp -s - "$from/complete" ||
    fail "the files in $from are not those that were written"
[ -d deploy/secrets ] || cp -Rp "$from/secrets" deploy/secrets
deploy/secrets.sh

# Valkey reads its append-only file alone: the snapshot becomes the base of one.
run run --rm -T --no-deps --entrypoint sh valkey -c '
    set -eu
    [ ! -e /data/appendonlydir ] || { echo "restore: Valkey holds data already: docker compose down -v" >&2; exit 1; }
    mkdir /data/restored
    cat >/data/restored/appendonly.aof.1.base.rdb
    : >/data/restored/appendonly.aof.1.incr.aof
    printf "%s\n" "file appendonly.aof.1.base.rdb seq 1 type b" "file appendonly.aof.1.incr.aof seq 1 type i" \
        >/data/restored/appendonly.aof.manifest
    mv /data/restored /data/appendonlydir' <"$from/valkey.rdb"

run up -d --no-deps postgres </dev/null
ask='PGPASSWORD=$(cat /run/secrets/postgres) psql -h 127.0.0.1 -U foreshock -d foreshock -v ON_ERROR_STOP=1 -qtA'
tries=0
until run exec -T postgres pg_isready -q -h 127.0.0.1 -U foreshock </dev/null; do
    tries=$((tries + 1))
    [ "$tries" -lt 60 ] || fail 'Postgres does not answer'
    sleep 1
done
held=$(run exec -T postgres sh -c "$ask -c \"SELECT count(*) FROM pg_namespace WHERE nspname IN ('store', 'notify')\"" </dev/null)
[ "$held" -eq 0 ] || fail 'Postgres holds data already: docker compose down -v'
# The roles first, since the copy says who owns what; the job `migrate` gives them their rights and passwords.
run exec -T postgres sh -c "$ask -c 'CREATE ROLE foreshock_store' -c 'CREATE ROLE foreshock_notify'" </dev/null
run exec -T postgres sh -c 'PGPASSWORD=$(cat /run/secrets/postgres) pg_restore -h 127.0.0.1 -U foreshock \
    --dbname=foreshock --exit-on-error' <"$from/postgres.dump"
run up -d </dev/null
echo 'restore: done; `docker compose run --rm tools audit` compares the books'
