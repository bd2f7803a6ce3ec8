"""Finds OSRM's programs and the profiles that go with them."""

import importlib.util
import os
import sys
from pathlib import Path

import msgspec

from domain.courier import Vehicle
from server.start import StartError

EXTRACT, CONTRACT, ROUTED = "osrm-extract", "osrm-contract", "osrm-routed"
OUR_PROFILES = Path(__file__).parent / "profiles"


class Programs(msgspec.Struct, frozen=True):
    """Where OSRM's programs and its own profiles lie; ours (one per vehicle) build on those."""

    folder: Path
    profiles: Path

    def profile(self, vehicle: Vehicle) -> Path:
        """Return our profile of a vehicle; it looks for OSRM's in the variable ``OSRM_PROFILES``."""
        return OUR_PROFILES / f"{vehicle.value}.lua"


def find_programs(folder: Path | None = None) -> Programs:
    """Return the programs of ``folder``, by default of the installed ``osrm-bindings``.

    Raises:
        StartError: they are not there.
    """
    if folder is None:
        spec = importlib.util.find_spec("osrm")
        places = list(spec.submodule_search_locations or ()) if spec else []
        folder = Path(places[0]) / "bin" if places else None
    if folder is not None:
        profiles = folder.parent / "share" / "profiles"
        runnable = all(os.access(folder / step, os.X_OK) for step in (EXTRACT, CONTRACT, ROUTED))
        if runnable and (profiles / "bicycle.lua").is_file():
            return Programs(folder, profiles)
    version = ".".join(map(str, sys.version_info[:2]))
    raise StartError(
        "RELEVO_OSM needs OSRM's programs: install relevo[roads] on Python 3.12 or later "
        f"(this is {version}), or name their folder in RELEVO_OSRM_BIN, "
        "or name a running OSRM in RELEVO_ROADS_URL"
    )
