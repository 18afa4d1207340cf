"""A logdir in which every verdict, role and kind of scale occurs, for the recorded replies."""

from pathlib import Path

import numpy as np

from tests.support.event_logs import EventLog
from tests.support.exact_logs import ExactLog

STEPS = (0, 100, 200, 300)

_RNG = np.random.default_rng(20)
NORMAL = _RNG.normal(0, 0.05, 2_000)
NOISE = np.sign(_RNG.normal(0, 1, NORMAL.shape))
SPREAD = np.linspace(-1, 1, 32)
CONSTANT = np.full(32, 0.1)
UNIFORM, DRIFT = _RNG.uniform(-0.1, 0.1, 2_000), _RNG.normal(0, 0.03, 2_000)


def _values(part: float) -> dict[str, np.ndarray]:
    """The values of every tensor when so much of the training is done, from 0 to 1."""
    return {
        "conv/kernel": NORMAL + 0.0025 * part,
        "dense/kernel": NORMAL + 0.02 * part,
        "dense/bias": CONSTANT + 0.002 * part * SPREAD,
        "head/bias": 0.01 * part * SPREAD,
        "embed/weight": np.linspace(-1, 1, 20_000) + 0.004 * part,
        "norm/gamma": CONSTANT * 10,
        "norm/moving_mean": 0.1 * part * SPREAD,
        "head/lora_a": NORMAL - 0.005 * part,
        "head/lora_b": 0.02 * part * SPREAD,
        "opt_state/mu/head/bias": 0.001 * part * SPREAD,
        "frozen/kernel": NORMAL,
        "outlier/kernel": np.append(NORMAL, 30.0) + 0.0025 * part,
        "block/output": NORMAL * (1 + 30 * part),
        "dense/grad": NORMAL * (1 - 0.98 * part),
        "wild/kernel": NORMAL * (1 + 40 * part**3),
        "dead/kernel": NORMAL * (1 - 0.98 * part),
        "stopped/kernel": NORMAL + 0.01 * min(part, 0.3),
        "smeared/kernel": UNIFORM + part * DRIFT,
    }


def write(logdir: Path) -> Path:
    """Writes the runs ``training`` and ``other``, which is shorter and moves half as far."""
    with ExactLog(logdir / "training") as log:
        for step in STEPS:
            for tag, values in _values(step / STEPS[-1]).items():
                log.values(tag, step, values)
            log.values("broken/kernel", step, NORMAL)
            log.scalar("loss", step, 2.5 - 2 * step / STEPS[-1])
            _write_recorded(log, step)
        log.rows("broken/kernel", 350, [[np.nan, np.nan, 0.0]])
        log.values("empty", 0, [])
        log.values("empty", 100, [])
        log.values("once/kernel", 300, NORMAL)
    with EventLog(logdir / "other") as log:
        for step in STEPS[:-1]:
            for tag, values in list(_values(step / STEPS[-1] / 2).items())[:4]:
                log.values(tag, step, values)
    return logdir


def _write_recorded(log: ExactLog, step: int) -> None:
    """Tensors that were recorded: to the end, not to the end, and without any histogram."""
    now = NORMAL + 0.005 * NOISE * step / STEPS[-1]
    log.values("recorded/kernel", step, now)
    log.weights("recorded/kernel", step, NORMAL, now)
    log.values("beside/kernel", step, now)
    if step == 0:
        log.weights("beside/kernel", step, NORMAL, now)
    log.weights("alone/kernel", step, NORMAL, now)
