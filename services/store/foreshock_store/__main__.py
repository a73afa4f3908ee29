"""`python -m foreshock_store` runs the service until SIGTERM; with `migrate` it only brings the schema to head."""

import asyncio
import sys

from foreshock_shared.runtime.database import migrate
from foreshock_shared.runtime.errors import ForeshockError
from foreshock_shared.runtime.service import run
from foreshock_shared.runtime.settings import load
from foreshock_store.adapters.schema import SCHEMA
from foreshock_store.app import build
from foreshock_store.settings import StoreSettings
from foreshock_store.storage import PACKAGE


def main(arguments: list[str]) -> None:
    """Do what the arguments say. Raises SystemExit with what is wrong."""
    try:
        match arguments:
            case []:
                run(build)
            case ["migrate"]:
                asyncio.run(migrate(load(StoreSettings).database_url, PACKAGE, SCHEMA))
            case _:
                sys.exit("usage: python -m foreshock_store [migrate]")
    except ForeshockError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main(sys.argv[1:])
