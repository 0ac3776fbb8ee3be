"""Canonical faces to SW-MRO windows; before that, camera frames to model frames.

The paper calls its features "still not computationally friendly" (section 5): 16 flow fields per frame. Here every pair
of frames is measured once, the polynomial expansion is made once per frame, and the displacement is solved only where
the regions and the nose tip are.
"""
