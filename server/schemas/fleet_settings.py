"""Bodies about what a fleet chose."""

from typing import Any

import msgspec
from msgspec import UNSET, Struct, UnsetType

from domain.fleet_settings import FleetSettings, Scalar


class FleetSettingsOut(Struct, kw_only=True):
    """What counts now, which of it the fleet chose itself, and what is usual.

    ``retention_days``: after so many days tracks are deleted; who runs the server decides it.
    """

    settings: FleetSettings
    chosen: list[str]
    usual: FleetSettings
    retention_days: int


FleetSettingsPatch: Any = msgspec.defstruct(
    "FleetSettingsPatch",
    [(field.name, field.type | UnsetType | None, UNSET) for field in msgspec.structs.fields(FleetSettings)],
    kw_only=True,
    forbid_unknown_fields=True,
    module=__name__,
    namespace={"__doc__": "What to change; what is absent stays, null goes back to what is usual."},
)


class FleetChangeOut(Struct, kw_only=True):
    """Who changed what: each setting with its value before and after."""

    at: str
    actor: str
    changed: dict[str, tuple[Scalar, Scalar]]


class FleetChangesOut(Struct, kw_only=True):
    """Changes of the fleet's settings, newest first."""

    changes: list[FleetChangeOut]
