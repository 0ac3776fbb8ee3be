"""Which regions of the face are measured: named layouts of regions, each a node of the network's graph.

A region is a square of 11×11 canonical px around the mean of one or more mesh points. The paper's layout has ten
regions on brows and mouth; ``FACE`` adds the lids, the glabella, the wings of the nose, the cheeks, the surroundings
of the lip corners and the chin. The order of the regions is the order of the nodes in every array and file.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the command line reads this file before it knows whether it needs numpy
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Region:
    """One measured region.

    Attributes
    ----------
    name : str
        As tables and the window show it; A is on the left of the unmirrored picture, the person's right.
    mesh : tuple of int
        Points of MediaPipe's 478-point mesh whose mean is the region's centre.
    part : str
        Facial part: regions of one part stand side by side and are pooled together by FLGP.
    landmarks : tuple of int
        Of the 68 iBUG landmarks those whose mean stands for the centre in drawings where the mesh was not kept; exact
        in the paper's layout.
    """

    name: str
    mesh: tuple[int, ...]
    part: str
    landmarks: tuple[int, ...]

    @property
    def changes(self) -> bool:
        """Whether it looks different when it moves: an open mouth, a closed eye."""
        return self.part in ("mouth", "eye A", "eye B")


@dataclass(frozen=True)
class RegionLayout:
    """An ordered set of regions.

    Attributes
    ----------
    name : str
        As the configuration and an engine's sidecar name it.
    regions : tuple of Region
    """

    name: str
    regions: tuple[Region, ...]

    def __len__(self) -> int:
        return len(self.regions)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names in the order of the nodes."""
        return tuple(region.name for region in self.regions)

    @cached_property
    def parts(self) -> tuple[tuple[str, range], ...]:
        """Facial parts in their order: name and node numbers, which are consecutive."""
        found: list[tuple[str, range]] = []
        for number, region in enumerate(self.regions):
            if found and found[-1][0] == region.part:
                found[-1] = (region.part, range(found[-1][1].start, number + 1))
            else:
                found.append((region.part, range(number, number + 1)))
        return tuple(found)


PAPER = RegionLayout(
    "paper",
    (
        Region("brow A inner", (66,), "brow A", (20,)),
        Region("brow A middle", (105,), "brow A", (19,)),
        Region("brow A outer", (63,), "brow A", (18,)),
        Region("brow B inner", (296,), "brow B", (23,)),
        Region("brow B middle", (334,), "brow B", (24,)),
        Region("brow B outer", (293,), "brow B", (25,)),
        Region("mouth corner A", (61,), "mouth", (48,)),
        Region("mouth corner B", (291,), "mouth", (54,)),
        Region("upper lip", (0,), "mouth", (51,)),
        Region("lower lip", (17,), "mouth", (57,)),
    ),
)
"""The ten regions of the paper: iBUG landmarks 20, 19, 18, 23, 24, 25, 48, 54, 51, 57."""

FACE = RegionLayout(
    "face",
    (
        *PAPER.regions,
        Region("chin", (200,), "mouth", (57, 8)),
        Region("nasolabial A", (203,), "mouth", (48, 31)),
        Region("nasolabial B", (423,), "mouth", (54, 35)),
        Region("below lip corner A", (43,), "mouth", (48, 6)),
        Region("below lip corner B", (273,), "mouth", (54, 10)),
        Region("upper lid A", (159, 27), "eye A", (37, 38)),
        Region("lower lid A", (145, 23), "eye A", (40, 41)),
        Region("upper lid B", (386, 257), "eye B", (43, 44)),
        Region("lower lid B", (374, 253), "eye B", (46, 47)),
        Region("glabella", (9,), "nose and cheeks", (21, 22)),
        Region("nose wing A", (64,), "nose and cheeks", (31,)),
        Region("nose wing B", (294,), "nose and cheeks", (35,)),
        Region("cheek A", (118, 119), "nose and cheeks", (36, 31)),
        Region("cheek B", (347, 348), "nose and cheeks", (45, 35)),
    ),
)
"""The whole face: the paper's ten regions, then fourteen more."""

LAYOUTS: dict[str, RegionLayout] = {layout.name: layout for layout in (PAPER, FACE)}
"""All layouts by name."""


def drawn_centres(points: NDArray[np.float32], layout: RegionLayout) -> NDArray[np.float32]:
    """About where the regions of a layout lie, for drawing: (68, 2) float32 landmarks to (R, 2) float32, same px."""
    import numpy as np

    centres = [points[list(region.landmarks)].mean(axis=0) for region in layout.regions]
    return np.asarray(centres, np.float32)
