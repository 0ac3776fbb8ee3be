from __future__ import annotations

import json
from pathlib import Path

import pytest
from datasets_makers import (
    ME_HEAD,
    SAMM_HEAD,
    casme2,
    casme2_sheets,
    casme3,
    pictures,
    samm_lines,
    samm_lv,
    workbook,
)

from livespot.capture import open_source
from livespot.cli import main
from livespot.datasets import layout_in, read_dataset
from livespot.datasets.rates import RATE_RULES
from livespot.datasets.reading import LAYOUTS
from livespot.evaluation.labelled import read_labelled
from livespot.interchange import Annotation, read_annotations
from livespot.types import Frame

SHARED = Path(__file__).parents[2].parent / "shared" / "annotations"


def failed(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """What ``livespot data`` says of an input that cannot be used: one line."""
    assert main(["data", *map(str, arguments)]) == 3
    said = capsys.readouterr()
    lines = (said.err or said.out).strip().splitlines()
    problems = [line for line in lines if line.startswith(("livespot:", "problem:"))]
    assert len(problems) == 1, lines
    return problems[0]


def test_samm_lv(tmp_path: Path) -> None:
    found = read_dataset(samm_lv(tmp_path / "set"))
    assert found.layout.name == "samm-lv"
    assert [(v.name, v.person, v.fps) for v in found.videos] == [
        ("006_1", "006", 200.0),
        ("007_2", "007", 200.0),
    ]
    assert found.videos[0].truth == (
        Annotation("006", "006_1", 20, 50, 100, "ME", "4+7"),
        Annotation("006", "006_1", 149, 249, 349, "MaE", "12C"),
    )
    assert found.videos[1].truth == (Annotation("007", "007_2", 199, 249, 299, "MaE", "4"),)
    assert found.repairs == {
        "without-rows": 1,
        "frame-numbers": 4,
        "no-apex": 1,
        "beyond-end": 1,
        "left-out": 1,
    }
    assert len(found.left_out) == 1
    assert "row 14: 310 to 320 does not lie in 007_2, which has 300 frames" in found.left_out[0]


def test_casme2(tmp_path: Path) -> None:
    found = read_dataset(casme2(tmp_path / "set"), "casme2")
    assert [(v.name, v.person) for v in found.videos] == [
        ("15_0401girlcrashing", "s15"),
        ("23_0502funnyerrors", "s23"),
    ]
    assert found.videos[0].truth == (
        Annotation("s15", "15_0401girlcrashing", 10, 20, 40, "MaE", "4+10"),
        Annotation("s15", "15_0401girlcrashing", 49, 59, 69, "MaE", "4"),
    )
    assert found.videos[1].truth == (Annotation("s23", "23_0502funnyerrors", 4, 11, 19, "ME", "6+12"),)
    assert found.repairs == {
        "misfiled-folder": 1,
        "offset-0": 1,
        "frame-numbers": 4,
        "apex-outside": 2,
        "listed-twice": 1,
    }


def test_casme2_videos_instead_of_pictures(tmp_path: Path, demo_clip: Path) -> None:
    folder = casme2(tmp_path / "set")
    (folder / "rawpic").rename(tmp_path / "elsewhere")
    for name in ("s15/15_0401girlcrashing", "s23/23_0502funnyerrors"):
        path = folder / "rawvideo" / f"{name}.avi"
        path.parent.mkdir(parents=True)
        path.write_bytes(demo_clip.read_bytes())
    found = read_dataset(folder)
    assert [(v.name, v.fps) for v in found.videos] == [
        ("15_0401girlcrashing", None),
        ("23_0502funnyerrors", None),
    ]
    assert [(t.onset, t.offset) for t in found.videos[0].truth] == [(10, 40), (49, 69)]


def test_casme3_counts_by_the_numbers_of_images(tmp_path: Path) -> None:
    found = read_dataset(casme3(tmp_path / "set"))
    (video,) = found.videos
    assert (video.name, video.person, video.path.name) == ("spNO.1_a", "spNO.1", "color")
    assert [(t.type, t.onset, t.apex, t.offset) for t in video.truth] == [
        ("MaE", 0, 10, 28),
        ("ME", 33, 37, 45),
    ]
    with open_source(video.path, fps=video.fps) as source:  # the same frame is meant there, holes and all
        frames = [item.index for item in iter(source.read, None) if isinstance(item, Frame)]
    assert frames == [n for n in range(100) if not 30 <= n < 35]


@pytest.mark.parametrize("name", ["samm_lv_stride7.csv", "samm_lv_25fps.csv"])
def test_a_cleaned_table_goes_before_the_workbook(tmp_path: Path, name: str) -> None:
    folder = samm_lv(tmp_path / "set")
    scale = 7 if "stride" in name else 8
    (folder / name).write_text(
        "subject,video_name,start_frame,apex_frame,end_frame,type_idx,au\n"
        "samm_006,samm_006_1,3,5,10,2,4\nsamm_007,samm_007_2,12,-1,30,1,12C\n"
    )
    found = read_dataset(folder)
    assert [(t.type, t.onset, t.apex, t.offset) for t in found.annotations] == [
        ("ME", 3 * scale, 5 * scale, 10 * scale),
        ("MaE", 12 * scale, 21 * scale, 30 * scale),
    ]
    assert found.repairs["decimated-table"] == 2


def test_a_video_is_also_the_set_of_evaluation(tmp_path: Path) -> None:
    folder = samm_lv(tmp_path / "set")
    assert read_labelled(folder) == list(read_dataset(folder).videos)


def test_only_the_known_layouts_are_recognised(tmp_path: Path) -> None:
    assert layout_in(tmp_path) is None
    for make, name in ((samm_lv, "samm-lv"), (casme2, "casme2"), (casme3, "casme3")):
        found = layout_in(make(tmp_path / name))
        assert found is LAYOUTS[name]


def test_the_table_in_the_frames_that_are_asked_for(tmp_path: Path) -> None:
    folder, out = samm_lv(tmp_path / "set"), tmp_path / "out.csv"
    assert main(["data", "annotations", str(folder), "--out", str(out), "--rate", "every-7th"]) == 0
    assert [(t.onset, t.offset) for t in read_annotations(out)] == [(2, 14), (21, 49), (28, 42)]
    assert main(["data", "annotations", str(folder), "--out", str(out), "--rate", "3-of-20"]) == 0
    assert [(t.onset, t.offset) for t in read_annotations(out)] == [(3, 15), (22, 52), (29, 44)]


def test_three_of_twenty_frames() -> None:
    rule = RATE_RULES["3-of-20"]
    assert rule.rate_hz(200.0) == 30.0
    assert [rule.source_frame(n) for n in range(7)] == [0, 6, 13, 20, 26, 33, 40]
    assert [rule.number(rule.source_frame(n)) for n in range(50)] == list(range(50))
    assert [rule.number(n) for n in (5, 6, 12, 13, 19, 20)] == [0, 1, 1, 2, 2, 3]
    four_s, longer = Annotation("a", "a", 0, 5, 799, "MaE"), Annotation("a", "a", 0, 5, 800, "MaE")
    assert len(rule.annotations([four_s, longer], 200.0)) == 1
    assert RATE_RULES["every-7th"].rate_hz(200.0) == pytest.approx(28.571, abs=1e-3)


def test_the_check_says_what_is_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "check", str(samm_lv(tmp_path / "set")), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["usable"]
    assert (said["videos"], said["people"], said["frames"], said["MaE"], said["ME"]) == (3, 3, 800, 2, 1)
    assert "3 videos are 160x120; SAMM-LV is given out in 2040x1088" in said["notes"]
    assert any(note.startswith("left out: ") for note in said["notes"])
    assert main(["data", "check", str(casme3(tmp_path / "three"))]) == 0
    assert "5 images missing, the first before 35.jpg" in capsys.readouterr().out


def test_what_is_missing_is_said_in_one_line_each(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = samm_lv(tmp_path / "set")
    videos = folder / "SAMM_longvideos"
    (videos / "027_1" / "027_1_0001.jpg").write_bytes(b"")  # in a video that nobody needs
    assert main(["data", "check", str(folder)]) == 0
    assert "1 empty files" in capsys.readouterr().out
    for image in (videos / "007_2").iterdir():
        image.unlink()
    assert "subject 007 has no frames there; unpack the folder again" in failed(capsys, "check", folder)
    assert "subject 007 has no frames there" in failed(
        capsys, "annotations", folder, "--out", tmp_path / "x.csv"
    )
    (videos / "007_2").rmdir()
    assert "video 007_2 is missing, 2 annotated expressions" in failed(capsys, "check", folder)
    pictures(videos / "007_2", "007_2_{:04d}.jpg", range(1, 301))
    (videos / "006_1" / "006_1_0001.jpg").write_bytes(b"no picture")
    assert "006_1_0001.jpg: is not a readable image" in failed(capsys, "check", folder)
    (folder / "SAMM_LongVideos_V2_Release.xlsx").unlink()
    assert "holds no annotations of SAMM-LV" in failed(
        capsys, "annotations", folder, "--out", tmp_path / "x.csv"
    )


def test_workbooks_that_lack_something(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    samm, two, three = samm_lv(tmp_path / "samm"), casme2(tmp_path / "two"), casme3(tmp_path / "three")
    book = samm / "SAMM_LongVideos_V2_Release.xlsx"
    workbook(book, {"codes": samm_lines([], [name for name in SAMM_HEAD if name != "Apex"])})
    assert "sheet codes: column apex missing, got Subject, Filename" in failed(capsys, "check", samm)
    workbook(book, {"codes": samm_lines([(6, "006_1_1", 1, "soon", 5, 9, 9, "Macro", "4", None)])})
    assert "row 11: column onset expects a frame number, got 'soon'" in failed(capsys, "check", samm)
    workbook(book, {"codes": samm_lines([(6, "006_1_1", 1, 2, 5, 9, 9, "Huge", "4", None)])})
    assert "column type expects Macro or Micro, got 'Huge'" in failed(capsys, "check", samm)
    book.write_bytes(b"PK no workbook")
    assert "is no .xlsx workbook" in failed(capsys, "check", samm)

    book = two / "CAS(ME)^2code_final.xlsx"
    sheets = casme2_sheets()
    workbook(book, {**sheets, "CASFEcode_final": [row[:7] for row in sheets["CASFEcode_final"]]})
    assert "column type missing" in failed(capsys, "check", two)
    workbook(book, {name: lines for name, lines in sheets.items() if name != "naming rule2"})
    assert "sheet naming rule2 missing" in failed(capsys, "check", two)
    workbook(book, {**sheets, "naming rule1": [(15, "s15", 1)]})
    assert "row 3: subject 2 is not in sheet naming rule1" in failed(capsys, "check", two)

    book = three / "part_A" / "annotation" / "cas(me)3_part_A_ME_label_JpgIndex_v2.xlsx"
    workbook(book, {"label": [ME_HEAD[:4]]})
    assert "columns offset, au missing" in failed(capsys, "check", three)
    book.unlink()
    assert "the workbook of ME is missing" in failed(capsys, "check", three)


def test_a_folder_of_something_else(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "looks like none of the data sets" in failed(capsys, "check", tmp_path)
    assert "is not a folder" in failed(capsys, "check", tmp_path / "absent")
    folder = casme3(tmp_path / "three")
    assert "is not samm-lv, and looks like casme3" in failed(capsys, "check", folder, "--dataset", "samm-lv")
    for command in (
        ["evaluate", str(folder)],
        ["train", str(folder), "--loso", "--out", str(tmp_path / "run")],
    ):
        assert main([*command, "--dataset", "samm-lv"]) == 3
        assert "is not samm-lv" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("table", "layout", "mae", "me", "repairs"),
    [
        ("casme2_30fps.csv", "casme2", 300, 57, {"offset-0": 44, "apex-outside": 3, "no-apex": 1}),
        ("samm_lv_stride7.csv", "samm-lv", 343, 159, {"no-apex": 6, "decimated-table": 502}),
        ("samm_lv_25fps.csv", "samm-lv", 343, 159, {"no-apex": 6, "decimated-table": 502}),
    ],
)
def test_the_public_timelines(
    tmp_path: Path, table: str, layout: str, mae: int, me: int, repairs: dict[str, int]
) -> None:
    """All rows of the real annotations, over video files of nobody: the counts of the papers, the repairs by number."""
    if not (SHARED / table).is_file():
        pytest.skip("the public annotations are not beside this checkout")
    (tmp_path / table).write_bytes((SHARED / table).read_bytes())
    for video in {row.video for row in LAYOUTS[layout].rows(tmp_path)}:
        place = f"rawvideo/s{video[:2]}" if layout == "casme2" else "SAMM_longvideos"
        path = tmp_path / place / f"{video}.avi"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    found = read_dataset(tmp_path)
    types = [row.type for row in found.annotations]
    assert (types.count("MaE"), types.count("ME")) == (mae, me)
    assert {name: found.repairs.get(name) for name in repairs} == repairs
    assert not found.left_out
