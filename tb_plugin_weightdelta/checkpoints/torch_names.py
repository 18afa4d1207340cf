"""What a pickle of PyTorch names, and what stands for it here."""

from dataclasses import dataclass
from typing import Any, Final

from tb_plugin_weightdelta.checkpoints.pickled import Inert, Name
from tb_plugin_weightdelta.checkpoints.stored import WIDTHS

_LARGEST: Final = 2**63
_MOST_IN_SIZE: Final = 64  # dimensions that PyTorch knows

_STORAGES: Final = {
    **{"Double": "float64", "Float": "float32", "Half": "float16", "BFloat16": "bfloat16"},
    **{"Long": "int64", "Int": "int32", "Short": "int16", "Char": "int8", "Byte": "uint8"},
    **{"Bool": "bool", "ComplexFloat": "complex64", "ComplexDouble": "complex128"},
    **{name: f"a quantized type ({name})" for name in ("QInt8", "QUInt8", "QInt32")},
    **{name: f"a quantized type ({name})" for name in ("QUInt4x2", "QUInt2x4")},
    "Untyped": "",
}
_BUILTINS: Final = (
    *("bool", "bytearray", "complex", "dict", "float", "frozenset", "int", "list", "set", "str"),
    "tuple",
)
_DTYPES: Final = {
    *WIDTHS,
    *{"float8_e8m0fnu", "float4_e2m1fn_x2", "complex32", "bits8", "bits16", "bits1x8"},
    *{"bits2x4", "bits4x2", "qint8", "quint8", "qint32", "quint4x2", "quint2x4"},
    *{f"{kind}{bits}" for kind in ("int", "uint") for bits in range(1, 8)},
}


@dataclass(frozen=True)
class Storage:
    key: str
    precision: str  # "": that of the tensor


@dataclass(frozen=True)
class Tensor:
    storage: Storage
    precision: str
    first: int  # elements of the storage before it
    shape: tuple[int, ...]
    strides: tuple[int, ...]


@dataclass(frozen=True)
class Other:
    """A tensor that is not kept element by element."""

    reason: str


def storage_of(pid: Any) -> Storage:
    """What stands for a storage: it is kept in a member of its own."""
    kind, storage, key, *_ = pid
    if kind != "storage" or not isinstance(key, str):
        raise TypeError
    return Storage(key, _STORAGES[_last_part(storage).removesuffix("Storage")])


def _last_part(name: Name) -> str:
    return name.name.rpartition(".")[2]


def _tensor(storage: Any, precision: str, *placed: Any) -> Tensor | Other:
    """From what is common to the functions that build one again."""
    first, shape, strides, _grad, _hooks, *metadata = placed
    if any(metadata):
        return Other("is kept as the conjugate or the negative of what is stored")
    if not isinstance(storage, Storage):
        raise TypeError
    if len(shape) != len(strides) or len(shape) > _MOST_IN_SIZE:
        raise ValueError
    if not all(type(each) is int and 0 <= each < _LARGEST for each in (first, *shape, *strides)):
        raise ValueError
    return Tensor(storage, precision, first, tuple(shape), tuple(strides))


def _rebuild_v2(storage: Any, *placed: Any) -> Tensor | Other:
    return _tensor(storage, storage.precision, *placed)


def _rebuild_v3(storage: Any, *placed: Any) -> Tensor | Other:
    *before, dtype = placed[:6]
    return _tensor(storage, _last_part(dtype), *before, *placed[6:])


def _same(data: Any, *_: Any) -> Any:
    return data


def _rebuild_from_type(function: Name, _kind: Any, arguments: tuple[Any, ...], *_: Any) -> Any:
    """A tensor with attributes of its own."""
    if not isinstance(function, Name):
        raise TypeError
    return function.made(*arguments)


def _size(items: Any) -> tuple[Any, ...]:
    if len(items) > _MOST_IN_SIZE:
        raise ValueError
    return tuple(items)


def _mapping(*arguments: Any) -> dict[Any, Any]:
    """An OrderedDict, a defaultdict or a Counter, which alone is given what it holds."""
    # It is not copied: a small pickle could ask for that a million times.
    return next((each for each in arguments if isinstance(each, dict)), {})


def _inert(*_: Any) -> Inert:
    return Inert()


def _other(what: str) -> Any:
    return lambda *_: Other(f"is {what}, which is not read")


NAMES: Final = {
    name: Name(name, made)
    for name, made in {
        "torch._utils._rebuild_tensor_v2": _rebuild_v2,
        "torch._utils._rebuild_tensor_v3": _rebuild_v3,
        "torch._utils._rebuild_parameter": _same,
        "torch._utils._rebuild_parameter_with_state": _same,
        "torch._tensor._rebuild_from_type_v2": _rebuild_from_type,
        "torch._utils._rebuild_qtensor": _other("quantized"),
        "torch._utils._rebuild_sparse_tensor": _other("sparse"),
        "torch._utils._rebuild_nested_tensor": _other("a nested tensor"),
        "torch._utils._rebuild_meta_tensor_no_storage": _other("a meta tensor"),
        "torch._utils._rebuild_wrapper_subclass": _other("a subclass of Tensor"),
        "torch._utils._rebuild_device_tensor_from_numpy": _other("kept on a device"),
        "torch._utils._rebuild_device_tensor_from_cpu_tensor": _other("kept on a device"),
        "torch.Size": _size,
        **dict.fromkeys(
            [f"collections.{kind}" for kind in ("OrderedDict", "defaultdict", "Counter")], _mapping
        ),
        **{f"torch.{kind}Storage": _inert for kind in _STORAGES},
        "torch.storage.UntypedStorage": _inert,
        **{f"torch.{dtype}": _inert for dtype in _DTYPES},
        **{f"torch.per_{kind}": _inert for kind in ("tensor_affine", "tensor_symmetric")},
        **{f"torch.per_channel_{kind}": _inert for kind in ("affine", "symmetric")},
        "torch.per_channel_affine_float_qparams": _inert,
        **dict.fromkeys(["torch.Tensor", "torch.nn.parameter.Parameter", "torch.device"], _inert),
        **dict.fromkeys(["torch.serialization._get_layout", "_codecs.encode"], _inert),
        **dict.fromkeys([f"builtins.{kind}" for kind in _BUILTINS], _inert),
    }.items()
}
