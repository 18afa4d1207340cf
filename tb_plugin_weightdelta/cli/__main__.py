"""``python -m tb_plugin_weightdelta.cli``."""

import sys

from tb_plugin_weightdelta.cli.commands import main

sys.exit(main())
