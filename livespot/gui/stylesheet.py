"""The Qt style sheet, made from a theme: flat panels, one primary button, a focus ring that can be seen."""

from __future__ import annotations

from livespot.gui.painting import blended
from livespot.gui.palette import FONT_FAMILIES, TEXT_PX, Theme

_TEMPLATE = """
* {{ font-family: {families}; font-size: {body}px; color: {text}; }}
QMainWindow, QWidget#content, QDialog {{ background: {window}; }}
QToolTip {{ background: {raised}; color: {text}; border: 1px solid {strong_border}; padding: 4px 8px; }}
QFrame#panel {{ background: {panel}; border: 1px solid {border}; border-radius: 8px; }}
QFrame#rule {{ background: {border}; border: none; }}
QLabel {{ background: transparent; }}
QLabel#title {{ font-weight: 600; }}
QLabel#muted, QLabel#caption {{ color: {muted}; }}
QLabel#caption {{ font-size: {small}px; }}
QLabel#notice {{ color: {text}; }}
QLabel#notice[level="attention"], QLabel#symbol[level="attention"] {{ color: {attention}; }}
QLabel#symbol {{ color: {muted}; font-weight: 600; }}

QPushButton, QToolButton {{
    background: {raised}; border: 1px solid {strong_border}; border-radius: 6px;
    padding: 0 10px; min-height: 30px;
}}
QPushButton:hover, QToolButton:hover {{ border-color: {muted}; }}
QPushButton:pressed, QToolButton:pressed {{ background: {border}; }}
QPushButton:disabled, QToolButton:disabled {{ color: {muted}; border-color: {border}; }}
QPushButton:focus, QToolButton:focus, QComboBox:focus {{ border: 2px solid {text}; }}
QPushButton:focus, QToolButton:focus {{ padding: 0 9px; min-height: 28px; }}
QToolButton {{ min-height: 26px; }}
QToolButton:focus {{ min-height: 24px; }}
QPushButton#primary {{ background: {action}; color: {on_action}; border-color: {action}; font-weight: 600; }}
QPushButton#primary:hover {{ background: {muted}; }}
QPushButton#primary:focus {{ border: 2px solid {muted}; }}
QPushButton#primary[running="true"] {{ background: {raised}; color: {text}; border-color: {muted}; }}
QToolButton[flat="true"] {{ background: transparent; border-color: transparent; color: {muted}; }}
QToolButton[flat="true"]:hover {{ border-color: {strong_border}; color: {text}; }}
QToolButton[flat="true"]:checked {{
    background: {toggled}; border-color: {muted}; color: {text}; font-weight: 600;
}}
QToolButton[flat="true"]:focus {{ border: 2px solid {text}; }}

QComboBox {{
    background: {raised}; border: 1px solid {strong_border}; border-radius: 6px;
    padding: 0 8px; min-height: 30px;
    selection-background-color: {muted}; selection-color: {window};
}}
QComboBox:focus {{ padding: 0 7px; min-height: 28px; }}
QComboBox:disabled, QComboBox QLineEdit:disabled {{ color: {muted}; border-color: {border}; }}
QComboBox QLineEdit {{ background: transparent; border: none; padding: 0; }}
QComboBox::drop-down {{ border: none; width: 24px; }}
QComboBox::down-arrow {{ image: none; }}
QComboBox QAbstractItemView {{
    background: {raised}; border: 1px solid {strong_border}; padding: 4px; outline: none;
    selection-background-color: {border}; selection-color: {text};
}}
QComboBox QAbstractItemView::item {{ min-height: 28px; padding: 0 8px; border-radius: 4px; }}
QComboBox QAbstractItemView::item:selected {{ background: {border}; color: {text}; }}

QTableView, QListView {{
    background: transparent; border: none; gridline-color: transparent; outline: none;
    selection-background-color: {raised}; selection-color: {text};
}}
QHeaderView {{ background: transparent; border: none; }}
QHeaderView::section {{
    background: transparent; color: {muted}; border: none; border-bottom: 1px solid {border};
    padding: 0 8px; font-size: {small}px; min-height: 24px;
}}
QPlainTextEdit {{
    background: {panel}; border: 1px solid {strong_border}; border-radius: 6px; padding: 8px;
    font-family: monospace; font-size: {small}px;
    selection-background-color: {muted}; selection-color: {window};
}}
QSplitter::handle {{ background: transparent; }}
QScrollBar:vertical {{ background: transparent; width: 8px; margin: 0; }}
QScrollBar::handle:vertical {{ background: {strong_border}; border-radius: 4px; min-height: 24px; }}
QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page {{
    background: none; border: none; height: 0; width: 0;
}}
"""


def stylesheet(theme: Theme) -> str:
    """The style sheet of ``theme``."""
    colours = {field: getattr(theme, field) for field in theme.__slots__}
    families = ", ".join(f'"{name}"' for name in FONT_FAMILIES)
    toggled = blended(
        theme.muted, 0.3, theme.panel
    ).name()  # what is on is filled, what can be pressed is not
    return _TEMPLATE.format(families=families, toggled=toggled, **TEXT_PX, **colours)
