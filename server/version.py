"""Which Relevo this is."""

from importlib.metadata import PackageNotFoundError, version


def relevo_version() -> str:
    """Return the installed version."""
    try:
        return version("relevo")
    except PackageNotFoundError:
        return "0+unknown"
