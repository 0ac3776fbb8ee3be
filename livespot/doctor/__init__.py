"""What is wrong with this installation, and the cure: one :class:`Finding` per check, never a traceback.

Nothing heavy is imported before its check runs, since a broken import is what the doctor looks for.
"""

from livespot.doctor.examination import examine, exit_code
from livespot.doctor.finding import Finding, Status

__all__ = ["Finding", "Status", "examine", "exit_code"]
