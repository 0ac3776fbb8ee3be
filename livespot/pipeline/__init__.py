"""The steps in their order, without a thread: what the live run, the replay, the batch run and the API have in common.

Camera frame → grid → face → canonical crop → SW-MRO → probabilities → intervals. :class:`Vision` makes windows,
:class:`Spotting` makes updates of them. :mod:`livespot.stream` gives each step a thread, :mod:`livespot.api` and
:mod:`livespot.replay` call them by hand.
"""

from livespot.pipeline.spotting import Spotting
from livespot.pipeline.vision import Look, Step, Tick, Vision

__all__ = ["Look", "Spotting", "Step", "Tick", "Vision"]
