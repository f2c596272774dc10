#!/bin/sh
# Brings the house up to the lock file: finds a Python, brings uv when there is none, installs, compiles translations.
# A second run looks at a few dates and is done.
set -eu
cd "$(dirname "$0")/../.."
stamp=.venv/.synced

new_enough() {
    "$1" -c 'import sys, venv; sys.exit(sys.version_info < (3, 12))' >/dev/null 2>&1
}

find_python() {
    wanted=$(cat .python-version 2>/dev/null || echo 3.13)
    # A name on the PATH may be a shim that does not run: each one is tried.
    for candidate in "${PYTHON:-}" "python$wanted" python3.13 python3.14 python3.12 python3 python \
        "$HOME/.pyenv/versions/$wanted"*/bin/python "$HOME"/.pyenv/versions/3.1[2-9]*/bin/python /usr/local/bin/python3; do
        if [ -n "$candidate" ] && new_enough "$candidate"; then
            "$candidate" -c 'import sys; print(sys.executable)'
            return
        fi
    done
    echo "Relcrm needs Python 3.12 or newer; install it, or name one: make run PYTHON=/path/to/python3" >&2
    exit 1
}

bring_uv() {
    if command -v uv >/dev/null 2>&1 && uv --version >/dev/null 2>&1; then
        command -v uv
        return
    fi
    if ! var/uv/bin/uv --version >/dev/null 2>&1; then
        echo "Bringing uv into var/uv" >&2
        "$1" -m venv --clear var/uv >&2
        var/uv/bin/python -m pip install --quiet --disable-pip-version-check uv >&2
    fi
    echo var/uv/bin/uv
}

fresh() {
    [ -x .venv/bin/python ] && [ -f "$stamp" ] && [ ! uv.lock -nt "$stamp" ] && [ ! pyproject.toml -nt "$stamp" ]
}

if ! fresh; then
    mkdir -p var
    python=$(find_python)
    uv=$(bring_uv "$python")
    # Compiled at once: many programs start from it, also where Python is told to write no bytecode as it goes.
    UV_PYTHON_DOWNLOADS=never UV_PROJECT_ENVIRONMENT=.venv \
        "$uv" sync --frozen --quiet --compile-bytecode --python "$python"
    touch "$stamp"
fi

for source in relcrm/locale/*/LC_MESSAGES/*.po; do
    compiled="${source%.po}.mo"
    if [ -f "$source" ] && { [ ! -f "$compiled" ] || [ "$source" -nt "$compiled" ]; }; then
        exec .venv/bin/python -m relcrm.serve.messages
    fi
done
