"""The chosen interval in words, and the buttons that decide about it."""

from __future__ import annotations

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QHBoxLayout, QLineEdit, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from livespot.gui.painting import clock, labelled
from livespot.gui.palette import GRID_PX
from livespot.gui.review.marks import Row
from livespot.gui.review.table import VERDICTS


class DecisionPanel(QWidget):
    """Accept, reject, relabel, add, comment, undo; by whom.

    Signals
    -------
    asked(name)
        ``accept``, ``reject``, ``relabel``, ``add ME``, ``add MaE``, ``undo`` or ``redo``.
    commented(text)
    reviewer_changed(name)
    """

    asked = pyqtSignal(str)
    commented = pyqtSignal(str)
    reviewer_changed = pyqtSignal(str)

    def __init__(self) -> None:
        super().__init__()
        self._headline, self._detail = labelled("", "strong"), labelled("", "muted")
        self._comments = labelled("", "muted")
        self._comments.setWordWrap(True)
        self._comments.setAlignment(Qt.AlignmentFlag.AlignTop)
        # A long comment is cut off here and whole in the tooltip; it must not push the panel apart.
        self._comments.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        for label in (self._headline, self._detail):
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.buttons = {
            "accept": self._button("✓ Accept", "accept", "This detection is right (A)"),
            "reject": self._button("✕ Reject", "reject", "This is no expression (X)"),
            "relabel": self._button("⇄ Type", "relabel", "It is of the other type (T)"),
            "undo": self._button("Undo", "undo", "Undo your last decision (Ctrl+Z)"),
            "redo": self._button("Redo", "redo", "Redo what you undid last (Ctrl+Y)"),
            "add ME": self._button("+ ME", "add ME", "Add a micro-expression here that was missed (N)"),
            "add MaE": self._button(
                "+ MaE", "add MaE", "Add a macro-expression here that was missed (Shift+N)"
            ),
        }
        self.comment = QLineEdit()
        self.comment.setPlaceholderText("Comment, then Enter")
        self.comment.setAccessibleName("Comment")
        self.comment.setToolTip("Say something about the chosen interval (C)")
        self.comment.setMaxLength(500)
        self.comment.returnPressed.connect(self._tell_comment)
        self.reviewer = QLineEdit()
        self.reviewer.setPlaceholderText("Your name")
        self.reviewer.setAccessibleName("Reviewer")
        self.reviewer.setToolTip("Whose decisions these are; stored with each of them")
        self.reviewer.setMaxLength(80)
        self.reviewer.textEdited.connect(self.reviewer_changed)
        self._arrange()
        self.show_row(None)
        self.show_history(undo=False, redo=False)

    def _button(self, text: str, name: str, tip: str) -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.setToolTip(tip)
        button.setAccessibleName(tip.split(" (")[0])
        button.clicked.connect(lambda: self.asked.emit(name))
        return button

    def _arrange(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GRID_PX // 2, 0, GRID_PX // 2, 0)
        layout.setSpacing(GRID_PX // 2)
        layout.addWidget(self._headline)
        layout.addWidget(self._detail)
        layout.addSpacing(GRID_PX // 2)
        for names in (("accept", "reject", "relabel"), ("add ME", "add MaE", "undo", "redo")):
            line = QHBoxLayout()
            line.setSpacing(GRID_PX // 2)
            for name in names:
                line.addWidget(self.buttons[name])
                self.buttons[name].setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            layout.addLayout(line)
        layout.addSpacing(GRID_PX // 2)
        layout.addWidget(self.comment)
        layout.addWidget(self._comments, 1)
        line = QHBoxLayout()
        line.setSpacing(GRID_PX)
        line.addWidget(labelled("Reviewer", "muted"))
        line.addWidget(self.reviewer, 1)
        layout.addLayout(line)
        self.setMinimumWidth(33 * GRID_PX)

    def show_history(self, *, undo: bool, redo: bool) -> None:
        """Whether there is something to undo and to redo."""
        self.buttons["undo"].setEnabled(undo)
        self.buttons["redo"].setEnabled(redo)

    def show_row(self, row: Row | None) -> None:
        """The chosen row; None: none."""
        for name in ("accept", "reject", "relabel"):
            self.buttons[name].setEnabled(row is not None and (name == "accept" or row.kind == "found"))
        self.comment.setEnabled(row is not None and row.kind == "found")
        self.buttons["accept"].setText("✓ Accept" if row is None or row.kind == "found" else "✓ Add")
        if row is None:
            self._headline.setText("No interval chosen")
            self._detail.setText("Click one, or press ↓")
            self._comments.clear()
            return
        i = row.interval
        length_ms = 1000 * (i.offset_s - i.onset_s)
        words = VERDICTS[row.verdict or row.kind] or "not decided yet"
        by = f" by {row.reviewer}" if row.reviewer else ""
        self._headline.setText(
            f"{i.type}  {clock(i.onset_s, 2)} – {clock(i.offset_s, 2)}  ·  {length_ms:.0f} ms"
        )
        score = f"  ·  score {i.score:.2f}" if row.kind != "missed" else ""
        self._detail.setText(f"{words}{by}{score}")
        self._detail.setToolTip(f"{words}{by}, frames {i.onset} – {i.apex} – {i.offset}")
        said = "\n".join(f"“{text}”" for text in reversed(row.comments))
        self._comments.setText(said)
        self._comments.setToolTip(said)

    def _tell_comment(self) -> None:
        text = " ".join(self.comment.text().split())
        if text:
            self.commented.emit(text)
        self.comment.clear()
        self.comment.clearFocus()
