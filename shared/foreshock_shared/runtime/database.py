"""Postgres for the services that keep state: connecting, what its errors mean, roles and migrations.

- Every connection has a name, a bounded connect and a bounded statement, and hands JSON out as Python values.
- `translate` is the one place where an error of the database becomes retryable or permanent. The rule is SQLSTATE's own
  classes: what is wrong with a *row* is permanent, so that delivery finds the guilty post; what is wrong with the
  *server* (gone, full, read-only, deadlocked, not yet migrated) is retryable and never counts against a post; what is
  neither is a fault of ours and passes as it is.
- One schema and one role a service: `provision` makes them, as the administrator; `migrate` brings a schema to head, as
  its own role, and any number of replicas may call it at once.
"""

import json
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Final, TypeAlias
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext, RevisionStep
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from asyncpg.pool import PoolConnectionProxy
from pydantic import SecretStr
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool
from structlog import get_logger

from foreshock_shared.runtime.errors import DependencyUnavailable, ForeshockError, PermanentError

Session: TypeAlias = asyncpg.Connection | PoolConnectionProxy
"""A connection, one's own or lent by a pool: what functions that run statements take."""

log = get_logger()

CONNECT_TIMEOUT: Final = 5.0
STATEMENT_TIMEOUT: Final = 15.0
MIGRATION_TIMEOUT: Final = 600.0

_OF_THE_ROW: Final = frozenset({"22", "23", "54"})
"""Data exception, integrity violation, program limit exceeded."""
_OF_THE_SERVER: Final = frozenset({"08", "25", "28", "3D", "3F", "40", "53", "55", "57", "58"})
"""Connection, read-only, authorisation, no database or schema, rollback, resources, locks, operator, input/output."""
_NOT_AT_HEAD: Final = frozenset({"42P01", "42703", "42501"})
"""Undefined table or column, missing right: the schema is not (yet) the one that this code was written for."""


def plain(url: SecretStr | str) -> str:
    """The connection URL as text; keep it out of logs."""
    return url.get_secret_value() if isinstance(url, SecretStr) else url


async def connect(
    url: SecretStr | str, *, application_name: str, statement_timeout: float = STATEMENT_TIMEOUT
) -> asyncpg.Connection:
    """One connection, with its bounds. Raises DependencyUnavailable when the server cannot be had."""
    async with translated():
        connection: asyncpg.Connection = await asyncpg.connect(
            plain(url), timeout=CONNECT_TIMEOUT, **_bounds(application_name, statement_timeout)
        )
    return connection


async def connect_pool(
    url: SecretStr | str, *, application_name: str, max_size: int = 5, statement_timeout: float = STATEMENT_TIMEOUT
) -> asyncpg.Pool:
    """A pool that connects on first use: a service can start, and say why it is not ready, while Postgres is down."""
    return await asyncpg.create_pool(
        plain(url),
        min_size=0,
        max_size=max_size,
        init=_speak_json,
        timeout=CONNECT_TIMEOUT,
        **_bounds(application_name, statement_timeout),
    )


def connect_engine(url: SecretStr | str, *, application_name: str, pool_size: int = 5) -> AsyncEngine:
    """SQLAlchemy over the same connections: for reads and cold paths."""
    return create_async_engine(
        "postgresql+asyncpg://",
        async_creator=partial(connect, url, application_name=application_name),
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=CONNECT_TIMEOUT,
        pool_pre_ping=True,
    )


def _bounds(application_name: str, statement_timeout: float) -> dict[str, Any]:
    return {
        "command_timeout": statement_timeout + CONNECT_TIMEOUT,
        "server_settings": {
            "application_name": application_name,
            "statement_timeout": str(int(statement_timeout * 1000)),
            "idle_in_transaction_session_timeout": str(int(statement_timeout * 2000)),
            "timezone": "UTC",
        },
    }


async def _speak_json(connection: asyncpg.Connection) -> None:
    for name in ("json", "jsonb"):
        await connection.set_type_codec(name, schema="pg_catalog", encoder=json.dumps, decoder=json.loads)


def translate(error: BaseException) -> ForeshockError | None:
    """What an error of the database means for a post; None if it is neither the row's fault nor the server's."""
    for cause in _causes(error):
        if isinstance(cause, ForeshockError):
            return cause
        if isinstance(cause, asyncpg.PostgresError):
            return _by_state(cause)
        if isinstance(cause, UnicodeEncodeError):
            return PermanentError(f"Postgres cannot keep this text: {cause.reason} at character {cause.start}")
        if isinstance(cause, asyncpg.InterfaceError):
            unfit = isinstance(cause, ValueError)
            return PermanentError(f"Postgres cannot keep this value: {cause}") if unfit else _unavailable(cause)
        if isinstance(cause, (OSError, asyncpg.InternalClientError)):
            return _unavailable(cause)  # the latter is what a connection says that was lost between two steps
    return None


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what it was raised from: SQLAlchemy wraps the driver's errors twice."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__


