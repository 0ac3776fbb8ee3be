"""The commands: each module adds options to a parser, calls what does the work, and prints."""

COMMANDS: dict[str, str] = {
    "demo": "show the built-in clip as if it came from a camera",
    "live": "spot in the picture of a webcam or a network camera",
    "spot": "spot in videos and folders of images; results as CSV and JSON",
    "replay": "show or analyse a recorded session, or any video, once more",
    "export": "write a session, or results of spot, in other tools' formats",
    "recover": "make a whole session of one whose recording was cut off or damaged",
    "cameras": "list what can be opened, with name, size and rate",
    "doctor": "check this installation and name the cure for what is wrong",
    "engine": "engines, and plans compiled from them for NVIDIA GPUs",
    "docs": "the reference: every column, configuration key, JSON event and exit code",
    "bench": "measure every stage on this machine, beside the direct way",
    "synth": "make labelled expression videos from portraits",
    "data": "licensed data sets as they are given out: what is missing in one, and made-up replicas",
    "train": "train an engine on labelled videos, or measure by leave-one-out",
    "evaluate": "score an engine on labelled videos",
}
"""Name of each command, also of its module, and what ``livespot --help`` says of it."""
