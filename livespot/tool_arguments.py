"""What the commands of those who measure, train and compile take; the others are in :mod:`livespot.arguments`."""

from __future__ import annotations

import argparse

from livespot.argument_kinds import Commands, command, count, engine_options, positive, size
from livespot.regions import LAYOUTS


def add_tools(commands: Commands[argparse.ArgumentParser]) -> None:
    """Add the parser of each tool, in the order of the help."""
    _add_engine(commands)
    _add_bench(commands)
    _add_synth(commands)
    _add_train(commands)
    _add_evaluate(commands)


def _add_engine(commands: Commands[argparse.ArgumentParser]) -> None:
    parser = command(commands, "engine", "engine", "engines, and plans compiled from them for NVIDIA GPUs")
    actions = parser.add_subparsers(dest="action", metavar="list|build|verify|bench|import", required=True)
    listing = command(actions, "list", "engine", "what there is, what would be chosen here, and why")
    building = command(actions, "build", "engine", "compile the TensorRT or TensorRT-RTX plan of an engine")
    building.add_argument("--anew", action="store_true", help="even where there is a plan already")
    verifying = command(
        actions, "verify", "engine", "compare an engine with its PyTorch model on stored real windows"
    )
    measuring = command(actions, "bench", "engine", "measure one window, p50, p95, p99, and batches of 32")
    measuring.add_argument(
        "--seconds", type=positive, default=3.0, metavar="S", help="for each measurement (default: 3)"
    )
    importing = command(
        actions, "import", "engine", "make an engine of a checkpoint of the published SpotFormer code"
    )
    importing.add_argument("checkpoint", metavar="FILE.pth", help="the state_dict() of a trained network")
    importing.add_argument("--name", required=True, metavar="N", help="of the engine: --model N runs it")
    importing.add_argument(
        "--out", metavar="DIR", help="where N.onnx and N.json go (default: the user's own folder of engines)"
    )
    importing.add_argument(
        "--heads", type=count, default=4, metavar="H", help="attention heads of the network (default: 4)"
    )
    importing.add_argument("--force", action="store_true", help="replace an engine of that name")
    importing.add_argument("--json", action="store_true", help="one JSON object on stdout")
    for action in (listing, building, verifying, measuring):
        action.add_argument("--json", action="store_true", help="one JSON object a line on stdout")
        engine_options(action)


def _add_bench(commands: Commands[argparse.ArgumentParser]) -> None:
    parser = command(commands, "bench", "bench", "measure every stage on this machine, beside the plain way")
    parser.add_argument("--json", metavar="FILE", help="also write the figures as JSON")
    parser.add_argument("--video", metavar="PATH", help="what to measure on (default: the built-in clip)")
    parser.add_argument(
        "--live-seconds",
        type=positive,
        default=20.0,
        metavar="S",
        help="length of the live run (default: 20)",
    )
    engine_options(parser)


def _add_synth(commands: Commands[argparse.ArgumentParser]) -> None:
    parser = command(commands, "synth", "synth", "make labelled expression videos from portraits")
    parser.add_argument(
        "portraits",
        nargs="+",
        metavar="PORTRAIT",
        help="an image, a folder of images, or a neutral stretch VIDEO@START-END (seconds); PERSON=… names the person",
    )
    parser.add_argument(
        "--out", required=True, metavar="DIR", help="where the videos, annotations.csv and manifest.json go"
    )
    parser.add_argument("--clips", type=count, default=8, metavar="N", help="how many (default: 8)")
    parser.add_argument(
        "--seconds", type=positive, default=20.0, metavar="S", help="length of each (default: 20)"
    )
    parser.add_argument(
        "--seed", type=int, default=0, metavar="K", help="same seed, same videos (default: 0)"
    )
    parser.add_argument(
        "--kind",
        choices=("mixed", "calm", "blinking", "talking", "turning"),
        default="mixed",
        help="what the person does besides (default: mixed)",
    )
    parser.add_argument(
        "--renderer",
        choices=("mixed", "a", "b", "c"),
        default="mixed",
        help="how faces are drawn: mixed takes a and b; c is there to test on (default: mixed)",
    )
    parser.add_argument(
        "--neutral",
        type=float,
        default=0.25,
        metavar="P",
        help="share of clips without expressions (default: 0.25)",
    )
    parser.add_argument("--size", type=size, metavar="WxH", help="of the picture (default: 640x480)")
    parser.add_argument("--fps", type=positive, metavar="F", help="rate (default: drawn from 15 to 60)")
    parser.add_argument("--json", action="store_true", help="one JSON object a line on stdout")


