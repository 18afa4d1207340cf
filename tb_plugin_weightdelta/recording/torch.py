"""Records a PyTorch training by itself: hooks on the optimizer's step."""

import weakref
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Unpack

import torch
from torch.optim import Optimizer

from tb_plugin_weightdelta.recording.causes import Update
from tb_plugin_weightdelta.recording.folder import LogDir
from tb_plugin_weightdelta.recording.options import OptionArguments
from tb_plugin_weightdelta.recording.recorder import whole_step
from tb_plugin_weightdelta.recording.torch_steps import hear_steps
from tb_plugin_weightdelta.recording.training import Training
from tb_plugin_weightdelta.recording.weights import Weights, by_name


def record(
    model: torch.nn.Module,
    optimizer: Optimizer | Sequence[Optimizer],
    log_dir: LogDir,
    *,
    step: int | None = None,
    **options: Unpack[OptionArguments],
) -> "Recording":
    """Record the parameters of ``model`` as ``optimizer`` updates them.

    optimizer: one, or all that update the model; a step is then one of each.
    log_dir: a folder, or an open ``SummaryWriter``.
    step: how many steps were taken before; found in the state of optimizers that count.
    options: see ``options.Options``; ``every`` is 100 if not given.

    Parameters that no optimizer holds, or that are frozen, are recorded as they stand still; once
    something else changes them they are not recorded any more.

    Nothing else needs to be called; the recording lives as long as the optimizer. ``close``, or
    the end of a ``with``, records the last weights.

    Raises TypeError or ValueError for what cannot be meant.
    """
    optimizers = optimizers_of(optimizer)
    _check(model, optimizers)
    taken = None if step is None else whole_step(step)
    return Recording(model, optimizers, log_dir, options, taken)


class ModelTraining(Training):
    """A training of a model by the optimizers that update it."""

    def __init__(
        self,
        model: torch.nn.Module,
        optimizers: Iterable[Optimizer],
        log_dir: LogDir,
        options: OptionArguments,
    ) -> None:
        super().__init__(log_dir, options)
        self._model = model
        self._see(optimizers)
        self._standing: list[torch.Tensor] = []  # what nobody updated at the start
        self._updated = (0, 0)
        self._update: Update | None = None  # that leads to the next record

    def _see(self, optimizers: Iterable[Optimizer]) -> None:
        """Weakly: the hooks of an optimizer have this recording, which would keep it alive."""
        self._seen = [weakref.ref(each) for each in optimizers]

    @property
    def _optimizers(self) -> list[Optimizer]:
        return [optimizer for each in self._seen if (optimizer := each()) is not None]

    def _begin(self, step: int, resumed: bool) -> None:
        """Say which are updated, and take the weights before the first update."""
        with self._recorder.notices.instead_of_raising("weights", "Nothing is recorded"):
            weights, still = self._weights(), self._still()
            updated = f"{len(weights) - len(still)} of {len(weights)} parameters are updated"
            others = f"; not: {', '.join(sorted(still))}" if still else ""
            self._recorder.notices.mention("updated", f"{updated} by the optimizer{others}.")
            self._standing = [weights[name] for name in still]
            self._updated = self._count_updated()
            super()._begin(step, resumed)

    def _prepare(self, step: int) -> None:
        """Before the update that leads to ``step``."""
        self._thaw()
        self._before = self._update = None
        if self._recorder.due(step):
            self._keep()
            with self._recorder.notices.instead_of_raising("weights", "Nothing is recorded"):
                self._update = self._look(self._weights())

    def _last_update(self, weights: Weights, still: Collection[str]) -> Update:
        """Of an update that was not seen, as at the end, only what holds at any time."""
        update, self._update = self._update, None
        if update is None:
            return self._look(weights, seen=False)
        if update.gradients is None:
            return update
        # Some steps compute the gradients themselves, in a closure; some Trainers drop them after.
        return replace(update, gradients={**update.gradients, **_gradients(weights)})

    def _look(self, weights: Mapping[str, torch.Tensor], seen: bool = True) -> Update:
        return update_of(weights, self._optimizers, seen)

    def _thaw(self) -> None:
        """Those that were frozen until now are kept before their first update."""
        now = self._count_updated()
        if now != self._updated:
            self._updated = now
            with self._recorder.notices.instead_of_raising("weights", "Nothing is recorded"):
                self._recorder.thaw(self._weights(), self._still())

    def _count_updated(self) -> tuple[int, int]:
        """Changes where a parameter is unfrozen or added: cheap enough for every step."""
        groups = [group["params"] for each in self._optimizers for group in each.param_groups]
        return sum(map(len, groups)), sum(each.requires_grad for each in self._standing)

    def _weights(self) -> dict[str, torch.Tensor]:
        return named_weights(self._model)

    def _still(self) -> set[str]:
        return still_names(self._weights(), self._optimizers)


