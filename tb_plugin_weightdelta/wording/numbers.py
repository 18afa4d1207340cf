"""Numbers in words: significant digits, percentages, shares of a scale."""

import math
from collections.abc import Sequence
from typing import Final

from tb_plugin_weightdelta.core.names import ScaleKind

_SCALE_NAMES: Final[dict[ScaleKind, str]] = {
    "std": "spread",
    "constant": "value",
    "rms": "size",
    "none": "",
}

# From here on "times" reads better than a percentage of four digits.
MANY_TIMES: Final = 10.0


def number(value: float, digits: int = 2) -> str:
    """A number with at least ``digits`` significant digits: ``0.00066``, ``1,234``, ``3.2e-7``."""
    if value == 0 or not math.isfinite(value):
        return "0" if value == 0 else str(value)
    mantissa, exponent_text = f"{value:.{digits - 1}e}".split("e")  # rounds 9.99 up to 10
    exponent = int(exponent_text)
    if not -5 <= exponent < 6:
        return f"{mantissa}e{exponent}"
    return f"{value:,.{max(0, digits - 1 - exponent)}f}"


def plain(value: float) -> str:
    """A number with at most three significant digits, without zeros at its end: ``0.1``."""
    text = number(value, 3)
    return text.rstrip("0").rstrip(".") if "." in text and "e" not in text else text


def percent(fraction: float) -> str:
    """A fraction as a percentage with two significant digits: ``1.1 %``."""
    return f"{number(100 * fraction)} %"


def share(fraction: float, scale_kind: ScaleKind, possessive: str = "its") -> str:
    """A relative movement in words: ``1.1 % of its spread``, ``55 times its …``."""
    name = f"{possessive} {_SCALE_NAMES[scale_kind]}"
    return (
        f"{number(fraction)} times {name}"
        if fraction >= MANY_TIMES
        else f"{percent(fraction)} of {name}"
    )


def span_of(values: Sequence[float]) -> str:
    """From the least to the largest relative movement, in one unit: ``0.3 to 2 %``."""
    low, high = min(values), max(values)
    if high >= MANY_TIMES:
        texts = [number(low), number(high)]
        return f"{' to '.join(dict.fromkeys(texts))} times"
    texts = [percent(low).removesuffix(" %"), percent(high)]
    return texts[1] if f"{texts[0]} %" == texts[1] else " to ".join(texts)
