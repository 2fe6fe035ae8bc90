"""`python -m bot`: the command line, for processes that know only their interpreter."""

import sys

from bot.cli import main

sys.exit(main())
