"""What is thought of the two servers. Pure."""

from collections.abc import Iterator, Mapping
from typing import Final

from foreshock_shared.runtime.settings import Durability
from foreshock_stack.doctor.facts import PostgresFacts, RedisFacts
from foreshock_stack.doctor.finding import Finding, fault, ok, size, warning

SKEW_WARNING: Final = 2.0
SKEW_FAULT: Final = 60.0
MEMORY_WARNING: Final = 0.6
"""Where ingest begins to refuse posts."""
OLDEST_REDIS: Final = (7, 0)
OLDEST_POSTGRES: Final = 140_000
CONNECTIONS: Final = 40
"""What one replica of each service, its migrations and the commands may open."""

_MUST: Final[Mapping[str, str]] = {"appendonly": "yes", "maxmemory-policy": "noeviction"}


def redis(facts: RedisFacts, wanted: Durability) -> Iterator[Finding]:
    """The server on which "accepted is kept" rests."""
    version = ".".join(map(str, facts.version))
    if facts.version < OLDEST_REDIS:
        yield fault(
            "redis version",
            f"{facts.server} {version}",
            "streams and scripts that we use are missing",
            "use Valkey, or Redis 7.0 or newer",
        )
    else:
        yield ok("redis version", f"{facts.server} {version}")
    yield from _redis_role(facts.info)
    yield from _redis_durability(facts, wanted)
    yield from _redis_memory(facts.info)
    yield from _skew("redis clock", facts.skew_seconds)


def _redis_role(info: Mapping[str, str]) -> Iterator[Finding]:
    if info.get("role", "master") != "master":
        yield fault(
            "redis role", f"it is a {info['role']}", "it takes no posts", "name the primary in FORESHOCK_REDIS_URL"
        )
    if info.get("cluster_enabled", "0") != "0":
        yield fault(
            "redis role",
            "it is a cluster",
            "one script touches several keys, which a cluster refuses",
            "use one server",
        )
    if info.get("aof_last_write_status", "ok") != "ok":
        yield fault(
            "redis disk",
            f"the last write to its append-only file: {info['aof_last_write_status']}",
            "it refuses commands until it can write again",
            "look at its disk: full, or read-only",
        )
    if info.get("aof_last_bgrewrite_status", "ok") != "ok":
        yield warning(
            "redis disk",
            "it could not rewrite its append-only file",
            "the file grows without end",
            "give it memory for a fork (vm.overcommit_memory=1) and space on its disk",
        )


def _redis_durability(facts: RedisFacts, wanted: Durability) -> Iterator[Finding]:
    subject = "redis durability"
    if facts.settings is None:
        if wanted is Durability.UNCHECKED:
            yield warning(
                subject,
                "it does not show its settings, and you vouch for them",
                "nobody here knows whether accepted posts survive a crash",
                "ask its operator for an append-only file that is synced always, and for noeviction",
            )
        else:
            yield fault(
                subject,
                "it does not show its settings",
                "services refuse to start on it",
                "allow CONFIG GET, or vouch for it with FORESHOCK_REDIS_DURABILITY=unchecked",
            )
        return
    wrong = [f"{name} {facts.settings.get(name)}" for name, must in _MUST.items() if facts.settings.get(name) != must]
    if wrong:
        yield fault(
            subject,
            ", ".join(wrong),
            "it may forget or evict posts that were answered 202; services refuse to start on it",
            "set " + ", ".join(f"{name} {must}" for name, must in _MUST.items()),
        )
        return
    synced = facts.settings.get("appendfsync")
    if synced == "always":
        yield ok(subject, "every write is on disk before it is answered, nothing is evicted")
    elif wanted is Durability.ALWAYS:
        yield fault(
            subject,
            f"appendfsync {synced}",
            "services refuse to start on it: a crash of its machine loses what was accepted last",
            "set appendfsync always, or accept the loss of a second with FORESHOCK_REDIS_DURABILITY=everysec",
        )
    else:
        yield warning(
            subject,
            f"appendfsync {synced}, as FORESHOCK_REDIS_DURABILITY={wanted.value} allows",
            "a crash of its machine may lose the last second of what was accepted",
            "set appendfsync always where that matters",
        )


