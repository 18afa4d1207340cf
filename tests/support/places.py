"""Where things are, and what the logs among them are called."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests" / "data"
DEMO_LOGS = ROOT / "demo" / "logs"
DIALECTS = DATA / "dialects"

# How many series each run of the demo logs has.
DEMO_SERIES = {
    "keras_frozen/train": 10,
    "question": 30,
    "question_exact": 16,
    "torch_rates/lr-1": 4,
    "torch_rates/lr-1e-2": 4,
    "torch_rates/lr-1e-6": 4,
}

# Every character that URLs, HTML and shells treat in their own way.
ODD_RUN = "odd names & #1 %41 <script>é"
ODD_TAG = "a b/c&d#e%20<script>alert(1)</script>é"


def run_named(run: str) -> str:
    """The run that a folder of ``data/dialects`` is served as."""
    return ODD_RUN if run == "odd_names" else run
