"""The XML of an ``.eaf`` (EAF 2.8): tiers of annotations, each with an optional child, to a file and back."""

from __future__ import annotations

import os
import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from livespot.errors import InputError
from livespot.interchange.atomic import replacing

EXACT_SUFFIX = " exact"

_ALIGNED, _CHILD = "default-lt", "exact"
_SCHEMA = "http://www.mpi.nl/tools/elan/EAFv2.8.xsd"
_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
_FORBIDDEN = re.compile(
    "[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
)  # what XML 1.0 cannot hold
_MIME = {".mp4": "video/mp4", ".mkv": "video/x-matroska", ".webm": "video/webm", ".mov": "video/quicktime"}
_CONSTRAINTS = (
    ("Time_Subdivision", "Time subdivision of parent annotation's time interval, no time gaps allowed"),
    ("Symbolic_Subdivision", "Symbolic subdivision of a parent annotation, in order"),
    ("Symbolic_Association", "1-1 association with a parent annotation"),
    (
        "Included_In",
        "Time alignable annotations within the parent annotation's time interval, gaps are allowed",
    ),
)


@dataclass(frozen=True, slots=True)
class Annotated:
    """One annotation: milliseconds from the start of the video, its text, and the text of its child if any."""

    begin_ms: int
    end_ms: int
    value: str
    exact: str | None = None


@dataclass(frozen=True, slots=True)
class Tier:
    """A tier of annotations that do not overlap, in order of time."""

    name: str
    annotations: Sequence[Annotated]


@dataclass(frozen=True, slots=True)
class Document:
    """An ``.eaf`` as far as we need it."""

    tiers: Sequence[Tier]
    properties: Mapping[str, str] = field(default_factory=dict)
    media: Path | None = None


def write_document(path: str | Path, document: Document) -> None:
    """Write an ``.eaf``.

    Raises
    ------
    OutputError
        When it cannot be written.
    """
    root = ET.Element(
        "ANNOTATION_DOCUMENT",
        {
            "AUTHOR": "livespot",
            "DATE": datetime.now(UTC).isoformat(timespec="seconds"),
            "FORMAT": "2.8",
            "VERSION": "2.8",
            f"{{{_INSTANCE}}}noNamespaceSchemaLocation": _SCHEMA,
        },
    )
    header = _header(root, Path(path), document)
    slots = _slots(root, document.tiers)
    last = 0
    for number, tier in enumerate(document.tiers):
        last = _tier(root, number, tier, slots, last)
    ET.SubElement(header, "PROPERTY", {"NAME": "lastUsedAnnotationId"}).text = str(last)
    common = {"GRAPHIC_REFERENCES": "false"}
    ET.SubElement(
        root, "LINGUISTIC_TYPE", {**common, "LINGUISTIC_TYPE_ID": _ALIGNED, "TIME_ALIGNABLE": "true"}
    )
    child = {"CONSTRAINTS": "Symbolic_Association", "LINGUISTIC_TYPE_ID": _CHILD, "TIME_ALIGNABLE": "false"}
    ET.SubElement(root, "LINGUISTIC_TYPE", common | child)
    for name, text in _CONSTRAINTS:
        ET.SubElement(root, "CONSTRAINT", {"STEREOTYPE": name, "DESCRIPTION": text})
    ET.register_namespace("xsi", _INSTANCE)
    ET.indent(root)
    with replacing(path) as handle:
        handle.write('<?xml version="1.0" encoding="UTF-8"?>\n')
        handle.write(ET.tostring(root, encoding="unicode") + "\n")


def read_document(path: str | Path) -> Document:
    """Read an ``.eaf`` of any version; annotations without times of their own are left out, but for children.

    Raises
    ------
    InputError
        When the file cannot be read or is no EAF.
    """
    file = Path(path)
    try:
        root = ET.fromstring(file.read_bytes())
        if root.tag != "ANNOTATION_DOCUMENT":
            raise InputError(f"{file}: is not an ELAN file (its root is <{root.tag}>); give an .eaf")
        return _document(root, file.parent)
    except OSError as error:
        raise InputError(f"{file}: cannot be read ({error.strerror or error}); check the path") from error
    except (ET.ParseError, LookupError, ValueError) as error:
        raise InputError(f"{file}: is not an ELAN file ({error}); save it again in ELAN") from error


