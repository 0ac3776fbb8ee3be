"""How an engine's weights come about: simulated windows, losses, the loop, calibration.

Labelled SW-MRO windows leave :mod:`livespot.training.simulate`, a network learns from them in
:mod:`livespot.training.loop`, :mod:`livespot.training.calibrate` fixes its thresholds on other people, and
:mod:`livespot.training.job` does all of it and exports the engine; :mod:`livespot.training.loso` leaves one subject out
after another. Needs the ``train`` extra.
"""

from __future__ import annotations
