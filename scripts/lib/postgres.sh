# A Postgres of our own: temporary data, a free port, loopback only. Source this, then call start_postgres.
# Sets POSTGRES_URL; ends with the script that started it.

find_postgres() {
    local dir
    for dir in /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /opt/homebrew/opt/postgresql*/bin; do
        [ -x "$dir/initdb" ] && POSTGRES_BIN=$dir
    done
    if [ -z "${POSTGRES_BIN:-}" ] && command -v initdb >/dev/null; then
        POSTGRES_BIN=$(dirname "$(command -v initdb)")
    fi
    [ -n "${POSTGRES_BIN:-}" ]
}

# Postgres refuses to run as root.
as_postgres() {
    if [ "$(id -u)" = 0 ]; then
        runuser -u postgres -- "$@"
    else
        "$@"
    fi
}

# start_postgres [EXTRA SETTINGS …], each as name=value
start_postgres() {
    find_postgres || { echo "no Postgres found" >&2; return 1; }
    POSTGRES_DIR=$(mktemp -d "${TMPDIR:-/tmp}/exitpoll-postgres.XXXXXX")
    [ "$(id -u)" = 0 ] && chown postgres "$POSTGRES_DIR"
    trap stop_postgres EXIT
    local port settings=() setting
    port=$(free_port)
    for setting in listen_addresses=127.0.0.1 "unix_socket_directories=$POSTGRES_DIR" max_connections=300 "$@"; do
        settings+=(-c "$setting")
    done
    (cd / && as_postgres "$POSTGRES_BIN/initdb" -D "$POSTGRES_DIR/data" -A trust -U postgres --locale=C.UTF-8 -E UTF8 >/dev/null)
    (cd / && as_postgres "$POSTGRES_BIN/pg_ctl" -D "$POSTGRES_DIR/data" -l "$POSTGRES_DIR/log" -w -s -t 60 \
        -o "-p $port ${settings[*]}" start) || { cat "$POSTGRES_DIR/log" >&2; return 1; }
    POSTGRES_URL="postgres://postgres@127.0.0.1:$port/postgres"
}

stop_postgres() {
    [ -n "${POSTGRES_DIR:-}" ] || return 0
    (cd / && as_postgres "$POSTGRES_BIN/pg_ctl" -D "$POSTGRES_DIR/data" -m immediate -s stop) || true
    rm -rf "$POSTGRES_DIR"
    POSTGRES_DIR=
}

free_port() {
    local port
    while :; do
        port=$((20000 + RANDOM % 20000))
        # Nobody answers there.
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
    done
}
