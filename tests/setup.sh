#!/usr/bin/env bash
# Installs what the tests need on Debian 12 and is not there yet: a keyring, an
# SSH server, a Docker engine with compose, PostgreSQL's programs, age, tmux,
# nginx and Caddy.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive

root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

missing=()
needs() { # PACKAGE PROGRAM
    [ -e "$2" ] || command -v "$2" >/dev/null 2>&1 || missing+=("$1")
}
needs age age
needs dbus dbus-run-session
needs gnome-keyring gnome-keyring-daemon
needs openssh-client ssh-agent
needs openssh-server /usr/sbin/sshd
needs docker.io /usr/sbin/dockerd
needs postgresql-15 /usr/lib/postgresql/15/bin/postgres
needs sudo sudo
needs openssl openssl
needs procps ps
needs tzdata /usr/share/zoneinfo/UTC
needs tar tar
needs tmux tmux
if [ ${#missing[@]} -gt 0 ]; then
    root apt-get update -q
    root apt-get install -qy --no-install-recommends "${missing[@]}"
fi

# The tests start reverse proxies of their own, on loopback. The services of the
# packages would take the ports of the web on all addresses: they are neither
# started nor left to start with the machine.
proxies=()
[ -e /usr/sbin/nginx ] || proxies+=(nginx-light)
[ -e /usr/bin/caddy ] || proxies+=(caddy)
if [ ${#proxies[@]} -gt 0 ]; then
    policy=/usr/sbin/policy-rc.d
    if [ ! -e "$policy" ]; then
        trap 'root rm -f "$policy"' EXIT
        printf '#!/bin/sh\nexit 101\n' | root tee "$policy" >/dev/null
        root chmod 755 "$policy"
    fi
    root apt-get update -q
    root apt-get install -qy --no-install-recommends "${proxies[@]}"
    for service in nginx caddy; do
        case " ${proxies[*]} " in *" $service"*)
            if command -v systemctl >/dev/null 2>&1; then
                root systemctl disable --quiet --now "$service" || true
            fi ;;
        esac
    done
fi

# Debian 12 has the old compose only; the program takes either, and so do its
# tests.
if ! docker compose version >/dev/null 2>&1 && ! command -v docker-compose >/dev/null 2>&1; then
    root apt-get update -q
    root apt-get install -qy --no-install-recommends docker-compose
fi

# The plugin that most people have is in the next Debian, as one program that
# runs here too. It comes from the mirror that this machine uses, and is put
# aside for the tests alone: nothing of this system changes.
compose_plugin() {
    local folder plugin mirror
    folder=$PWD/target/test-tools/docker
    plugin=$folder/cli-plugins/docker-compose
    [ -x "$plugin" ] && return
    mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Codename: bookworm' | head -n 1)
    [ -n "$mirror" ] || return 1
    local apt=$folder/apt
    mkdir -p "$apt/lists/partial" "$apt/archives/partial" "$folder/cli-plugins"
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror trixie main" >"$apt/next.list"
    local options=(-q -o "Dir::Etc::sourcelist=$apt/next.list" -o Dir::Etc::sourceparts=-
        -o "Dir::State::lists=$apt/lists" -o "Dir::Cache=$apt" -o APT::Sandbox::User=root)
    apt-get "${options[@]}" update &&
        (cd "$apt" && apt-get "${options[@]}" download docker-compose) &&
        dpkg-deb -x "$apt"/docker-compose_*.deb "$apt/files" &&
        cp "$apt/files/usr/libexec/docker/cli-plugins/docker-compose" "$plugin" || return 1
    rm -rf "$apt"
}
if ! docker compose version >/dev/null 2>&1 && ! compose_plugin; then
    echo "docker compose: the plugin is not to be had, the tests use docker-compose alone"
fi
