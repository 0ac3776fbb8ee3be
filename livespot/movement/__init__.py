"""What moved in an interval: its windows in; words, amplitude, asymmetry, speed and action-unit candidates out.

Pure steps: no thread, no clock, no I/O. Nothing here says what anybody felt.
"""

from livespot.movement.course import movement_windows
from livespot.movement.describe import movement_of

__all__ = ["movement_of", "movement_windows"]