def _add_train(commands: Commands[argparse.ArgumentParser]) -> None:
    parser = command(
        commands, "train", "train", "train an engine on labelled videos, or measure by leave-one-out"
    )
    parser.add_argument(
        "data", nargs="+", metavar="DATA", help="videos with annotations.csv, as `livespot synth` makes them"
    )
    parser.add_argument(
        "--validation",
        nargs="+",
        metavar="DIR",
        help="labelled videos of other people, who choose the epoch and the thresholds",
    )
    parser.add_argument(
        "--out",
        required=True,
        metavar="RUN",
        help="where windows, checkpoints, TensorBoard's events and the engine go; the same again goes on there",
    )
    parser.add_argument(
        "--loso",
        action="store_true",
        help="leave one subject out after another, each with a network trained on the others; counts pooled",
    )
    parser.add_argument(
        "--paper",
        action="store_true",
        help="the paper's network, optimiser, losses and batches; wants hours on a fast machine",
    )
    parser.add_argument(
        "--start",
        metavar="WEIGHTS",
        help="begin with the best.safetensors of another run, of a narrower network too, instead of drawn weights",
    )
    parser.add_argument(
        "--teacher",
        metavar="ENGINE",
        help="a shipped engine's name or an .onnx file that a smaller network learns from beside the truth; one that"
        " was not trained on people of the validation sets",
    )
    _add_training_settings(parser)
    parser.add_argument(
        "--alignment",
        choices=("rigid", "nose"),
        default="rigid",
        help="what takes head motion out: nose tip and still areas, or, as in the paper, the nose tip alone"
        " (default: rigid)",
    )
    parser.add_argument(
        "--regions",
        choices=tuple(LAYOUTS),
        help="which regions of the face the network looks at: the paper's ten or the whole face (default: paper)",
    )
    parser.add_argument(
        "--engine-name", default="spotformer", metavar="NAME", help="RUN/NAME.onnx (default: spotformer)"
    )
    parser.add_argument(
        "--note", default="", metavar="TEXT", help="for the engine's card: which data these are"
    )
    parser.add_argument("--json", action="store_true", help="the figures as one JSON object on stdout")


def _add_training_settings(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--dim", type=count, metavar="D", help="channels of the network (default: 64; paper: 256)"
    )
    parser.add_argument("--steps", type=count, metavar="N", help="length of the training (default: 20000)")
    parser.add_argument("--seed", type=int, metavar="K", help="same seed, same weights (default: 0)")
    parser.add_argument("--threads", type=count, metavar="N", help="of the training (default: 1)")
    parser.add_argument(
        "--learning-rate", type=positive, metavar="R", help="highest (default: 0.003; paper: 0.0002)"
    )
    parser.add_argument(
        "--precision",
        choices=("float32", "bfloat16"),
        help="in which wide linear layers multiply; bfloat16 is faster where the processor knows it (default: float32)",
    )
    parser.add_argument(
        "--contrast",
        type=float,
        metavar="λ",
        help="weight of the supervised contrastive loss; 0 turns it off (default: 0.005)",
    )


def _add_evaluate(commands: Commands[argparse.ArgumentParser]) -> None:
    parser = command(commands, "evaluate", "evaluate", "score an engine on labelled videos")
    parser.add_argument(
        "set", metavar="DIR", help="videos with annotations.csv, as `livespot synth` makes them"
    )
    parser.add_argument(
        "--out", metavar="OUT", help="where evaluation.json, .html and .txt go, and the windows"
    )
    parser.add_argument(
        "--baseline", metavar="DIR", help="also score a rule-based spotter, tuned on this labelled set"
    )
    parser.add_argument("--json", action="store_true", help="the figures as one JSON object on stdout")
    engine_options(parser)
