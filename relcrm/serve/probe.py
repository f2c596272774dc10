"""Asks the web server of this machine how it is: `python -m relcrm.serve.probe [/health/ready]` (exit 0: well)."""

from __future__ import annotations

import http.client
import json
import os
import sys
from contextlib import closing

from relcrm.serve.processes import say


def ask(port: int, *, path: str = "/health/ready", timeout: float = 5.0) -> tuple[int, dict[str, object]]:
    """Status and JSON of the health page; status 0 while nobody answers."""
    host = os.environ.get("ALLOWED_HOSTS", "").replace(",", " ").split() or ["127.0.0.1"]
    try:
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)) as connection:
            headers = {"Host": host[0].lstrip("."), "X-Forwarded-Proto": "https"}
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            return answer.status, dict(json.loads(answer.read()))
    except (OSError, http.client.HTTPException, ValueError):
        return 0, {}


if __name__ == "__main__":
    page = sys.argv[1] if len(sys.argv) > 1 else "/health/ready"
    status, report = ask(int(os.environ.get("PORT", "8000")), path=page)
    say(json.dumps(report))
    sys.exit(0 if status == http.client.OK else 1)
