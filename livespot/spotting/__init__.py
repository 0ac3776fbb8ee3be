"""Probabilities to intervals, per type: proposals, non-maximum suppression, streams.

What enters are the ten curves of :data:`livespot.types.CURVES`, one row per model frame; what leaves are
:class:`livespot.types.Proposal` objects in model frames. :func:`spot_offline` sees the whole video at once;
:class:`OnlineSpotter` sees one row at a time and confirms exactly the same intervals, each as soon as nothing
that may still come can change it. Nothing here does I/O, asks for the time or owns a thread.
"""

from livespot.spotting.offline import spot_offline
from livespot.spotting.online import OnlineSpotter, SpotterUpdate
from livespot.spotting.parameters import SpottingParameters, TypeParameters

__all__ = ["OnlineSpotter", "SpotterUpdate", "SpottingParameters", "TypeParameters", "spot_offline"]
