"""Starts the poller and stops it at SIGTERM."""

from __future__ import annotations

import os
import signal
import sys
import time

from karet_poller.log import say
from karet_poller.poller import Poller
from karet_poller.settings import WrongSettingsError, from_environment
from karet_poller.sqs_queue import SqsQueue, client_for


def main() -> int:
    """The exit code: 0 after a clean stop, 64 for wrong settings."""
    try:
        settings = from_environment(os.environ)
    except WrongSettingsError as error:
        say("wrong settings", why=str(error))
        return 64
    poller = Poller(settings, SqsQueue(client_for(settings), settings), time.monotonic)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: poller.stop())
    poller.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
