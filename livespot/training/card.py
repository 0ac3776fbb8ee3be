"""An engine's model card, written from its sidecar."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def model_card(sidecar: Path) -> str:
    """Markdown: what the engine is, what it was trained on, how well it does, and what it is not for."""
    about: dict[str, Any] = json.loads(sidecar.read_text(encoding="utf-8"))
    training, data = about["training"], about["training"].get("data", {})
    lines = [f"# {Path(about['onnx']).stem}", ""]
    lines += [
        f"{about['network']}, dim {about['dim']}, {about['parameters']:,} parameters; windows of "
        f"{about['window_frames']} frames at {about['model_rate_hz']:g} Hz; head motion freed by: "
        f"{about['features'].get('alignment', 'nose')}.",
        "",
        f"sha256 `{about['sha256']}`",
        *([f"and with 8-bit weights, for the CPU, `{about['int8']['sha256']}`"] if "int8" in about else []),
        "",
        "## Data",
        "",
    ]
    for part in ("training", "validation"):
        if isinstance(data, dict) and part in data:
            d = data[part]
            lines.append(
                f"- {part}: {d['people']} people, {d['videos']} videos, {d['minutes']} minutes, {d['expressions']} "
                "labelled expressions"
            )
    lines += ["", training.get("note", ""), "", "## Training", ""]
    settings = training.get("config", {})
    lines.append(
        f"{training.get('steps')} steps of {settings.get('batch_windows')} windows, seed {settings.get('seed')}, "
        f"learning rate {settings.get('learning_rate')}, torch {training.get('torch')}."
    )
    if settings.get("start"):
        lines.append(f"It began with the weights with sha256 `{settings['start']}`.")
    if settings.get("teacher"):
        lines.append(f"It also learned from the answers of the engine with sha256 `{settings['teacher']}`.")
    lines += ["", "## Figures", ""]
    for title, parts in training.get("figures", {}).items():
        lines += [f"{title[0].upper()}{title[1:]}:", "", *_table(parts), ""]
    lines += ["## Limits", "", about["limits"], ""]
    return "\n".join(lines)


def _table(parts: dict[str, dict[str, float]]) -> list[str]:
    names = list(next(iter(parts.values())))
    rows = ["| | " + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|"]
    for part, values in parts.items():
        rows.append(f"| {part} | " + " | ".join(f"{values.get(n, '')}" for n in names) + " |")
    return rows
