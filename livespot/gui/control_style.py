"""The part of the style sheet for menus, dialogs, sliders and the banner."""

from __future__ import annotations

from livespot.gui.palette import TEXT_PX, Theme

_TEMPLATE = """
QDialog {{ border: 1px solid {strong_border}; }}
QFrame#banner {{ background: {raised}; border: 1px solid {strong_border}; border-radius: 8px; }}
QLabel#key {{
    background: {raised}; border: 1px solid {strong_border}; border-radius: 4px; padding: 2px 8px;
    font-size: {small}px; font-weight: 600;
}}
QWidget#viewbar QToolButton {{ padding: 0 6px; }}
QWidget#viewbar QToolButton:focus {{ padding: 0 5px; }}
QLabel#headline {{ font-size: {title}px; font-weight: 600; }}
QLabel#recording {{ color: {attention}; font-weight: 600; }}
QLabel#display {{ font-size: {display}px; font-weight: 600; }}
QMenuBar {{ background: {window}; color: {text}; border-bottom: 1px solid {border}; padding: 2px 4px; }}
QMenuBar::item {{ background: transparent; color: {text}; padding: 4px 8px; border-radius: 4px; }}
QMenuBar::item:selected {{ background: {border}; }}
QListWidget::item {{ padding: 4px; border-radius: 6px; }}
QListWidget::item:selected {{ background: {raised}; color: {text}; border: 1px solid {strong_border}; }}
QMenu {{ background: {raised}; border: 1px solid {strong_border}; padding: 4px; }}
QMenu::item {{ padding: 6px 16px 6px 12px; border-radius: 4px; color: {text}; background: transparent; }}
QMenu::item:selected {{ background: {border}; }}
QMenu::item:disabled {{ color: {muted}; }}
QMenu::separator {{ height: 1px; background: {border}; margin: 4px 8px; }}
QToolButton::menu-indicator, QPushButton::menu-indicator {{ image: none; width: 0; }}
QPushButton#record[running="true"] {{ border-color: {attention}; color: {attention}; font-weight: 600; }}
QLineEdit, QTextEdit {{
    background: {panel}; border: 1px solid {strong_border}; border-radius: 6px; padding: 0 8px; min-height: 30px;
    selection-background-color: {muted}; selection-color: {window};
}}
QComboBox QLineEdit {{ background: transparent; border: none; padding: 0; min-height: 0; }}
QLineEdit:focus, QTextEdit:focus {{ border: 2px solid {text}; padding: 0 7px; min-height: 28px; }}
QComboBox QLineEdit:focus {{ border: none; padding: 0; min-height: 0; }}
QCheckBox, QRadioButton {{ spacing: 8px; padding: 4px 8px; border: 1px solid transparent; border-radius: 4px; }}
QCheckBox:focus, QRadioButton:focus {{ border-color: {text}; }}
QCheckBox::indicator, QRadioButton::indicator {{
    width: 16px; height: 16px; border: 1px solid {muted}; background: {panel};
}}
QCheckBox::indicator {{ border-radius: 3px; }}
QRadioButton::indicator {{ border-radius: 9px; }}
QCheckBox::indicator:checked {{ background: {action}; border-color: {action}; }}
QRadioButton::indicator:checked {{ border: 5px solid {action}; width: 8px; height: 8px; background: {panel}; }}
QSlider {{ min-height: 24px; }}
QSlider::groove:horizontal {{ height: 4px; border-radius: 2px; background: {strong_border}; }}
QSlider::handle:horizontal {{
    width: 14px; height: 14px; margin: -6px 0; border-radius: 8px; background: {text}; border: 1px solid {window};
}}
QSlider:focus {{ border: 1px solid {text}; border-radius: 4px; }}
QProgressBar {{
    background: {raised}; border: 1px solid {strong_border}; border-radius: 6px; text-align: center; min-height: 20px;
}}
QProgressBar::chunk {{ background: {border}; border-radius: 5px; }}
"""


def control_style(theme: Theme) -> str:
    """The further rules of ``theme``."""
    return _TEMPLATE.format(**TEXT_PX, **{field: getattr(theme, field) for field in theme.__slots__})
