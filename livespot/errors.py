"""Every error a user can meet, as one tree.

::

    LivespotError                  exit 1
    ├── UsageError                 exit 2   a flag, a key or a value that makes no sense
    │   └── ConfigError            exit 2   the configuration file
    ├── InputError                 exit 3   a source that cannot be used: missing, empty, not a video
    │   └── SessionError           exit 3   a recorded session that cannot be opened
    ├── OutputError                exit 3   a target that cannot be written
    ├── CameraError                exit 4   no such camera, or it went away for good
    ├── EngineError                exit 5   the engine cannot be loaded or cannot run
    └── RecordingError             exit 6   the recording lacks something: a full disk, too slow an encoder

A message is one line: which thing, what was expected, what came, what to do.
"""

from __future__ import annotations

INTERRUPTED = 130
"""Exit code of a command that Ctrl-C or SIGTERM ended, as shells have it; what was finished is on disk."""


class LivespotError(Exception):
    """Base of all errors whose message is meant for the user."""

    exit_code: int = 1


class TimeWarning(UserWarning):
    """Times that were given for pictures cannot be right: they stand still, fall back, or are not in seconds."""


class UsageError(LivespotError):
    """The command line or a call's arguments make no sense."""

    exit_code = 2


class ConfigError(UsageError):
    """The configuration holds an unknown key or an impossible value."""


class InputError(LivespotError):
    """A source cannot be used: missing, empty, not a video, no frame decodes."""

    exit_code = 3


class SessionError(InputError):
    """A recorded session cannot be opened."""


class OutputError(LivespotError):
    """A target cannot be written."""

    exit_code = 3


class CameraError(LivespotError):
    """There is no such camera, or it went away for good."""

    exit_code = 4


class EngineError(LivespotError):
    """The engine cannot be loaded or cannot run."""

    exit_code = 5


class RecordingError(LivespotError):
    """A recording was ended in order, but lacks something: the disk was full, or the encoder could not keep up."""

    exit_code = 6
