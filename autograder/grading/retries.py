"""Who tries what again, and how often.

| what ended | who tries again | how often | then |
|---|---|---|---|
| a student's process, killed from outside | `grading.grader` | `KILLED_RUNS` | a verdict |
| anything of ours that grades | `service.pool`, with fresh servers | `ATTEMPTS` | a fault |
| a warm server while it forks | `sandbox.forkserver`, `sandbox.nursery` | 2 | as above |
| the service while a job runs | the next service, from its queue | `SERVICE_DEATHS` | a fault |
| a connection to the service | `service.client` | `RECONNECTIONS` in a row | it says so |
| a dask worker with its task | dask, on another worker | `allowed-failures` | a fault |
| a worker that may not grade | `batch.dask`, on another worker | `ATTEMPTS` | a fault |

A process that is always killed from outside does it to itself; a fault is never a score.

What is not tried again: a fault that would last (`GraderFault.lasting`), a full disk or a gradebook
that stays locked (a fault of that job; the order goes on), what the student's code did.
"""

from __future__ import annotations

from typing import Final

KILLED_RUNS: Final = 3
ATTEMPTS: Final = 3
SERVICE_DEATHS: Final = 3
