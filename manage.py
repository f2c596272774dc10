#!/usr/bin/env python
"""Relcrm's command line."""

import os
import sys

from django.core.management import CommandError, execute_from_command_line

from relcrm.kit.env import load_secrets
from relcrm.kit.startup import read_settings
from relcrm.serve.attach import attach_servers, needs_servers
from relcrm.serve.processes import StartError

AMBIGUOUS = 2


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
    try:
        execute_from_command_line(sys.argv)
    except SystemExit as ended:
        # argparse ends with 2, which here means that PATRON is ambiguous: options nobody knows are bad input, 1.
        if ended.code == AMBIGUOUS and not isinstance(ended.__context__, CommandError):
            raise SystemExit(1) from None
        raise


if __name__ == "__main__":
    main()
