"""An entry for livespot in the menu of a desktop."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

from livespot.errors import OutputError, UsageError
from livespot.installation.shipped_files import asset_path

_ENTRY = """[Desktop Entry]
Type=Application
Name=livespot
Comment=Spots facial macro- and micro-expressions
Exec={command}
Icon={icon}
Terminal=false
Categories=Science;Video;
"""


def install_shortcut() -> Path:
    """Write ``livespot.desktop`` into the user's folder of applications, and return its path.

    Raises
    ------
    UsageError
        On another system than Linux, where entries of menus are no text files.
    OutputError
        When the folder cannot be written.
    """
    if sys.platform != "linux":
        raise UsageError(
            "--install-shortcut: expected on Linux, where menus are made of .desktop files; here, make a shortcut to"
            " the command livespot by hand"
        )
    data = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    target = data / "applications" / "livespot.desktop"
    command = shlex.join([sys.executable, "-m", "livespot"])
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(_ENTRY.format(command=command, icon=asset_path("icon.png")), encoding="utf-8")
    except OSError as error:
        raise OutputError(
            f"{target}: cannot be written ({error.strerror}); check the rights of its folder"
        ) from error
    return target
