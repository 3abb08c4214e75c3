"""What records, or shows recordings, in other libraries; each is imported when it is first asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gradviz.integrations.lightning import GradientFlow
    from gradviz.integrations.tensorboard import tensorboard_log, to_tensorboard

__all__ = ["GradientFlow", "tensorboard_log", "to_tensorboard"]


def __getattr__(name: str) -> Any:
    if name == "GradientFlow":
        from gradviz.integrations.lightning import GradientFlow

        return GradientFlow
    if name in __all__:
        from gradviz.integrations import tensorboard

        return getattr(tensorboard, name)
    raise AttributeError(f"module 'gradviz.integrations' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
