"""Runs a target: ``python -m checks.fuzz events --seconds 300 --corpus DIR``."""

import argparse
import importlib
import shutil
import sys
import tempfile
import warnings
from pathlib import Path

import atheris

TARGETS = ("files", "events", "exact")

_MOST_BYTES = 1 << 16
_MOST_MEMORY = 3072  # MiB; the fuzzer itself takes 30 kB more with every run
_MOST_SECONDS = 60  # for one input; a target that takes longer hangs


def main() -> None:
    """Fuzz until something is found, or the runs or the seconds are over."""
    parser = argparse.ArgumentParser(prog="python -m checks.fuzz", description=__doc__)
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("--runs", type=int, default=-1)
    parser.add_argument("--seconds", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--corpus", type=Path, help="where inputs that reach new code are kept")
    parser.add_argument("inputs", nargs="*", help="run these inputs alone, to see what they do")
    args = parser.parse_args()
    with atheris.instrument_imports(include=["tb_plugin_weightdelta"]):
        target = importlib.import_module(f"checks.fuzz.{args.target}")
    warnings.simplefilter("error", RuntimeWarning)  # of numpy: something was not foreseen
    corpus = args.corpus or Path(tempfile.mkdtemp(prefix="weight_delta_corpus_"))
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(target.seeds()):
        (corpus / f"seed{number}").write_bytes(seed)
    limits = [
        f"-runs={args.runs}",
        f"-max_total_time={args.seconds}",
        f"-seed={args.seed}",
        f"-max_len={_MOST_BYTES}",
        f"-rss_limit_mb={_MOST_MEMORY}",
        f"-timeout={_MOST_SECONDS}",
        "-print_final_stats=1",
        f"-artifact_prefix={args.target}-",
    ]
    atheris.Setup([sys.argv[0], *limits, *(args.inputs or [str(corpus)])], target.check)
    try:
        atheris.Fuzz()
    finally:
        if args.corpus is None:
            shutil.rmtree(corpus)


if __name__ == "__main__":
    main()
