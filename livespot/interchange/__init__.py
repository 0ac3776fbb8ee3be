"""Results in files that other people's scripts read: tables, summaries, features, annotations.

What enters are intervals and plain arrays, what leaves are files, and back. Every writer makes missing
folders, writes beside the target and renames, so that a file that exists is complete. Reading a file gives
what was written, bit for bit.
"""

from livespot.interchange.annotations import Annotation, read_annotations, write_annotations
from livespot.interchange.csv import CurveTable, read_curves, read_intervals, write_curves, write_intervals
from livespot.interchange.features import FeatureTable, read_features, write_features
from livespot.interchange.summary import read_summary, write_summary

__all__ = [
    "Annotation",
    "CurveTable",
    "FeatureTable",
    "read_annotations",
    "read_curves",
    "read_features",
    "read_intervals",
    "read_summary",
    "write_annotations",
    "write_curves",
    "write_features",
    "write_intervals",
    "write_summary",
]
