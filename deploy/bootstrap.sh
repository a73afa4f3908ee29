# shellcheck shell=sh
# Makes the virtual environment of this checkout. POSIX sh; sourced by ./run and ./test, which have set `root`.
#
#   bootstrap LOCK    fills .venv with what requirements/LOCK pins, by hash, and with our own packages; sets `python`.
#
# Does nothing when .venv is as it should be: a stamp, written last, tells of what it was made. An environment without a
# stamp is half-made and is made anew; one that is out of date is brought up to date in place, since a stack may be running
# on it. Two at once wait for each other. Writes below the checkout only, and talks on standard error only.

venv=${root:?}/.venv
python=$venv/bin/python
members='shared services/ingest services/classify services/store services/notify deploy/stack'

bootstrap() {
    if _is_made "$1"; then return; fi
    _find_python || _install_python
    # The lock ends with the last process that holds descriptor 9, however it ends.
    exec 9<"$root/deploy/bootstrap.sh"
    "$found_python" -I -c 'import fcntl; fcntl.flock(9, fcntl.LOCK_EX)' 9<&9
    if ! _is_made "$1"; then _make "$1"; fi
    exec 9<&-
}

_say() { printf 'foreshock: %s\n' "$*" >&2; }
_fail() {
    _say "$*"
    exit 1
}

# What is in .venv follows from this.
_recipe() {
    (
        cd "$root" || exit 1
        cat "requirements/$1" deploy/bootstrap.sh
        for member in $members; do cat "$member/pyproject.toml"; done
        printf '%s %s\n' "$1" "$root"
    ) | cksum
}

_version() { "$python" -I -V 2>/dev/null; }

# What dev.lock pins includes what runtime.lock pins: its stamp has a line for each.
_is_made() {
    grep -qsxF "$(_version) $(_recipe "$1")" "$venv/stamp"
}

_find_python() {
    for candidate in python3.13 python3.12 python3.11 python3; do
        found_python=$(command -v "$candidate") || continue
        "$found_python" -I -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && return
    done
    return 1
}

_install_python() {
    advice='install Python 3.11 or newer with its venv module, then start this again'
    command -v apt-get >/dev/null || _fail "there is no Python >= 3.11 with venv here: $advice"
    as_root=
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || _fail "there is no Python >= 3.11 with venv here, and no sudo to add it: $advice"
        as_root=sudo
    fi
    _say 'installing python3 and python3-venv with apt-get'
    $as_root apt-get -qq update >/dev/null || _say 'apt-get update failed: trying with what is known'
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 install -y \
        --no-install-recommends python3 python3-venv >/dev/null || _fail "apt-get could not install them: $advice"
    _find_python || _fail "the python3 of this system is older than 3.11, or has no venv: $advice"
}

_make() {
    begun=$(date +%s)
    if [ -z "$(_version)" ] || ! grep -qsF "$(_version) " "$venv/stamp"; then
        _say "making .venv with $found_python"
        rm -rf "$venv"
        "$found_python" -I -m venv "$venv" >&2 || _fail "$found_python cannot make a virtual environment"
    fi
    rm -f "$venv/stamp"
    _say "installing the packages of requirements/$1"
    _pip install --require-hashes -r "$root/requirements/$1"
    _say 'installing our own packages'
    _pip_members
    _say 'training the classifier'
    "$python" -I -m foreshock_classify.training >/dev/null || _fail 'the classifier could not be trained: see above'
    for lock in "$1" runtime.lock; do printf '%s %s\n' "$(_version)" "$(_recipe "$lock")"; done >"$venv/stamp.new"
    mv "$venv/stamp.new" "$venv/stamp"
    _say "set up in $(($(date +%s) - begun)) s"
}

_pip_members() {
    set --
    for member in $members; do set -- "$@" -e "$root/$member"; done
    _pip install --no-deps --no-build-isolation "$@"
}

# Says nothing unless it fails.
_pip() {
    PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore \
        "$python" -m pip --quiet "$@" >&2 || _fail "pip $1 failed: see above"
}
