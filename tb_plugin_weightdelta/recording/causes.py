"""Why a tensor is as it was at the record before: from what is seen of the last update.

Causes are looked for in the order in which one hides the next: what is frozen has no gradient,
and without a gradient no learning rate matters. The first that holds is the one to mend.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from tb_plugin_weightdelta.core.exact import Cause
from tb_plugin_weightdelta.core.sums import Array
from tb_plugin_weightdelta.recording.arrays import Measured, arrays_of, unwrapped
from tb_plugin_weightdelta.recording.guard import Notices
from tb_plugin_weightdelta.recording.weights import Chosen, flattened

# A bias that is 0 hides nothing from what lies before it.
_ADDED: Final = ("bias", "beta", "b")
_NOT_TOLD: Final = "Why weights do not move is not told"


@dataclass(frozen=True)
class Update:
    """What is seen of an update, by the names of the tensors.

    weights: all of them, in the order in which the model has them; before the update, if known.
    frozen: those that are not trained.
    held: those that an optimizer has; None where that is not known.
    gradients: those that arrived; None where they are not seen at all.
    rate: the learning rate of each, None where it is not known; asked for where it matters, because
        it may be on a device.
    normed: whose updates are as large as the rate, whatever the gradient: Adam and its like.
    """

    weights: Mapping[str, Array]
    frozen: Collection[str] = ()
    held: Collection[str] | None = None
    gradients: Mapping[str, Array] | None = None
    rate: Callable[[str], float | None] = lambda name: None
    normed: Collection[str] = ()

    def why(self, name: str) -> Cause:
        """Why the tensor was not changed."""
        if name in self.frozen:
            return "frozen"
        if self.held is not None and name not in self.held:
            return "not_held"
        gradients = self.gradients
        if gradients is not None:
            if gradients.get(name) is None:
                return "no_gradient"
            if not _any(gradients[name]):
                return "behind_zeros" if self.zeros_after(name) else "zero_gradient"
        if self.rate(name) == 0:
            return "zero_rate"
        return "rounded_away" if self._is_rounded_away(name) else "unseen"

    def zeros_after(self, name: str) -> str | None:
        """The factor of zeros that comes after it, with nothing that has a gradient in between.

        In the module of the tensor first, then in those around it: what a model has later mostly
        comes later, and what is multiplied by 0 has a gradient of 0 up to there.
        """
        names = list(self.weights)
        later = names[names.index(name) + 1 :]
        for scope in _scopes(name):
            for other in later:
                if not other.startswith(scope):
                    break
                if _is_factor(other) and not _any(self.weights[other]):
                    return other
                if self._has_gradient(other):
                    return None
        return None

    def _has_gradient(self, name: str) -> bool:
        gradient = (self.gradients or {}).get(name)
        return gradient is not None and _any(gradient)

    def _is_rounded_away(self, name: str) -> bool:
        """Whether each weight is so much larger than its update that the sum is rounded to it."""
        rate, gradient = self.rate(name), (self.gradients or {}).get(name)
        if not rate or gradient is None:
            return False
        weights = np.abs(_numbers(self.weights[name]))
        size = np.abs(_numbers(gradient))
        update = rate * ((size > 0) if name in self.normed else size)
        # Half of the distance to the next number is at most half of this; rates are not exact.
        return bool((update <= weights * _precision(self.weights[name])).all())


class Causes:
    """Tells of each tensor whether it is as it was at the record before, and why."""

    def __init__(self, notices: Notices) -> None:
        self._notices = notices
        self._last: dict[str, tuple[float, ...]] = {}  # what was measured at the last record

    def of(self, name: str, each: Chosen, measured: Measured, update: Update | None) -> Cause:
        """Why a tensor is as it was at the last record; "" of one that is not."""
        sums = measured.sums
        now = (sums.moved, sums.product, sums.current_squared, *measured.quantiles.tolist())
        before = self._last.get(name)
        self._last[name] = now
        # Weights may come back to where they were; what an update changed has not stood still.
        if now != before or sums.update_squared > 0:
            return ""
        if update is None or each.arrays.is_shared_out(each.array):
            return "unseen"  # of a gradient in parts others would have to be asked
        with self._notices.instead_of_raising("cause", _NOT_TOLD):
            return update.why(name)
        return "unseen"

    def seen(
        self, weights: Any, named: Mapping[str, Array], grads: Any, optimizer: Any
    ) -> Update | None:
        """What a caller shows of an update; None where it cannot be used.

        weights: as they were given; named: the same by name; grads: given in the same way.
        """
        with self._notices.instead_of_raising("cause", _NOT_TOLD):
            gradients = None if grads is None else gradients_of(weights, named, grads)
            frozen = {name for name, each in named.items() if _is_frozen(each)}
            return seen_update(named, optimizer, gradients, frozen)
        return None

    def forget(self) -> None:
        """Nothing more is recorded."""
        self._last.clear()


def seen_update(
    named: Mapping[str, Array],
    optimizer: Any,
    gradients: Mapping[str, Array] | None = None,
    frozen: Collection[str] = (),
) -> Update:
    """What a caller shows of an update, by the names of the weights.

    optimizer: as ``rate_of`` takes it; None where it is not shown.
    """
    # Keras' own; those of its optimizers that wrap another have none.
    variables = getattr(optimizer, "_trainable_variables", None)
    held = {id(each) for each in variables or ()}
    return Update(
        weights=named,
        frozen=frozen,
        held={name for name, each in named.items() if id(each) in held} if held else None,
        gradients=gradients,
        rate=lambda name: None if optimizer is None else rate_of(optimizer),
        normed=named if _is_normed(optimizer) else (),
    )


def gradients_of(weights: Any, named: Mapping[str, Array], grads: Any) -> Mapping[str, Array]:
    """Those that arrived, by the names of the weights.

    weights: as they were given, named: the same by name; grads: given in the same way, None where
        none arrived. Those of a list of variables stand in its order.
    """
    if isinstance(weights, list) and isinstance(grads, list | tuple) and len(grads) == len(named):
        told = dict(zip(named, grads, strict=True))
    else:
        told = flattened(grads)
    return {name: each for name, each in told.items() if each is not None}


def _is_frozen(weight: Any) -> bool:
    """A variable of Keras or TensorFlow, or a parameter of PyTorch, that is not trained.

    Tensors of a state_dict have no gradient of their own either, and are trained.
    """
    kind = "requires_grad" if type(weight).__name__ == "Parameter" else "trainable"
    return not getattr(weight, kind, True)


def _is_normed(optimizer: Any) -> bool:
    return any(hasattr(optimizer, name) for name in ("beta_2", "_velocities", "rho"))


def rate_of(optimizer: Any) -> float | None:
    """The learning rate of Keras' optimizers and of Optax' states that tell it; or the number."""
    if isinstance(optimizer, int | float):
        return float(optimizer)
    told = getattr(optimizer, "hyperparams", None)
    rate = told.get("learning_rate") if isinstance(told, Mapping) else None
    if rate is None:
        rate = getattr(optimizer, "learning_rate", None)
    if rate is not None:
        return float(_numbers(rate))
    parts = optimizer if isinstance(optimizer, tuple | list) else ()
    return next((found for part in parts if (found := rate_of(part)) is not None), None)


def _scopes(name: str) -> Iterator[str]:
    """`a.b.`, `a.` and the whole model, of `a.b.weight`; names may have slashes as well."""
    for at in range(len(name) - 1, -1, -1):
        if name[at] in "./":
            yield name[: at + 1]
    yield ""


def _is_factor(name: str) -> bool:
    return name.replace(".", "/").rsplit("/", 1)[-1] not in _ADDED


def _any(array: Array) -> bool:
    """Whether any value is not 0; asked where the values are, if they can be."""
    array = unwrapped(array)
    if getattr(array, "is_sparse", False):
        array = array.coalesce().values()
    return bool(array.any() if hasattr(array, "any") else np.any(_numbers(array)))


def _numbers(array: Array) -> np.ndarray:
    array = unwrapped(array)
    if getattr(array, "is_sparse", False):
        array = array.to_dense()
    numbers: np.ndarray = np.asarray(arrays_of(array).as_numpy(array), dtype=np.float64)
    return numbers


def _precision(array: Array) -> float:
    """The part of a number that the next one is larger by, at most."""
    name = str(getattr(unwrapped(array), "dtype", "float64"))
    bits = {"bfloat16": 7, "float16": 10, "float32": 23, "float64": 52}
    return next((2.0**-count for known, count in bits.items() if known in name), 2.0**-52)
