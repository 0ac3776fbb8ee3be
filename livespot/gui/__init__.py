"""The window: snapshots come in thirty times a second, commands go out; nothing is computed here.

:class:`livespot.snapshot.Snapshot` enters, pixels leave. What is behind the window is one
:class:`~livespot.gui.controller.LiveController`; how it all looks is written down in ``DESIGN.md`` beside
this file.
"""
