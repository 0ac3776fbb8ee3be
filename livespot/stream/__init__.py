"""The threads: mailboxes, stages, wiring, telemetry. No arithmetic on pictures or probabilities lives here."""

from livespot.stream.controller import Controller
from livespot.stream.sinks import Sink
from livespot.stream.stream import Stream

__all__ = ["Controller", "Sink", "Stream"]
