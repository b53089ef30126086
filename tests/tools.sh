#!/usr/bin/env bash
# tools.sh PACKAGE==VERSION…: puts ready programs into target/ci-tools by pip,
# those that are not there yet: building them takes longer than all the rest.
set -euo pipefail
cd "$(dirname "$0")/.."
export DEBIAN_FRONTEND=noninteractive

tools=target/ci-tools
missing=()
for tool in "$@"; do
    grep -qxF "$tool" "$tools/versions" 2>/dev/null || missing+=("$tool")
done
[ ${#missing[@]} -gt 0 ] || exit 0

root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}
if ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
    root apt-get update -q
    root apt-get install -qy --no-install-recommends python3-venv
fi
[ -x "$tools/bin/pip" ] || python3 -m venv --clear "$tools"
"$tools/bin/pip" install --quiet --disable-pip-version-check "${missing[@]}"
printf '%s\n' "${missing[@]}" >>"$tools/versions"
