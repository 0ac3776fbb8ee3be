"""The recorded session: a folder ``NAME.livespot`` that is readable at any moment of its making (see FORMAT.md).

:class:`SessionWriter` listens to a running stream and writes; :class:`SessionReader` opens whatever is there, also
after a crash; :func:`recover` makes a whole session of what is left of a broken one.
"""

from livespot.session.contents import Curves, GapMark, GapSpan, Marker, gap_spans
from livespot.session.header import is_session
from livespot.session.reader import SessionReader
from livespot.session.recovery import Recovered, recover
from livespot.session.writer import RECORD_MODES, RecordMode, SessionWriter

__all__ = [
    "RECORD_MODES",
    "Curves",
    "GapMark",
    "GapSpan",
    "Marker",
    "RecordMode",
    "Recovered",
    "SessionReader",
    "SessionWriter",
    "gap_spans",
    "is_session",
    "recover",
]
