#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Prove the set-up on a bare Debian: make a root with nothing but python3, git and make in it,
# copy this working tree there, and run a command in the copy.
#
#   sudo tools/dev/bare_root.sh /tmp/bare make demo
#   sudo SUITE=trixie tools/dev/bare_root.sh /tmp/bare13 make test
#   sudo BARE_USER=nobody tools/dev/bare_root.sh /tmp/bare make demo     (neither root nor sudo)
#
# The mirror is this machine's own apt mirror, the package index this machine's own pip index. A root
# that exists is used again with a fresh copy of the tree (without .venv): remove it for a bare one.
# Needs debootstrap and root. Mounts live in a private namespace and vanish with the command.
set -euo pipefail

if [ $# -lt 2 ] || [ "$(id -u)" -ne 0 ]; then
    sed -n '4,14s/^# \{0,1\}//p' "$0" >&2
    exit 2
fi
command -v debootstrap >/dev/null || { echo "bare_root: apt-get install debootstrap" >&2; exit 1; }

repo=$(cd "$(dirname "$0")/../.." && pwd)
mkdir -p "$1"
root=$(cd "$1" && pwd)
shift
[ "$root" != / ] || { echo "bare_root: not onto /" >&2; exit 2; }
. /etc/os-release
suite=${SUITE:-$VERSION_CODENAME}

# Mirror of a release, in this machine's apt configuration.
mirror() { # mirror CODENAME
    apt-get indextargets --format '$(CODENAME) $(REPO_URI)' 'Created-By: Packages' |
        awk -v c="$1" '$1 == c { sub(/\/dists\/.*/, "", $2); sub(/\/$/, "", $2); print $2; exit }'
}

if [ ! -e "$root/etc/debian_version" ]; then
    uri=$(mirror "$VERSION_CODENAME")
    [ -n "$uri" ] || { echo "bare_root: run apt-get update first" >&2; exit 1; }
    echo "bare_root: debootstrap $suite into $root" >&2
    # shellcheck disable=SC2086  # DEBOOTSTRAP_OPTIONS is a list
    debootstrap --variant=minbase --include=python3,git,make ${DEBOOTSTRAP_OPTIONS:-} \
        "$suite" "$root" "$uri" >"$root.log" 2>&1 || { tail -20 "$root.log" >&2; exit 1; }
fi

# What this machine needs to reach its mirrors: resolver, certificates, apt and pip settings.
cp -L /etc/resolv.conf "$root/etc/resolv.conf"
grep -lsE '^ *Acquire::' /etc/apt/apt.conf.d/* | xargs -r cp -t "$root/etc/apt/apt.conf.d"
if [ -e /etc/ssl/certs/ca-certificates.crt ]; then # not the package's own path: it would be rebuilt
    cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/this-machine-ca.crt"
fi
{
    echo '[global]'
    python3 -m pip config list 2>/dev/null | grep -v '^global\.constraint=' |
        sed -n "s/^global\.\([^=]*\)='\(.*\)'\$/\1 = \2/p" | sed 's/\\n/ /g' |
        sed 's|/etc/ssl/certs/ca-certificates.crt|/etc/this-machine-ca.crt|'
} >"$root/etc/pip.conf"

# The tree as it is, committed or not; ../shared beside it, as CI has it.
mkdir -p "$root/work"
rm -rf "$root/work/main" && mkdir "$root/work/main"
(cd "$repo" && git ls-files -z --cached --others --exclude-standard --deduplicate |
    while IFS= read -r -d '' f; do if [ -e "$f" ] || [ -L "$f" ]; then printf '%s\0' "$f"; fi; done |
    tar --create --null --files-from=- --owner=0 --group=0 | tar --extract --directory "$root/work/main")
git -C "$root/work/main" -c init.defaultBranch=main init --quiet
[ -z "${BARE_USER:-}" ] || chroot "$root" chown -R "$BARE_USER" /work/main

keep=(HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 TERM="${TERM:-dumb}")
for name in CI RANVIER_FULL http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY; do
    [ -z "${!name:-}" ] || keep+=("$name=${!name}")
done

export root repo
export user=${BARE_USER:-root}
exec unshare --mount --pid --fork --propagation private bash -euc '
    mount -t proc proc "$root/proc"
    mount --rbind /dev "$root/dev"
    mount -t tmpfs tmpfs "$root/tmp"
    chmod 1777 "$root/tmp"
    bind() { mkdir -p "$root$2"; mount --bind "$1" "$root$2"; mount -o remount,ro,bind "$root$2"; }
    if [ -d "$repo/../shared" ]; then bind "$repo/../shared" /work/shared; fi
    # Local package indexes that pip.conf names, e.g. file:///opt/x/simple
    for d in $(grep -oE "(file://)?/[^ ]+" "$root/etc/pip.conf" | sed "s|^file://||; s|/simple/*$||" | sort -u); do
        if [ -d "$d" ]; then bind "$d" "$d"; fi
    done
    if [ "$user" != root ]; then drop="setpriv --reuid=$user --regid=$(id -g "$user") --clear-groups"; fi
    exec chroot "$root" env -i "${@:1:$0}" ${drop:-} bash -c "cd /work/main && exec \"\$@\"" bash "${@:$0+1}"
' "${#keep[@]}" "${keep[@]}" "$@"
