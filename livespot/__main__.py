"""``python -m livespot``."""

import sys

from livespot.cli import main

sys.exit(main())
