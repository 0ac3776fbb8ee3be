"""Every repair of an annotation, in one place: what is wrong in the data sets as they are given out, and what is done.

Nothing else in livespot changes an annotation. :data:`REPAIRS` is the list that ``livespot data check`` prints from;
:func:`repaired` applies those that concern one row. Frames leave as indices into the source's frames, from 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from livespot.datasets.layout import AnnotatedRow, FoundVideo
from livespot.interchange import Annotation

RepairName = Literal[
    "offset-0",
    "no-apex",
    "apex-outside",
    "frame-numbers",
    "decimated-table",
    "beyond-end",
    "left-out",
    "listed-twice",
    "misfiled-folder",
    "without-rows",
]


@dataclass(frozen=True, slots=True)
class Repair:
    """What is wrong, in which data sets, what is done about it, and on whose word."""

    name: RepairName
    sets: str
    wrong: str
    done: str
    source: str


REPAIRS: tuple[Repair, ...] = (
    Repair(
        "offset-0",
        "CAS(ME)²",
        "44 macro-expressions have offset 0: the end was not annotated",
        "the offset lies as far behind the apex as the onset lies before it, and within the video",
        "offset 0 = not annotated: the data set's own notes; apex + (apex - onset): evaluation scripts of MEGC",
    ),
    Repair(
        "no-apex",
        "SAMM-LV, CAS(ME)²",
        "the apex is 0, -1 or empty: not annotated",
        "the middle of onset and offset",
        "SpotFormer's labels need an apex; the middle is where a Gaussian of unknown centre errs least",
    ),
    Repair(
        "apex-outside",
        "CAS(ME)²",
        "the apex lies outside of onset to offset (27_0101, 31_0503, 32_0401)",
        "the middle of onset and offset; onset and offset stay, since the published counts were made with them",
        "as no-apex",
    ),
    Repair(
        "frame-numbers",
        "all",
        "annotations name frames by the number in the image's file name, which begins at 1 in CAS(ME)² and SAMM-LV and"
        " at 0 or 1 in CAS(ME)³",
        "a number becomes the place of the image of that number, where missing images leave holes; of a video file, the"
        " number less that of its first frame",
        "SpotFormer's published code shifts CAS(ME)² by -1, which is the same for complete folders",
    ),
    Repair(
        "decimated-table",
        "SAMM-LV",
        "cleaned tables count frames of 28.57 fps (every 7th) or 25 fps (every 8th) and not those of the source",
        "a number n becomes source frame 7 n, or 8 n: exact to half a model frame",
        "SpotFormer, section 4: every 7th frame of 200 fps",
    ),
    Repair(
        "beyond-end",
        "all",
        "an interval reaches beyond the last frame that is there",
        "it ends with the last frame",
        "livespot",
    ),
    Repair(
        "left-out",
        "all",
        "an interval begins after the last frame, or ends before it begins",
        "the row is left out, and named",
        "livespot",
    ),
    Repair(
        "listed-twice",
        "all",
        "the same interval of the same type stands twice in one video",
        "it counts once",
        "livespot",
    ),
    Repair(
        "misfiled-folder",
        "CAS(ME)²",
        "a video lies in another subject's folder (s19/23_0502funnyerrors)",
        "the number in the video's own name says who is seen",
        "users of the data set",
    ),
    Repair(
        "without-rows",
        "all",
        "videos that no annotation names, and so also subjects without any (27 and 29 of SAMM-LV; 17, 18, 28 and 39 of"
        " CAS(ME)²)",
        "they are left out: whether they are free of expressions is not said, and the papers do not count them",
        "SpotFormer, section 4: 147 videos of SAMM-LV, of 224 that are given out (IAENet, section 4)",
    ),
)


@dataclass(frozen=True, slots=True)
class Repaired:
    """One row after its repairs; ``annotation`` is None when it was left out."""

    annotation: Annotation | None
    used: tuple[RepairName, ...]


def repaired(row: AnnotatedRow, video: FoundVideo) -> Repaired:
    """Apply the repairs to one row.

    Parameters
    ----------
    row : AnnotatedRow
    video : FoundVideo
        The video that it belongs to; the end of a video file is not known, and not looked at.
    """
    frames = video.frames
    used: list[RepairName] = []
    first, apex, last = row.onset, row.apex, row.offset
    no_apex = apex <= 0 and not first == apex == 0
    if last <= 0 and not no_apex:
        last = apex + (apex - first)
        used.append("offset-0")
    if last < first or first < 0:
        return Repaired(None, (*used, "left-out"))
    if no_apex or not first <= apex <= last:
        used.append("no-apex" if no_apex else "apex-outside")
        apex = (first + last) // 2
    places = [_place(number, row, video) for number in (first, apex, last)]
    if row.scale != 1:
        used.append("decimated-table")
    elif places[0] != first:
        used.append("frame-numbers")
    if frames is not None and places[0] >= frames:
        return Repaired(None, (*used, "left-out"))
    if frames is not None and places[2] >= frames:
        used.append("beyond-end")
        places = [min(place, frames - 1) for place in places]
    places = [max(place, 0) for place in places]
    annotation = Annotation(video.person, video.name, places[0], places[1], places[2], row.type, row.au)
    return Repaired(annotation, tuple(used))


def _place(number: int, row: AnnotatedRow, video: FoundVideo) -> int:
    """Frame of the stream that an annotated number means."""
    if row.scale != 1:
        return number * row.scale
    if video.numbers is None:
        return number - video.first_number
    last = int(video.numbers[-1])
    if number > last:  # counted on, so that it is found to lie beyond the end
        return video.places[-1] + number - last
    return round(float(np.interp(number, video.numbers, video.places)))
