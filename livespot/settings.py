"""Tables of settings that check themselves: the type and the range of each key stand in its annotation.

A table is a frozen dataclass that inherits :class:`Table`::

    @dataclass(frozen=True, slots=True)
    class StreamConfig(Table):
        table: ClassVar[str] = "stream"
        queue_frames: Annotated[int, Range(1, 1000)] = 8

It is checked whenever one is made, by a TOML file, by ``dataclasses.replace`` or by a Python program, and whole numbers
given for a float become floats, so that equal settings are written in one way.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, fields
from numbers import Integral, Real
from types import NoneType, UnionType
from typing import Annotated, Any, ClassVar, Literal, Union, get_args, get_origin, get_type_hints

from livespot.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Range:
    """The numbers that a key may have, both ends included unless ``below`` is set.

    Attributes
    ----------
    low, high : float
    below : bool
        Whether ``high`` itself is excluded.
    """

    low: float
    high: float
    below: bool = False

    def __contains__(self, value: float) -> bool:
        return self.low <= value < self.high if self.below else self.low <= value <= self.high

    def __str__(self) -> str:
        return f"from {self.low:g} to {'below ' if self.below else ''}{self.high:g}"


@dataclass(frozen=True, slots=True)
class OneOf:
    """The texts that a key may have."""

    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Key:
    """What is known of one key of a table.

    Attributes
    ----------
    kind : type
        ``bool``, ``int``, ``float`` or ``str``.
    optional : bool
        Whether None is a value too.
    range : Range or None
        Of numbers.
    values : tuple of str
        Of texts that have only some values; empty for those that may be anything but empty.
    """

    kind: type
    optional: bool
    range: Range | None
    values: tuple[str, ...]

    @property
    def expected(self) -> str:
        """What a value must be, for a message."""
        if self.kind is bool:
            return "true or false"
        if self.kind is str:
            return f"one of {', '.join(self.values)}" if self.values else "a text that is not empty"
        return f"a {'whole ' if self.kind is int else ''}number {self.range}"

    def checked(self, value: Any) -> Any:
        """The value in the key's own type; ValueError when it cannot be one."""
        if value is None and self.optional:
            return None
        if self.kind is bool and isinstance(value, bool):
            return value
        if (
            self.kind is str
            and isinstance(value, str)
            and (value in self.values or (value and not self.values))
        ):
            return str(value)
        if self.range is not None and isinstance(value, Real) and value is not True and value is not False:
            whole = isinstance(value, Integral) or float(value).is_integer()
            if (whole or self.kind is float) and float(value) in self.range:
                return self.kind(value)
        raise ValueError(f"expected {self.expected}, got {value!r}")


class Table:
    """Base of a table of settings; see the module.

    Attributes
    ----------
    table : str
        Its name in a TOML file.

    Raises
    ------
    ConfigError
        When a value has the wrong type or lies outside its range.
    """

    __slots__ = ()

    table: ClassVar[str] = ""

    def __post_init__(self) -> None:
        table: Any = type(self)
        for key, known in keys_of(table).items():
            try:
                value = known.checked(getattr(self, key))
            except ValueError as error:
                raise ConfigError(f"{self.table}.{key}: {error}") from None
            object.__setattr__(self, key, value)
        self.check_together()

    def check_together(self) -> None:
        """Check what several values must be to each other; a table that has such keys overrides this."""


@functools.cache
def keys_of(table: Any) -> dict[str, Key]:
    """The keys of a table, a class, by their names, in order.

    Raises
    ------
    TypeError
        When an annotation says no range for a number, or is of no kind that a setting can have: a mistake in the table.
    """
    hints = get_type_hints(table, include_extras=True)
    return {item.name: _key(f"{table.__name__}.{item.name}", hints[item.name]) for item in fields(table)}


def _key(name: str, hint: Any) -> Key:
    extras: tuple[Any, ...] = ()
    if get_origin(hint) is Annotated:
        hint, *rest = get_args(hint)
        extras = tuple(rest)
    optional = False
    if get_origin(hint) in (Union, UnionType):
        inner = [argument for argument in get_args(hint) if argument is not NoneType]
        optional = len(inner) < len(get_args(hint))
        hint = inner[0] if len(inner) == 1 else hint
    number = next((extra for extra in extras if isinstance(extra, Range)), None)
    values = next((extra.values for extra in extras if isinstance(extra, OneOf)), ())
    if get_origin(hint) is Literal:
        hint, values = str, get_args(hint)
    if hint not in (bool, int, float, str) or (hint in (int, float)) != (number is not None):
        raise TypeError(f"{name}: expected bool, str, a Literal of texts, or int or float with a Range")
    return Key(hint, optional, number, values)
