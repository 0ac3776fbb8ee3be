"""The licensed data sets, in the layouts in which they are given out: SAMM-LV, CAS(ME)² and CAS(ME)³.

What enters is the folder that the owners of a data set send to those who signed its licence. What leaves are
labelled videos in the source's own frames, every repair of an annotation counted, and the list of what is missing.
:mod:`livespot.datasets.replica` writes small made-up sets in the same layouts.
"""

from livespot.datasets.labelled import LabelledVideo
from livespot.datasets.reading import Dataset, layout_in, layout_named, read_dataset

__all__ = ["Dataset", "LabelledVideo", "layout_in", "layout_named", "read_dataset"]