def _by_state(error: asyncpg.PostgresError) -> ForeshockError | None:
    state = error.sqlstate or ""
    if state[:2] in _OF_THE_ROW:
        return PermanentError(f"Postgres refused the row ({state}): {error}")
    if state[:2] in _OF_THE_SERVER or state in _NOT_AT_HEAD:
        return _unavailable(error)
    return None


def _unavailable(error: BaseException) -> DependencyUnavailable:
    return DependencyUnavailable(
        f"Postgres is not available ({type(error).__name__}): {str(error) or 'no answer in time'}"
    )


@asynccontextmanager
async def translated() -> AsyncIterator[None]:
    """Errors of the database inside leave as ours."""
    try:
        yield
    except Exception as error:
        known = translate(error)
        if known is None or known is error:
            raise
        raise known from error


async def provision(admin_url: SecretStr | str, roles: Mapping[str, str]) -> dict[str, str]:
    """Make a role `foreshock_<schema>` with each password and a schema that only it may use; answer each role's URL.

    May be repeated: existing roles get the password given, nothing else changes.
    """
    connection = await connect(admin_url, application_name="foreshock-provision")
    try:
        async with translated(), connection.transaction():
            await connection.execute("SET LOCAL password_encryption = 'scram-sha-256'")
            await connection.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
            for schema, password in roles.items():
                await _provision_role(connection, schema, password)
    finally:
        await connection.close()
    return {schema: _url_of(plain(admin_url), f"foreshock_{schema}", password) for schema, password in roles.items()}


async def _provision_role(connection: asyncpg.Connection, schema: str, password: str) -> None:
    role = f"foreshock_{schema}"
    exists = await connection.fetchval("SELECT true FROM pg_roles WHERE rolname = $1", role)
    rights = "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION"
    await _execute(connection, f"{'ALTER' if exists else 'CREATE'} ROLE %I {rights} PASSWORD %L", role, password)
    await _execute(connection, "GRANT %I TO CURRENT_USER", role)
    await _execute(connection, "CREATE SCHEMA IF NOT EXISTS %I AUTHORIZATION %I", schema, role)
    await _execute(connection, "GRANT CONNECT ON DATABASE %I TO %I", await _database(connection), role)
    await _execute(
        connection, "ALTER ROLE %I IN DATABASE %I SET search_path = %I", role, await _database(connection), schema
    )


async def _database(connection: asyncpg.Connection) -> str:
    return str(await connection.fetchval("SELECT current_database()"))


async def _execute(connection: asyncpg.Connection, template: str, *names: str) -> None:
    """Data definition takes no parameters; the server itself quotes names (%I) and literals (%L)."""
    places = ", ".join(f"${n}::text" for n in range(2, len(names) + 2))
    await connection.execute(await connection.fetchval(f"SELECT format($1, {places})", template, *names))


def _url_of(admin_url: str, role: str, password: str) -> str:
    parts = urlsplit(admin_url)
    address = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{role}:{quote(password, safe='')}@{address}"))


async def migrate(url: SecretStr | str, package: str, schema: str) -> None:
    """Bring `schema` to the newest revision in `package`/migrations; replicas that start together wait for one.

    A schema that a newer version has brought further stays as it is: steps are additive, and in the middle of an
    upgrade a replica of the older version may start once more.
    """
    engine = create_async_engine(
        "postgresql+asyncpg://",
        async_creator=partial(connect, url, application_name=f"{package}-migrate", statement_timeout=MIGRATION_TIMEOUT),
        poolclass=NullPool,
    )
    try:
        async with translated(), engine.begin() as connection:
            await connection.run_sync(_upgrade, _scripts(package), schema)
    finally:
        await engine.dispose()


def head(package: str) -> str | None:
    """The newest revision that `package` knows."""
    return _scripts(package).get_current_head()


def _scripts(package: str) -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", f"{package}:migrations")
    return ScriptDirectory.from_config(config)


def _upgrade(connection: Connection, scripts: ScriptDirectory, schema: str) -> None:
    """All missing steps in one transaction, under a lock that ends with it."""
    connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": f"migrate {schema}"})

    at = MigrationContext.configure(connection, opts={"version_table_schema": schema}).get_current_revision()
    if at is not None and not _known(scripts, at):
        log.warning("the schema is newer than this version", schema=schema, revision=at)
        return

    def steps(revision: Any, _context: MigrationContext) -> Iterable[RevisionStep]:
        return scripts._upgrade_revs("head", revision)  # noqa: SLF001 - what alembic's own upgrade command calls

    with EnvironmentContext(Config(), scripts, fn=steps, destination_rev="head") as environment:
        environment.configure(connection=connection, version_table_schema=schema, transactional_ddl=True)
        environment.run_migrations()


def _known(scripts: ScriptDirectory, revision: str) -> bool:
    try:
        return scripts.get_revision(revision) is not None
    except CommandError:
        return False