class Recording(ModelTraining):
    """A training that is being recorded; a copy of it, as of a model that has it, is None."""

    def __init__(
        self,
        model: torch.nn.Module,
        optimizers: Sequence[Optimizer],
        log_dir: LogDir,
        options: OptionArguments,
        step: int | None,
    ) -> None:
        super().__init__(model, optimizers, log_dir, options)
        self._given_step = step
        self._step: int | None = None  # not known before the first
        self._stepped: set[int] = set()  # the optimizers that stepped since the last step ended
        self._skipped: torch.Tensor | None = None  # steps that were counted, and not made
        self._failed = False
        heard = (self._before_step, self._after_step)
        self._hooks = hear_steps(optimizers, *heard, self._recorder.notices)

    def __reduce__(self) -> tuple[Callable[[], None], tuple[()]]:
        return type(None), ()

    def __exit__(self, kind: object = None, *_: object) -> None:
        self._failed = kind is not None
        self.close()

    def state_dict(self) -> dict[str, Any]:
        """For a checkpoint: the step, and the initial weights."""
        self._settle()
        return {"step": self._step, **super().state_dict()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on as a recording that was checkpointed; before the first step."""
        self._given_step = state.get("step")
        super().load_state_dict(state)

    def close(self) -> None:
        """Record the last weights and stop, with everything on disk; may be called again."""
        if self._step is None and self._hooks:
            self._recorder.notices.say(
                "no step",
                "Nothing was recorded: the optimizer made no step. Is it the one that trains?",
            )
        elif self._step is not None and self._hooks and not self._ends_alone():
            if self._stepped:
                self._end_step()  # which others have no part in
            self._settle()
            self._record_last(self._step)
        for hook in self._hooks:
            hook.remove()
        self._hooks = []
        super().close()

    def _ends_alone(self) -> bool:
        """Whether this process failed, and others would wait for it, or it for them."""
        return (
            self._failed
            and torch.distributed.is_available()
            and (torch.distributed.is_initialized())
        )

    def _before_step(self, place: int, optimizer: Optimizer) -> None:
        if self._step is None:
            self._start()
        elif place in self._stepped:
            self._end_step()  # others made none this time
        if self._stepped:
            return
        self._prepare((self._step or 0) + 1)

    def _after_step(self, place: int, optimizer: Optimizer) -> None:
        if place == 0:
            self._note_skipped(optimizer)
        self._stepped.add(place)
        if len(self._stepped) == len(self._seen):
            self._end_step()

    def _end_step(self) -> None:
        self._stepped.clear()
        self._step = (self._step or 0) + 1
        self._recorder.note(self._step)
        if self._recorder.due(self._step):
            self._settle()
        if self._recorder.due(self._step):
            self._record(self._step)

    def _note_skipped(self, optimizer: Optimizer) -> None:
        """A GradScaler lets fused optimizers skip a step themselves: only the device knows."""
        found = getattr(optimizer, "found_inf", None)
        if isinstance(found, torch.Tensor):
            skipped = (found > 0).sum()
            self._skipped = skipped if self._skipped is None else self._skipped + skipped

    def _settle(self) -> None:
        """Ask the device how many steps were none; it is asked where a record is due alone."""
        if self._skipped is not None:
            self._step = (self._step or 0) - int(self._skipped)
            self._skipped = None

    def _start(self) -> None:
        """Record the weights before the first update that is seen here."""
        self._step = self._given_step or 0
        with self._recorder.notices.instead_of_raising("weights", "Nothing is recorded"):
            taken = self._given_step
            if taken is None:
                taken = _steps_taken(self._optimizers)
            if taken is None:
                self._recorder.count_from_zero()
            self._step = taken or 0
            self._begin(self._step, resumed=taken != 0)


def named_weights(model: torch.nn.Module) -> dict[str, torch.Tensor]:
    """The parameters by the names that they have in the model itself, not in what wraps it."""
    if isinstance(model, torch.nn.parallel.DistributedDataParallel):
        model = model.module
    if any(type(part).__name__ == "FullyShardedDataParallel" for part in model.modules()):
        raise ValueError("FSDP1 hides the parameters; fully_shard (FSDP2) can be recorded")
    named = model.named_parameters(remove_duplicate=False)
    return by_name((name.replace("_orig_mod.", ""), parameter) for name, parameter in named)


def update_of(
    weights: Mapping[str, torch.Tensor], optimizers: Iterable[Optimizer], seen: bool = True
) -> Update:
    """What is seen of an update before it is made.

    seen: whether gradients and learning rates are those of the update.
    """
    groups = [group for each in optimizers for group in each.param_groups]
    group_of = {id(weight): group for group in groups for weight in group["params"]}
    held = {name: group_of[id(each)] for name, each in weights.items() if id(each) in group_of}
    # A tensor, as where steps are compiled, is changed by what schedules it.
    rates = {name: float(group["lr"]) for name, group in held.items() if seen and "lr" in group}
    return Update(
        weights=weights,
        frozen={name for name, each in weights.items() if not each.requires_grad},
        held=held,
        gradients=_gradients(weights) if seen else None,
        rate=rates.get,
        normed={name for name, group in held.items() if "betas" in group},
    )


def _gradients(weights: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {name: each.grad for name, each in weights.items() if each.grad is not None}


def still_names(weights: Mapping[str, torch.Tensor], optimizers: Iterable[Optimizer]) -> set[str]:
    """Which weights none of the optimizers updates."""
    groups = (group for optimizer in optimizers for group in optimizer.param_groups)
    held = {id(parameter) for group in groups for parameter in group["params"]}
    return {name for name, each in weights.items() if not (each.requires_grad and id(each) in held)}


def optimizers_of(given: Any) -> list[Optimizer]:
    """Each without what wraps it: Accelerate, Lightning and others call the one inside."""
    found = []
    for each in given if isinstance(given, list | tuple) else [given]:
        inside = each
        while not hasattr(inside, "_optimizer_step_pre_hooks") and hasattr(inside, "optimizer"):
            inside = inside.optimizer
        if not isinstance(inside, Optimizer):
            raise TypeError(
                f"optimizer is {each!r:.60}: it must be a torch optimizer, or a list of them. "
                "Where a Trainer makes it, use the callback of recording.transformers or "
                "recording.lightning."
            )
        found.append(inside)
    if not found:
        raise ValueError("optimizer is an empty list: nothing would be recorded.")
    return found


def _check(model: Any, optimizers: Sequence[Optimizer]) -> None:
    """That the optimizers update this model."""
    if not isinstance(model, torch.nn.Module):
        what = f"model is a {type(model).__name__}: it must be the torch module itself"
        raise TypeError(f"{what}, not its parameters(), and stands before the optimizer.")
    weights = dict(model.named_parameters())
    for each in optimizers:
        held = {id(weight) for group in each.param_groups for weight in group["params"]}
        if held.isdisjoint(map(id, weights.values())):
            raise ValueError(
                f"{type(each).__name__} updates no parameter of {type(model).__name__}: record "
                "the model whose parameters it was made with (of an average, the one averaged)."
            )


def _steps_taken(optimizers: Iterable[Optimizer]) -> int | None:
    """What optimizers that count, such as Adam, know of the steps before a checkpoint.

    None where there were some, and nobody counted: SGD has a state with momentum alone.
    """
    states = [state for each in optimizers for state in each.state.values() if state]
    counts = [int(state["step"]) for state in states if "step" in state]
    return None if states and not counts else max(counts, default=0)
