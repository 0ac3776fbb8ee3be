"""Canonical faces to SW-MRO windows; before that, camera frames to model frames (:mod:`livespot.flow.grid`).

:mod:`livespot.flow.reference` is the definition of SW-MRO in the paper's terms, :mod:`livespot.flow.sliding` the fast
way that runs: frames enter one by one, :mod:`livespot.flow.expansion` belongs to a frame, :mod:`livespot.flow.pair` and
:mod:`livespot.flow.displacement` to a pair of frames, :mod:`livespot.flow.quality` says which regions are hidden.

The paper calls its features "still not computationally friendly" (section 5): 16 flow fields per frame. Here every pair
of frames is measured once, the polynomial expansion is made once per frame, and the displacement is solved only where
the regions and the nose tip are.
"""
