"""Two checkpoints, no hooks: which weights changed, and by how much.

Nothing that a checkpoint holds is ever run, and files are read in small parts.
"""

from tb_plugin_weightdelta.checkpoints.differences import Diff, compare, diff
from tb_plugin_weightdelta.checkpoints.stored import CheckpointError

__all__ = ["CheckpointError", "Diff", "compare", "diff"]
