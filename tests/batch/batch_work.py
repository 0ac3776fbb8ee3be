"""What workers do in the tests: a module of its own, because new processes import it by name."""

from __future__ import annotations

import os
import time

from livespot.batch.job import Job, Outcome
from livespot.config import Config
from livespot.errors import InputError


def work(job: Job, config: Config) -> Outcome:
    """As the name of the recording says; how often it was begun stands in a file beside it."""
    begun = job.folder / "begun"
    begun.parent.mkdir(parents=True, exist_ok=True)
    with begun.open("a") as file:
        file.write(f"{os.getpid()}\n")
    times = len(begun.read_text().splitlines())
    name = job.path.name
    if name.startswith("dies") or (name.startswith("once") and times == 1):
        os._exit(9)
    if name.startswith("wrong"):
        return InputError(f"{job.path}: is wrong")
    if name.startswith("waits"):
        time.sleep(600)
    return {"pid": os.getpid(), "times": times}
