"""``weightdelta``: the same answers without a browser."""

from tb_plugin_weightdelta.cli.commands import main

__all__ = ["main"]
