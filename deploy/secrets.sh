#!/bin/sh
# Makes the secrets of the containers as files in deploy/secrets; what is already there is kept.
#
#   deploy/secrets.sh                     make what is missing
#   deploy/secrets.sh rotate NAME...      make these anew: api-key, webhook-secret, grafana, store, notify, exporter,
#                                         viewer, and valkey/USER with USER of deploy/valkey/users.acl
#
# Afterwards `docker compose up -d --force-recreate` gives them to the containers.
#
# Servers of your own: call it once with FORESHOCK_REDIS_URL or FORESHOCK_DATABASE_URL (as a user who may make roles)
# in the environment. They are kept in deploy/secrets/external-*; delete those files to come back to the servers here.
#
# The folder is closed to everybody but its owner. The files in it are readable, since each is mounted into containers
# whose users are others. POSIX sh with coreutils.
set -eu
umask 077
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
folder=$here/secrets
users='ingest classify store notify tools backup exporter'

fail() {
    printf 'secrets: %s\n' "$*" >&2
    exit 1
}
fresh() { od -An -v -N24 -tx1 /dev/urandom | tr -d ' \n'; }
digest() { if command -v sha256sum >/dev/null; then sha256sum; else shasum -a 256; fi | cut -d ' ' -f 1; }

# put NAME: standard input becomes the file, whole and only if it says something else: a mounted file stays the same one.
put() {
    cat >"$folder/$1.new"
    chmod 444 "$folder/$1.new"
    if cmp -s "$folder/$1.new" "$folder/$1"; then rm -f "$folder/$1.new"; else mv -f "$folder/$1.new" "$folder/$1"; fi
}
keep() { [ -s "$folder/$1" ] || fresh | put "$1"; }
read_secret() { cat "$folder/$1"; }

# as USER PASSWORD URL: the same address for another user; what follows ? stays.
as() { printf '%s' "$3" | sed -E "s#^([a-z+]+://)([^/]*@)?#\\1$1:$2@#"; }

if [ "${1-}" = rotate ]; then
    shift
    for name in "$@"; do
        case $name in
        api-key | webhook-secret | grafana | store | notify | exporter | viewer) rm -f "$folder/$name" ;;
        valkey/*)
            case " $users " in *" ${name#valkey/} "*) ;; *) fail "there is no user ${name#valkey/} in users.acl" ;; esac
            rm -f "$folder/valkey-${name#valkey/}"
            ;;
        *) fail "$name cannot be made anew here: see docs/operations.md" ;;
        esac
    done
elif [ $# -gt 0 ]; then
    fail "usage: deploy/secrets.sh [rotate NAME...]"
fi

mkdir -p "$folder"
chmod 700 "$folder"
for file in "$folder"/*; do
    case $file in *.env | *'/*') ;; *) chmod 444 "$file" ;; esac
done
[ -z "${FORESHOCK_REDIS_URL-}" ] || printf '%s' "$FORESHOCK_REDIS_URL" | put external-redis-url
[ -z "${FORESHOCK_DATABASE_URL-}" ] || printf '%s' "$FORESHOCK_DATABASE_URL" | put external-database-url
for name in api-key postgres store notify exporter viewer grafana; do keep "$name"; done
for user in $users; do keep "valkey-$user"; done
[ -s "$folder/webhook-secret" ] || printf 'whsec_%s' "$(head -c 32 /dev/urandom | base64 | tr -d '\n')" | put webhook-secret

acl=$(cat "$here/valkey/users.acl")
for user in $users; do
    acl=$(printf '%s\n' "$acl" | sed "s|#{$user}|#$(read_secret "valkey-$user" | digest)|")
done
printf '%s\n' "$acl" | put valkey-users

# The exporter wants its password beside its address.
printf '{"redis://exporter@valkey:6379": "%s"}' "$(read_secret valkey-exporter)" | put valkey-exporter.json

for user in ingest classify store notify tools; do
    if [ -s "$folder/external-redis-url" ]; then
        read_secret external-redis-url
    else
        printf 'redis://%s:%s@valkey:6379/0' "$user" "$(read_secret "valkey-$user")"
    fi | put "$user-redis-url"
done
if [ -s "$folder/external-database-url" ]; then
    read_secret external-database-url
else
    printf 'postgresql://foreshock:%s@postgres:5432/foreshock' "$(read_secret postgres)"
fi | put admin-database-url
for role in store notify; do
    as "foreshock_$role" "$(read_secret "$role")" "$(read_secret admin-database-url)" | put "$role-database-url"
done

if [ ! -e "$folder/receivers.env" ]; then
    cat >"$folder/receivers.env" <<END
# Addresses and signing secrets that config/rules.yaml names by url_env and secret_env, one NAME=value a line.
# After a change: docker compose up -d notify
FORESHOCK_DEMO_SECRET=whsec_$(head -c 32 /dev/urandom | base64 | tr -d '\n')
END
fi