def _document(root: ET.Element, folder: Path) -> Document:
    slots = {s.attrib["TIME_SLOT_ID"]: s.get("TIME_VALUE") for s in root.iter("TIME_SLOT")}
    children = {
        ref.attrib["ANNOTATION_REF"]: _text(ref)
        for tier in root.iter("TIER")
        if tier.attrib["TIER_ID"].endswith(EXACT_SUFFIX)
        for ref in tier.iter("REF_ANNOTATION")
    }
    tiers = []
    for tier in root.iter("TIER"):
        found = []
        for aligned in tier.iter("ALIGNABLE_ANNOTATION"):
            begin, end = slots[aligned.attrib["TIME_SLOT_REF1"]], slots[aligned.attrib["TIME_SLOT_REF2"]]
            if begin is not None and end is not None:  # ELAN leaves inner borders of a chain without a time
                exact = children.get(aligned.attrib["ANNOTATION_ID"])
                found.append(Annotated(int(begin), int(end), _text(aligned), exact))
        tiers.append(Tier(tier.attrib["TIER_ID"], found))
    properties = {p.attrib["NAME"]: p.text or "" for p in root.iter("PROPERTY")}
    return Document(tiers, properties, _media(root, folder))


def _media(root: ET.Element, folder: Path) -> Path | None:
    """The first video that is there, looked for as ELAN does: beside the file, then where it was when it was linked."""
    found = []
    for descriptor in root.iter("MEDIA_DESCRIPTOR"):
        if relative := descriptor.get("RELATIVE_MEDIA_URL"):
            found.append(folder / relative.removeprefix("file:"))
        if address := descriptor.get("MEDIA_URL"):
            found.append(Path(url2pathname(urlsplit(address).path)))
    return next((path for path in found if path.exists()), found[0] if found else None)


def _text(annotation: ET.Element) -> str:
    return annotation.findtext("ANNOTATION_VALUE") or ""


def _header(root: ET.Element, path: Path, document: Document) -> ET.Element:
    header = ET.SubElement(root, "HEADER", {"MEDIA_FILE": "", "TIME_UNITS": "milliseconds"})
    if document.media is not None:
        video = document.media.resolve()
        attributes = {"MEDIA_URL": video.as_uri(), "MIME_TYPE": _MIME.get(video.suffix.lower(), "video/*")}
        try:
            relative = Path(os.path.relpath(video, path.resolve().parent)).as_posix()
            attributes["RELATIVE_MEDIA_URL"] = relative if relative.startswith("..") else f"./{relative}"
        except ValueError:  # another drive: nothing is relative to it
            pass
        ET.SubElement(header, "MEDIA_DESCRIPTOR", {name: _clean(text) for name, text in attributes.items()})
    for name, value in document.properties.items():
        ET.SubElement(header, "PROPERTY", {"NAME": name}).text = _clean(value)
    return header


Slots = dict[tuple[int, int, int], str]


def _slots(root: ET.Element, tiers: Sequence[Tier]) -> Slots:
    """A time slot for each end of each annotation, in order of time, by (tier, annotation, end)."""
    order = ET.SubElement(root, "TIME_ORDER")
    ends = sorted(
        (time_ms, t, a, end)
        for t, tier in enumerate(tiers)
        for a, annotation in enumerate(tier.annotations)
        for end, time_ms in enumerate((annotation.begin_ms, annotation.end_ms))
    )
    slots: Slots = {}
    for number, (time_ms, t, a, end) in enumerate(ends, 1):
        slot = f"ts{number}"
        ET.SubElement(order, "TIME_SLOT", {"TIME_SLOT_ID": slot, "TIME_VALUE": str(time_ms)})
        slots[t, a, end] = slot
    return slots


def _tier(root: ET.Element, number: int, tier: Tier, slots: Slots, last: int) -> int:
    """One tier and, when any annotation has a child, the tier of the children; returns the last id used."""
    parent = ET.SubElement(root, "TIER", {"LINGUISTIC_TYPE_REF": _ALIGNED, "TIER_ID": tier.name})
    child: ET.Element | None = None
    if any(annotation.exact is not None for annotation in tier.annotations):
        names = {"LINGUISTIC_TYPE_REF": _CHILD, "PARENT_REF": tier.name, "TIER_ID": tier.name + EXACT_SUFFIX}
        child = ET.SubElement(root, "TIER", names)
    for place, annotation in enumerate(tier.annotations):
        last += 1
        own = f"a{last}"
        ids = {
            "ANNOTATION_ID": own,
            "TIME_SLOT_REF1": slots[number, place, 0],
            "TIME_SLOT_REF2": slots[number, place, 1],
        }
        _annotation(parent, "ALIGNABLE_ANNOTATION", ids, annotation.value)
        if child is not None and annotation.exact is not None:
            last += 1
            _annotation(
                child,
                "REF_ANNOTATION",
                {"ANNOTATION_ID": f"a{last}", "ANNOTATION_REF": own},
                annotation.exact,
            )
    return last


def _annotation(tier: ET.Element, kind: str, attributes: dict[str, str], value: str) -> None:
    inner = ET.SubElement(ET.SubElement(tier, "ANNOTATION"), kind, attributes)
    ET.SubElement(inner, "ANNOTATION_VALUE").text = _clean(value)


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)
