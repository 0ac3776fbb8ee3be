"""What an address or a file that FFmpeg cannot use really is: its own words hide that behind "invalid data"."""

from __future__ import annotations

import base64
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

_MP4_BOXES = frozenset(
    (b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"moof", b"uuid", b"pnot", b"sidx", b"styp")
)


def http_reason(url: str, timeout_s: float) -> str:
    """Ask a web server what stands at an address that could not be opened; empty when that does not explain it."""
    parts = urlsplit(url)
    request = urllib.request.Request(urlunsplit(_without_login(parts)))
    if parts.username is not None:
        login = f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()
        request.add_header("Authorization", f"Basic {base64.b64encode(login).decode()}")
    try:
        with urllib.request.urlopen(request, timeout=timeout_s) as answer:
            kind = answer.headers.get_content_type()
    except urllib.error.HTTPError as error:
        return _status_text(error.code, str(error.reason), parts.username is not None)
    except (OSError, ValueError):
        return ""
    if kind == "text/html":
        return "answers with a web page, not with a stream; give the address of the stream itself (often …/video)"
    if kind.startswith("text/") or kind in ("application/json", "application/xml"):
        return f"answers with text ({kind}), not with a stream; give the address of the stream itself"
    if kind.startswith("image/"):
        return (
            f"answers with a single picture ({kind}), not with a stream; give the address of its MJPEG stream"
        )
    return ""


def _without_login(parts: SplitResult) -> SplitResult:
    return parts._replace(netloc=parts.netloc.rpartition("@")[2])


def _status_text(code: int, words: str, with_login: bool) -> str:
    said = f"the server says {code} {words.lower()}"
    if code == 401 and with_login:
        return f"refuses this user name and password ({said}); check them"
    if code == 401:
        return f"wants a user name and a password ({said}); write them into the address: http://USER:PASSWORD@HOST/…"
    if code == 403:
        return f"forbids access ({said}); check the camera's list of users"
    if code == 404:
        return f"has nothing at this address ({said}); check the part behind the host's name"
    return f"cannot be opened ({said}); try again later, or look at the camera's own page"


def file_reason(path: Path) -> str:
    """What a file is that is no video; empty when that cannot be told."""
    with path.open("rb") as file:
        head = file.read(64)
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "is a WebP picture; give a video, or the folder when it holds a series"
    if head[4:8] in _MP4_BOXES and b"moov" not in _boxes(path):
        return (
            "is an MP4 without its index (no moov box): its recording was cut off before it was finished; "
            "copy it again, or repair it with a tool that rebuilds the index"
        )
    if head.lstrip()[:1] == b"<":
        return "is a web page or XML, not a video; download the video itself"
    if head[:5] == b"%PDF-":
        return "is a PDF, not a video"
    if head[:2] == b"PK":
        return "is a ZIP archive, not a video; unpack it first"
    return ""


def is_animated_webp(path: Path) -> bool:
    """Whether a file is a WebP with more than one picture."""
    with path.open("rb") as file:
        head = file.read(64)
    return head[:4] == b"RIFF" and head[8:16] == b"WEBPVP8X" and bool(head[20] & 2)


def _boxes(path: Path) -> set[bytes]:
    """Kinds of the outermost boxes of an MP4."""
    kinds: set[bytes] = set()
    size = path.stat().st_size
    place = 0
    with path.open("rb") as file:
        while place + 8 <= size and len(kinds) < 64:
            file.seek(place)
            head = file.read(16)
            length = int.from_bytes(head[:4], "big")
            if length == 1:
                length = int.from_bytes(head[8:16], "big")
            kinds.add(head[4:8])
            if length < 8:  # 0: up to the end of the file
                break
            place += length
    return kinds
