"""``livespot engine import``: a checkpoint of the published SpotFormer code becomes an engine that runs live."""

from __future__ import annotations

import argparse
import hashlib
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from livespot.config import FlowConfig, InferenceConfig
from livespot.errors import EngineError, UsageError
from livespot.inference import open_runner
from livespot.inference.parity import answers, compared, reference_answers
from livespot.installation.shipped_files import shipped_engine_names, user_engines
from livespot.installation.stored_windows import stored_windows

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")

THRESHOLD = 0.5
"""θ of the apex curves in the authors' configuration, for both types; they have no minimum score."""

LIMITS = (
    "Imported from a checkpoint of the published SpotFormer code: livespot knows neither what it was trained on nor "
    "how well it spots. Its thresholds are the published ones, not calibrated for this material. It says nothing about "
    "what a person feels. Not for decisions about people."
)


def import_engine(options: argparse.Namespace) -> int:
    """Read the checkpoint, write the engine, and compare its answers with the network's; 0, or 5 when they differ.

    Raises
    ------
    UsageError
        When the name cannot be an engine's, or is taken.
    InputError
        When the checkpoint is missing, damaged, would run code, or is of another network.
    EngineError
        When PyTorch or onnx is not installed.
    OutputError
        When the engine cannot be written.
    """
    target = _target(options.name, options.out, options.force)
    try:
        from livespot.models.export import export_engine
        from livespot.models.published import import_checkpoint
    except ImportError as error:
        raise EngineError(
            f"engine import: {error.name or error} is not installed; pip install 'livespot[train]'"
        ) from error
    network = import_checkpoint(options.checkpoint, options.heads)
    checkpoint = Path(options.checkpoint)
    record = {
        "imported_from": checkpoint.name,
        "checkpoint_sha256": hashlib.sha256(checkpoint.read_bytes()).hexdigest(),
    }
    thresholds = {"ME": THRESHOLD, "MaE": THRESHOLD}
    # As published: the nose tip's motion is taken out, and nothing else.
    flow = replace(FlowConfig(), alignment="nose", regions="paper")
    export_engine(network, target, record, thresholds, flow=flow, limits=LIMITS)
    return _report(target, options)


def _report(engine: Path, options: argparse.Namespace) -> int:
    """Open what was written, say what it is and whether it agrees with the network."""
    config = InferenceConfig(model=str(engine), engine="onnx", precision="fp32")
    runner = open_runner(config)
    try:
        parity = compared(answers(runner, stored_windows()), reference_answers(engine), "fp32")
        info = runner.info
    finally:
        runner.close()
    model = str(engine) if options.out else engine.stem
    facts: dict[str, Any] = {
        "model": model,
        "path": str(engine),
        "sha256": info.sha256,
        "passed": parity.passed,
        "largest": parity.largest,
    }
    text = (
        f"{engine.stem}: written to {engine}, sha256 {info.sha256}\n"
        f"  {'passed' if parity.passed else 'FAILED'}: {parity}\n"
        f"  run it: livespot live --model {model}"
    )
    print(json.dumps(facts) if options.json else text, flush=True)
    return 0 if parity.passed else EngineError.exit_code


def _target(name: str, out: str | None, force: bool) -> Path:
    if not _NAME.fullmatch(name):
        raise UsageError(f"--name {name}: expected letters, digits, - and _, such as samm-lv-fold3")
    if out is None and name in shipped_engine_names():
        raise UsageError(
            f"--name {name}: is a shipped engine; take another name, or --out for a folder of your own"
        )
    target = (user_engines() if out is None else Path(out)) / f"{name}.onnx"
    if target.exists() and not force:
        raise UsageError(f"--name {name}: {target} exists; take another name, or --force to replace it")
    return target
