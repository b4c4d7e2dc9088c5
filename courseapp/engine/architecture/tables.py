"""What a table of parameters is made of: each parameter's shape, default, and when it can be set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from courseapp.engine.architecture.shapes import Shape, Text

ANY_TIME: Final = "any time"
AT_CREATION: Final = "at creation"
READ_ONLY: Final = "read-only"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter: its shape, what holds when it is absent, and when it can be set."""

    name: str
    shape: Shape
    default: Any = None
    settable: str = ANY_TIME
    required: bool = False

    @property
    def unit(self) -> str:
        return str(getattr(self.shape, "unit", ""))

    @property
    def least(self) -> float | None:
        return getattr(self.shape, "least", None)

    @property
    def most(self) -> float | None:
        return getattr(self.shape, "most", None)

    @property
    def values(self) -> tuple[Any, ...]:
        """The values of a choice, else nothing."""
        return tuple(getattr(self.shape, "values", ()))


Parameters = Mapping[str, Parameter]


def table(*parameters: Parameter) -> Parameters:
    """The parameters by their names."""
    return MappingProxyType({parameter.name: parameter for parameter in parameters})


def read_only(*names: str) -> tuple[Parameter, ...]:
    """Attributes that AWS returns and that nobody sets."""
    return tuple(Parameter(name, Text(), settable=READ_ONLY) for name in names)
