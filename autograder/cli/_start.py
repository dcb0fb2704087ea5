"""The grading service as clients start it: `python -m autograder.cli._start READY MINUTES`.

READY is a descriptor that it writes to when it listens. It ends after so many idle MINUTES; for 0,
when its standard input is closed.
"""

from __future__ import annotations

import os
import sys

from autograder.service.place import fingerprint

_STANDARD = (0, 1, 2)


def main() -> None:
    """Serve for the client that started this process."""
    stamp = fingerprint()  # before the imports: what changes from now on is noticed
    from autograder.cli._service import serve
    from autograder.grading.errors import GraderFault
    from autograder.service.process import ServiceRefused
    from autograder.service.server import Settings

    descriptor, minutes = int(sys.argv[1]), float(sys.argv[2])

    def ready() -> None:
        os.write(descriptor, b"ready\n")
        if descriptor not in _STANDARD:
            os.close(descriptor)

    settings = Settings(ends_idle_seconds=minutes * 60)
    try:
        serve(stamp, settings, ready, with_caller=minutes == 0, waits=True)
    except (ServiceRefused, GraderFault) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
