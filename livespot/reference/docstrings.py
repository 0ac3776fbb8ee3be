"""What docstrings say of single attributes."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap

_ROLE = re.compile(r":\w+:`~?([^`]*)`")


def one_line(text: str) -> str:
    """A docstring's text in one line of Markdown: roles of Sphinx and literals as code."""
    return " ".join(_ROLE.sub(r"`\1`", text).replace("``", "`").split())


def summary_of(thing: type) -> str:
    """The first paragraph of a class's docstring."""
    return one_line((inspect.getdoc(thing) or "").split("\n\n")[0])


def key_texts(table: type) -> dict[str, str]:
    """The text below each annotated key of a class, by the key's name.

    Examples
    --------
    >>> from livespot.config import GridConfig
    >>> key_texts(GridConfig)["target_hz"]
    'Rate of the model frames (paper, section 4.1).'
    """
    (body,) = ast.parse(textwrap.dedent(inspect.getsource(table))).body
    assert isinstance(body, ast.ClassDef)
    texts = {}
    for key, below in zip(body.body, body.body[1:], strict=False):
        if not (isinstance(key, ast.AnnAssign) and isinstance(key.target, ast.Name)):
            continue
        if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant):
            texts[key.target.id] = one_line(str(below.value.value))
    return texts


def attribute_texts(described: type) -> dict[str, str]:
    """The texts of the section ``Attributes`` of a class's numpydoc docstring, by the attribute's name.

    Examples
    --------
    >>> from livespot.types import Movement
    >>> attribute_texts(Movement)["words"]
    'Which parts of the face moved and which way from onset to apex, the strongest first.'
    """
    lines = (inspect.getdoc(described) or "").splitlines()
    begin = next(
        (
            i + 2
            for i, line in enumerate(lines[:-1])
            if line == "Attributes" and lines[i + 1].startswith("---")
        ),
        0,
    )
    texts: dict[str, str] = {}
    names: list[str] = []
    for line, below in zip(lines[begin:] if begin else [], [*lines[begin + 1 :], ""], strict=True):
        if below.startswith("---"):  # the next section
            break
        if line and not line.startswith(" "):
            names = [name.strip() for name in line.split(" : ")[0].split(",")]
        else:
            texts |= {name: one_line(f"{texts.get(name, '')} {line}") for name in names}
    return texts
