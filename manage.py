#!/usr/bin/env python
"""Relcrm's command line."""

import os
import sys

from django.core.management import execute_from_command_line

from relcrm.kit.env import load_secrets
from relcrm.kit.startup import read_settings
from relcrm.serve.attach import attach_servers, needs_servers
from relcrm.serve.processes import StartError


def main() -> None:
    """Read what `make run` wrote to var/secrets, bring up the embedded servers if needed, hand over to Django."""
    load_secrets()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "relcrm.settings")
    try:
        if needs_servers(sys.argv):
            attach_servers(sys.argv)
    except StartError as error:
        sys.exit(str(error))
    read_settings(exit_code=1)
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
