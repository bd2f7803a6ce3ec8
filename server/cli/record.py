"""Opens the record for commands that work beside the server."""

import argparse
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from domain.ports import Stores
from server.settings import database_url, load


def add_record_options(parser: argparse.ArgumentParser) -> None:
    """Add the option that says where the record is."""
    parser.add_argument(
        "--data-dir",
        dest="data_dir",
        metavar="DIR",
        help="the server's data folder (RELEVO_DATA_DIR; ./relevo-data)",
    )


@asynccontextmanager
async def open_record(options: argparse.Namespace) -> AsyncIterator[Stores]:
    """Open the record of the server's data dir, or of ``DATABASE_URL``."""
    from storage.sql.stores import open_stores  # noqa: PLC0415 - the rest of the command line does without SQL

    settings = load(os.environ, {"data_dir": options.data_dir})
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    stores = await open_stores(database_url(settings))
    try:
        yield stores
    finally:
        await stores.close()
