"""What the review window's controls need beyond the common style sheets."""

from __future__ import annotations

from livespot.gui.control_style import control_style
from livespot.gui.palette import Theme
from livespot.gui.stylesheet import stylesheet

_TEMPLATE = """
QLabel#strong {{ font-weight: 600; }}
QDoubleSpinBox {{
    background: {panel}; border: 1px solid {strong_border}; border-radius: 6px;
    padding: 0 8px; min-height: 30px; selection-background-color: {muted}; selection-color: {window};
}}
QDoubleSpinBox:focus {{ border: 2px solid {text}; padding: 0 7px; min-height: 28px; }}
QDoubleSpinBox:disabled, QLineEdit:disabled {{ color: {muted}; border-color: {border}; }}
QCheckBox:disabled {{ color: {muted}; }}
QPushButton#slim {{ min-height: 22px; }}
QPushButton#slim:focus {{ min-height: 20px; }}
QToolButton#slim {{ min-height: 18px; max-height: 22px; }}
"""


def review_style(theme: Theme) -> str:
    """The common style sheets and what comes on top of them."""
    own = _TEMPLATE.format(**{f: getattr(theme, f) for f in theme.__slots__})
    return stylesheet(theme) + control_style(theme) + own
