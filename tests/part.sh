# Sourced by what runs the tests in parts.

# plays NAME COMMAND…: runs the command and shows what it prints. It fails where
# the command does, and where no test ran: a filter that no test answers to proves
# nothing.
plays() {
    local output status=0
    echo "── $1"
    shift
    output=$(mktemp)
    "$@" 2>&1 | tee "$output"
    if [ "${PIPESTATUS[0]}" != 0 ] || ! grep -Eq '^test result: .* [1-9][0-9]* passed' "$output"; then
        status=1
    fi
    rm "$output"
    return "$status"
}
