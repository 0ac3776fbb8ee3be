"""A row in words, for tooltips and screen readers."""

from __future__ import annotations

from livespot.gui.painting import clock
from livespot.gui.review.marks import Row


def tip_of(row: Row) -> str:
    """A row in words."""
    i = row.interval
    length_ms = 1000 * (i.offset_s - i.onset_s)
    said = {"TP": "in the ground truth: right", "FP": "not in the ground truth: false alarm", "FN": ""}.get(
        row.against, ""
    )
    kind = {"missed": "in the ground truth only: missed", "new": "only in the new analysis"}.get(row.kind, "")
    lines = [
        f"{i.type}  {clock(i.onset_s, 2)} – {clock(i.offset_s, 2)}, {length_ms:.0f} ms, apex {clock(i.apex_s, 2)}",
        f"frames {i.onset} – {i.apex} – {i.offset}"
        + (f", score {i.score:.2f}" if row.kind != "missed" else ""),
        *[words for words in (kind, row.verdict if row.verdict != "open" else "", said) if words],
        *row.comments,
    ]
    return "\n".join(lines)
