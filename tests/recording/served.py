"""What one of TensorBoard's loaders serves of exact records, as JSON; run by test_recorder.py.

Arguments: a logdir with one run, which loader, and the step that the run goes to. In a process
of its own, because the fast loader starts a server that ends with it.
"""

import json
import sys
from pathlib import Path
from typing import Any

from tensorboard.context import RequestContext
from tensorboard.data.provider import RunTagFilter

from checks.benchmarks import providers

ENOUGH = 100


def served(logdir: Path, loader: str, last_step: int) -> dict[str, Any]:
    """By tag: the layout, and the figures by step."""
    providers.SAMPLES.update(weight_delta=ENOUGH)
    loaded = getattr(providers, loader)(logdir)
    (run,) = (path.name for path in logdir.iterdir())
    loaded.until({run: last_step})
    asked = {"experiment_id": "", "plugin_name": "weight_delta"}
    series = loaded.provider.list_tensors(RequestContext(), **asked)[run]
    chosen = RunTagFilter(runs=[run], tags=list(series))
    found = loaded.provider.read_tensors(
        RequestContext(), **asked, downsample=ENOUGH, run_tag_filter=chosen
    )[run]
    return {
        tag: {
            "layout": told.plugin_content.decode(),
            "steps": [datum.step for datum in found[tag]],
            "records": [datum.numpy.tolist() for datum in found[tag]],
        }
        for tag, told in series.items()
    }


if __name__ == "__main__":
    print(json.dumps(served(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))))