def _redis_memory(info: Mapping[str, str]) -> Iterator[Finding]:
    used, most = int(info.get("used_memory", 0)), int(info.get("maxmemory", 0))
    if not most:
        yield warning(
            "redis memory",
            "maxmemory is not set",
            "a backlog may take all memory of its machine before anybody is told to wait",
            "set maxmemory, for instance 512mb",
        )
    elif used / most >= MEMORY_WARNING:
        yield warning(
            "redis memory",
            f"{used / most:.0%} of {size(most)} in use",
            "new posts are answered 503 until it has drained",
            "look at the backlog of each service, or raise maxmemory",
        )
    else:
        yield ok("redis memory", f"{used / most:.0%} of {size(most)} in use")


def postgres(facts: PostgresFacts) -> Iterator[Finding]:
    """The database of the store and of notify."""
    version = f"{facts.version // 10_000}.{facts.version % 10_000}"
    if facts.version < OLDEST_POSTGRES:
        yield fault("postgres version", version, "it lacks what our schema uses", "use Postgres 14 or newer")
    else:
        yield ok("postgres version", version)
    if facts.in_recovery:
        yield fault(
            "postgres role", "it is a standby", "nothing can be written", "name the primary in FORESHOCK_DATABASE_URL"
        )
    if facts.encoding != "UTF8":
        yield fault(
            "postgres encoding",
            facts.encoding,
            "it cannot keep or search every script",
            "make a database with ENCODING 'UTF8'",
        )
    yield from _postgres_settings(facts.settings)
    yield from _schemas(facts)
    for role, reason in facts.roles_that_cannot_connect.items():
        yield fault(
            "postgres roles",
            f"{role} cannot connect: {reason}",
            "its service does not start",
            "run `./run migrate`, which gives the roles the passwords that are kept here, and look at pg_hba.conf",
        )
    yield from _skew("postgres clock", facts.skew_seconds)


def _postgres_settings(settings: Mapping[str, str]) -> Iterator[Finding]:
    for name in ("fsync", "full_page_writes", "synchronous_commit"):
        if settings.get(name) in {"off", "local"}:
            yield fault(
                "postgres durability",
                f"{name} is {settings[name]}",
                "a crash may lose posts that have left Redis already, and damage the database",
                f"set {name} = on",
            )
            return
    yield ok("postgres durability", "a commit is on disk before it is answered")
    if (most := int(settings.get("max_connections", CONNECTIONS))) < CONNECTIONS:
        yield warning(
            "postgres connections",
            f"max_connections is {most}",
            "replicas will find no connection",
            f"set it to {CONNECTIONS} or more, and 20 more for every further replica of store and notify",
        )


def _schemas(facts: PostgresFacts) -> Iterator[Finding]:
    for schema, wanted in facts.wanted.items():
        found = facts.revisions.get(schema)
        if found == wanted:
            yield ok("postgres schema", f"{schema} is at {found}")
        elif found is None:
            yield fault(
                "postgres schema", f"{schema} is not there", f"the {schema} service cannot work", "run `./run migrate`"
            )
        else:
            yield fault(
                "postgres schema",
                f"{schema} is at {found}, this version wants {wanted}",
                "the database and this version do not belong together",
                "run `./run migrate`; if the database is the newer one, run the version that it was made by",
            )


def _skew(subject: str, seconds: float) -> Iterator[Finding]:
    found = f"{seconds:+.1f} s from ours"
    if abs(seconds) < SKEW_WARNING:
        yield ok(subject, found)
        return
    means = "ages, retries and quiet hours are off by as much; signatures older than five minutes are refused"
    judged = fault if abs(seconds) >= SKEW_FAULT else warning
    yield judged(subject, found, means, "let a time service (NTP) set the clocks of both machines")
