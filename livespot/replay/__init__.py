"""A recorded session once more: from its logged features, or from its pictures, by the steps of the live run.

What enters is a :class:`~livespot.session.SessionReader`, what leaves are updates and whole results. The
same engine and configuration give the same bits as the live run did; others give what they would have given.
"""

from livespot.replay.recorded import recorded_config, recorded_engine
from livespot.replay.run import from_features, from_pictures, updates_of
from livespot.replay.source import SessionPictures, SessionSource
from livespot.replay.summary import session_summary

__all__ = [
    "SessionPictures",
    "SessionSource",
    "from_features",
    "from_pictures",
    "recorded_config",
    "recorded_engine",
    "session_summary",
    "updates_of",
]
