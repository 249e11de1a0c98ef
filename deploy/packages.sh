# Which Debian packages are needed, and how missing ones are installed. Sourced, not run.

build_packages=(g++ cmake ninja-build libboost1.81-dev libyaml-cpp-dev nlohmann-json3-dev
                libspdlog-dev libfmt-dev libc-ares-dev libssl-dev zlib1g-dev)

say() { printf '\n== %s\n' "$*"; }

die() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}

# Prints those of the packages that are not installed.
missing_packages() {
    local package
    for package in "$@"; do
        if [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" != installed ]; then
            printf '%s\n' "$package"
        fi
    done
}

# Debian starts a service when it is installed. We want the programs only: the policy file forbids
# it for the time of the installation, unless the machine already has a policy of its own.
policy_file=/usr/sbin/policy-rc.d
made_policy=no

forbid_services() {
    if [ ! -e "$policy_file" ]; then
        made_policy=yes
        printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy_file" >/dev/null
        as_root chmod 755 "$policy_file"
    fi
}

allow_services() {
    if [ "$made_policy" = yes ]; then
        as_root rm -f "$policy_file"
        made_policy=no
    fi
}

# install_missing PACKAGE...
install_missing() {
    local missing status=0
    command -v dpkg-query >/dev/null || die "this is not Debian: install the equivalents of: $*"
    mapfile -t missing < <(missing_packages "$@")
    if [ "${#missing[@]}" -eq 0 ]; then
        return
    fi
    say "Installing from Debian: ${missing[*]}"
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || die "root or sudo is needed to install: ${missing[*]}"
    fi
    forbid_services
    as_root apt-get update -q &&
        as_root env DEBIAN_FRONTEND=noninteractive \
            apt-get install -q -y --no-install-recommends "${missing[@]}" || status=$?
    allow_services
    [ "$status" -eq 0 ] || die "apt-get failed with exit code $status"
}
