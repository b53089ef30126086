#!/usr/bin/env bash
# Installs what the tests need on Debian 12 and is not there yet: a keyring, an
# SSH server, a Docker engine with compose, PostgreSQL's programs, age.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive

root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

missing=()
needs() { # PACKAGE PROGRAM
    [ -x "$2" ] || command -v "$2" >/dev/null 2>&1 || missing+=("$1")
}
needs age age
needs dbus dbus-run-session
needs gnome-keyring gnome-keyring-daemon
needs openssh-client ssh-agent
needs openssh-server /usr/sbin/sshd
needs docker.io /usr/sbin/dockerd
needs postgresql-15 /usr/lib/postgresql/15/bin/postgres
needs tzdata /usr/share/zoneinfo/UTC
needs tar tar
if [ ${#missing[@]} -gt 0 ]; then
    root apt-get update -q
    root apt-get install -qy --no-install-recommends "${missing[@]}"
fi

# Debian 12 has the old compose only. The program takes either, so either will
# do here.
if ! docker compose version >/dev/null 2>&1 && ! command -v docker-compose >/dev/null 2>&1; then
    root apt-get update -q
    root apt-get install -qy --no-install-recommends docker-compose
fi
