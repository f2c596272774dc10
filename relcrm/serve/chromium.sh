#!/bin/sh
# Prints the Chromium the browser tests use; fetches one with Playwright where none is installed.
# Prints nothing when it is Playwright's own.
set -eu
cd "$(dirname "$0")/../.."

for candidate in "${CHROMIUM:-}" chromium chromium-browser google-chrome google-chrome-stable; do
    if [ -n "$candidate" ] && found=$(command -v "$candidate") && "$found" --version >/dev/null 2>&1; then
        echo "$found"
        exit 0
    fi
done
if ! .venv/bin/python -m playwright install chromium >/dev/null 2>&1; then
    echo "The browser tests need Chromium: install it (Debian: apt-get install chromium), or set CHROMIUM=/path/to/it." >&2
    exit 1
fi
