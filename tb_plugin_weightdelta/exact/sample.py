"""Which elements of a large tensor its quantiles are taken from."""

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tb_plugin_weightdelta.exact.statistics import SAMPLE

Positions = NDArray[np.int64]

_KEPT: Final = 256  # tensors of one size share their positions


@lru_cache(maxsize=_KEPT)
def positions(elements: int, seed: int) -> Positions | None:
    """Places in the flattened tensor, the same at every step and on every machine.

    None where a sample would be all of it.
    """
    if elements <= SAMPLE:
        return None
    rng = np.random.default_rng([seed, elements])
    chosen = np.sort(rng.choice(elements, SAMPLE, replace=False, shuffle=False))
    chosen.flags.writeable = False
    return chosen
