"""Roles, schemas and migrations of the database, made when they are missing.

For the embedded Postgres a mark says what was made, so that a second start need not ask. It holds for one cluster, one
set of migrations and one set of passwords. A database of the user's own is always asked.
"""

import hashlib
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

from foreshock_stack.addresses import role_url
from foreshock_stack.environment import Environment
from foreshock_stack.servers.postgres import Postgres

PACKAGES: Mapping[str, str] = {"store": "foreshock_store", "notify": "foreshock_notify"}
"""Each schema and the package with its migrations, in the order in which they build on each other."""
SYSTEM_IDENTIFIER_BYTES = 8


async def provide(admin_url: str, embedded: Postgres | None, environment: Environment) -> dict[str, str]:
    """The address of the database for each service's own role; its schema is at head."""
    passwords = {schema: environment.secret(schema) for schema in PACKAGES}
    mark = environment.state_dir / "provisioned"
    wanted = _fingerprint(embedded, passwords) if embedded else None
    if wanted is None or not mark.exists() or mark.read_text(encoding="ascii") != wanted:
        await _make(admin_url, passwords)
        if wanted is not None:
            mark.write_text(wanted, encoding="ascii")
    return {schema: role_url(admin_url, schema, password) for schema, password in passwords.items()}


async def _make(admin_url: str, passwords: Mapping[str, str]) -> None:
    from foreshock_shared.runtime.database import migrate, provision  # noqa: PLC0415 (half a second, once in its life)

    urls = await provision(admin_url, passwords)
    for schema, package in PACKAGES.items():
        await migrate(urls[schema], package, schema)


def _fingerprint(server: Postgres, passwords: Mapping[str, str]) -> str:
    """Of everything that decides what there is to make: the cluster itself, the migrations, the passwords."""
    whole = hashlib.sha256((server.data / "global" / "pg_control").read_bytes()[:SYSTEM_IDENTIFIER_BYTES])
    for schema, package in PACKAGES.items():
        whole.update(passwords[schema].encode())
        for file in sorted(Path(str(files(package))).glob("migrations/**/*.py")):
            whole.update(file.name.encode() + b"\0" + file.read_bytes())
    return whole.hexdigest()
