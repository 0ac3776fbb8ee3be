"""How each action unit moves the measured regions of an average face.

The table is printed by ``python -m livespot.synthesis.patterns assets/demo.mp4`` from the anchors that synthetic videos
are drawn with; a test holds the two together. It gives half A of the face, the person's right, at an intensity of one
canonical px; half B is its mirror image, and regions on the midline move by half as much for each side.
"""

from __future__ import annotations

HALF_PATTERNS: dict[int, dict[str, tuple[float, float]]] = {
    1: {
        "brow A inner": (0.01, -0.80),
        "brow A middle": (0.00, -0.58),
        "brow A outer": (0.00, -0.30),
        "upper lid A": (0.00, -0.39),
        "lower lid A": (0.00, -0.09),
        "glabella": (0.01, -0.40),
    },
    2: {
        "brow A inner": (-0.03, -0.37),
        "brow A middle": (-0.06, -0.75),
        "brow A outer": (-0.08, -0.83),
        "upper lid A": (-0.02, -0.23),
    },
    4: {
        "brow A inner": (0.38, 0.78),
        "brow A middle": (0.28, 0.65),
        "brow A outer": (0.20, 0.51),
        "upper lid A": (0.18, 0.37),
        "lower lid A": (0.03, 0.06),
        "glabella": (0.15, 0.35),
    },
    6: {
        "nasolabial A": (0.00, -0.14),
        "upper lid A": (0.00, -0.08),
        "lower lid A": (0.01, -0.28),
        "cheek A": (0.03, -0.59),
    },
    12: {
        "mouth corner A": (-0.61, -0.57),
        "nasolabial A": (-0.25, -0.34),
        "below lip corner A": (-0.60, -0.53),
        "nose wing A": (-0.15, -0.19),
        "cheek A": (-0.12, -0.27),
    },
    14: {
        "mouth corner A": (-0.73, -0.00),
        "nasolabial A": (-0.21, -0.00),
        "below lip corner A": (-0.66, -0.00),
        "nose wing A": (-0.12, -0.00),
    },
    15: {
        "mouth corner A": (-0.11, 0.78),
        "nasolabial A": (-0.03, 0.22),
        "below lip corner A": (-0.11, 0.75),
        "nose wing A": (-0.02, 0.12),
    },
    17: {
        "lower lip": (0.00, -0.40),
        "chin": (0.00, -0.43),
    },
    20: {
        "mouth corner A": (-0.80, 0.09),
        "nasolabial A": (-0.33, 0.03),
        "below lip corner A": (-0.78, 0.10),
        "nose wing A": (-0.19, 0.02),
    },
    24: {
        "mouth corner A": (0.15, 0.06),
        "upper lip": (0.00, 0.25),
        "lower lip": (0.00, -0.45),
        "chin": (-0.00, -0.12),
        "below lip corner A": (0.10, -0.08),
    },
    25: {
        "lower lip": (-0.00, 0.46),
        "chin": (0.00, 0.25),
        "below lip corner A": (0.00, 0.16),
    },
    5: {
        "brow A inner": (0.00, -0.45),
        "brow A middle": (-0.00, -0.45),
        "brow A outer": (-0.00, -0.27),
        "upper lid A": (-0.00, -0.61),
        "lower lid A": (-0.00, -0.09),
    },
    7: {
        "brow A inner": (0.08, 0.55),
        "brow A middle": (0.04, 0.54),
        "brow A outer": (0.02, 0.49),
        "upper lid A": (0.04, 0.18),
        "lower lid A": (0.00, -0.72),
        "glabella": (0.03, 0.09),
        "cheek A": (0.00, -0.22),
    },
    9: {
        "brow A inner": (0.14, 0.55),
        "brow A middle": (0.04, 0.22),
        "brow A outer": (0.01, 0.06),
        "mouth corner A": (-0.00, -0.20),
        "upper lip": (-0.00, -0.20),
        "nasolabial A": (-0.00, -0.55),
        "below lip corner A": (-0.00, -0.07),
        "upper lid A": (0.06, 0.23),
        "lower lid A": (0.01, 0.07),
        "glabella": (0.07, 0.35),
        "nose wing A": (-0.00, -0.70),
    },
    10: {
        "mouth corner A": (-0.04, -0.54),
        "upper lip": (-0.00, -0.39),
        "nasolabial A": (-0.04, -0.46),
        "below lip corner A": (-0.02, -0.30),
        "nose wing A": (-0.05, -0.35),
    },
    16: {
        "mouth corner A": (-0.00, 0.06),
        "lower lip": (-0.01, 0.43),
        "chin": (-0.00, 0.23),
        "below lip corner A": (-0.02, 0.20),
    },
    18: {
        "mouth corner A": (0.78, 0.01),
        "lower lip": (0.00, 0.05),
        "nasolabial A": (0.18, 0.00),
        "below lip corner A": (0.71, -0.01),
        "nose wing A": (0.10, 0.00),
    },
    23: {
        "mouth corner A": (0.63, 0.05),
        "upper lip": (0.01, 0.20),
        "lower lip": (0.01, -0.32),
        "chin": (0.00, -0.06),
        "nasolabial A": (0.09, 0.01),
        "below lip corner A": (0.50, -0.05),
        "nose wing A": (0.05, 0.01),
    },
    26: {
        "mouth corner A": (0.09, 0.41),
        "lower lip": (0.00, 0.47),
        "chin": (0.00, 0.42),
        "below lip corner A": (0.05, 0.49),
    },
    22: {
        "mouth corner A": (0.56, -0.10),
        "upper lip": (0.03, -0.29),
        "lower lip": (0.03, 0.45),
        "chin": (0.01, 0.12),
        "nasolabial A": (0.10, -0.02),
        "below lip corner A": (0.44, 0.05),
        "nose wing A": (0.06, -0.03),
    },
    27: {
        "mouth corner A": (0.23, 0.35),
        "lower lip": (0.00, 0.46),
        "chin": (-0.00, 0.44),
        "nasolabial A": (0.07, 0.12),
        "below lip corner A": (0.15, 0.47),
        "nose wing A": (0.03, 0.05),
        "cheek A": (0.04, 0.09),
    },
    38: {
        "nasolabial A": (-0.53, -0.13),
        "nose wing A": (-0.83, -0.18),
    },
    39: {
        "nasolabial A": (0.52, 0.16),
        "nose wing A": (0.81, 0.24),
    },
    28: {
        "mouth corner A": (0.25, 0.07),
        "upper lip": (0.00, 0.27),
        "lower lip": (0.00, -0.47),
        "chin": (-0.00, -0.32),
        "below lip corner A": (0.19, -0.11),
    },
    43: {
        "brow A inner": (0.00, 0.77),
        "brow A middle": (0.00, 0.80),
        "brow A outer": (0.00, 0.79),
        "upper lid A": (-0.11, 1.49),
        "lower lid A": (-0.09, 0.88),
        "glabella": (0.00, 0.06),
        "cheek A": (-0.00, -0.11),
    },
}
"""By action unit and region: (dx right, dy down) in canonical px; regions that are not named hardly move."""
