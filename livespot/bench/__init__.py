"""How fast every stage is here, beside the plain way, in one run: a clip in, :class:`Figures` out.

Nothing is judged: the figures stand for themselves, with the machine that gave them.
"""

from livespot.bench.figures import Figures
from livespot.bench.report import as_text
from livespot.bench.run import Effort, measure

__all__ = ["Effort", "Figures", "as_text", "measure"]
