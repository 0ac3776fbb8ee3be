"""Small folders in the layouts of the data sets: grey pictures without a face, and workbooks as they are given out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import openpyxl

from livespot.cv import cv2

Lines = Sequence[Sequence[object]]
SAMM_HEAD = (
    "Subject", "Filename", "Inducement Code", "Onset", "Apex", "Offset", "Duration", "Type", "Action Units", "Notes",
)  # fmt: skip
ME_HEAD = ("Subject", "Filename", "Onset", "Apex", "Offset", "AU", "Objective class", "emotion")
MAE_HEAD = ("sub", "seq", "onset", "apex", "offset", "au", "emotion")


def pictures(folder: Path, pattern: str, numbers: Sequence[int]) -> Path:
    folder.mkdir(parents=True)
    done, content = cv2.imencode(".jpg", np.full((120, 160), 90, np.uint8))
    assert done
    for number in numbers:
        (folder / pattern.format(number)).write_bytes(content.tobytes())
    return folder


def workbook(path: Path, sheets: dict[str, Lines]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, lines in sheets.items():
        sheet = book.create_sheet(name)
        for line in lines:
            sheet.append(list(line))
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(path)
    return path


def samm_lines(rows: Lines, head: Sequence[str] = SAMM_HEAD) -> list[Sequence[object]]:
    return [("SAMM Long Videos",)] + [("note",)] * 8 + [head, *rows]


def samm_lv(folder: Path) -> Path:
    pictures(folder / "SAMM_longvideos" / "006_1", "006_1_{:04d}.jpg", range(1, 401))
    pictures(folder / "SAMM_longvideos" / "007_2", "007_2_{:04d}.jpg", range(1, 301))
    pictures(folder / "SAMM_longvideos" / "027_1", "027_1_{:04d}.jpg", range(1, 101))  # without rows
    rows = [
        (6, "006_1_1", 1, 21, 51, 101, 81, "Micro - 1/2", "4+7", None),
        (6, "006_1_2", 1, 150, -1, 350, 201, "Macro", "12C", None),
        (7, "007_2_1", 2, 200, 250, 320, 121, "Macro", "4", None),  # beyond the end
        (7, "007_2_2", 2, 310, 315, 320, 11, "Micro - 1/2", "4", None),  # wholly
    ]
    workbook(folder / "SAMM_LongVideos_V2_Release.xlsx", {"codes": samm_lines(rows)})
    return folder


def casme2_sheets() -> dict[str, Lines]:
    rows = [
        (1, "anger1_1", 11, 21, 41, "4+10", "negative", "macro-expression", "anger"),
        (1, "anger1_2", 50, 60, 0, "4", "negative", "macro-expression", "anger"),
        (2, "happy1_1", 5, 40, 20, "6+12", "positive", "micro-expression", "happiness"),
        (2, "happy1_2", 5, 40, 20, "6+12", "positive", "micro-expression", "happiness"),
    ]
    return {
        "CASFEcode_final": rows,
        "naming rule1": [(15, "s15", 1), (23, "s23", 2)],
        "naming rule2": [("0401", "anger1"), ("0502", "happy1")],
    }


def casme2(folder: Path) -> Path:
    pictures(folder / "rawpic" / "s15" / "15_0401girlcrashing", "img{:03d}.jpg", range(1, 101))
    pictures(folder / "rawpic" / "s19" / "23_0502funnyerrors", "img{:03d}.jpg", range(1, 61))  # misfiled
    workbook(folder / "CAS(ME)^2code_final.xlsx", casme2_sheets())
    return folder


def casme3(folder: Path) -> Path:
    numbers = [n for n in range(100) if not 30 <= n < 35]
    pictures(folder / "part_A" / "data" / "spNo.1" / "a" / "color", "{}.jpg", numbers)
    pictures(folder / "part_A" / "data" / "spNo.1" / "a" / "depth", "{}.png", numbers)
    place = folder / "part_A" / "annotation"
    me = [("spNO.1", "A", 33, 37, 45, "4", "2", "anger")]
    mae = [("spNO.1", "a", 0, 10, 28, 12, "happy")]
    workbook(place / "cas(me)3_part_A_ME_label_JpgIndex_v2.xlsx", {"label": [ME_HEAD, *me]})
    workbook(
        place / "cas(me)3_part_A_MaE_label_JpgIndex_v2_emotion.xlsx",
        {"Sheet1": [MAE_HEAD, *mae]},
    )
    return folder
