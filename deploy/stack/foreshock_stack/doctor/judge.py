"""What is thought of everything around the servers: services, sources, receivers, this machine. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from foreshock_stack.doctor.facts import HereFacts, Reach, ServiceFacts
from foreshock_stack.doctor.finding import Finding, fault, ok, size, warning

DISK_WARNING: Final = 2_000_000_000
DISK_FAULT: Final = 200_000_000
OLDEST_PYTHON: Final = (3, 11)


def services(facts: Sequence[ServiceFacts]) -> Iterator[Finding]:
    """What the services say of themselves. A stack that is down as a whole is no fault: it may not be started yet."""
    if all(each.status is None for each in facts):
        yield warning("services", "none answers", "the stack is down", "start it: `./run up`, or docker compose up -d")
        return
    for each in facts:
        if each.status is None:
            yield fault(
                each.name,
                f"no answer at {each.address}",
                "it does not run, or cannot be reached from here",
                "look at its log",
            )
        elif each.failing:
            for check, reason in each.failing.items():
                yield fault(each.name, f"{check}: {reason}", "it runs and cannot do its work", "mend what it names")
        else:
            yield ok(each.name, f"ready at {each.address}")


def sources(configured: Sequence[str], told: Mapping[str, str]) -> Iterator[Finding]:
    """Sources by name, and how ingest says that each is."""
    if not configured:
        yield ok("sources", "none is enabled: posts come by push alone")
    for name in configured:
        state = told.get(name)
        if state == "failing":
            yield warning(
                f"source {name}",
                "it fails, and is tried again",
                "nothing new comes from it",
                "the log of ingest says why",
            )
        elif told and state is None:
            yield warning(
                f"source {name}", "ingest does not know it", "nothing comes from it", "restart ingest after a change"
            )
        elif state is not None:
            yield ok(f"source {name}", state)


def reach(found: Reach) -> Finding:
    """A host that somebody named in rules.yaml or sources.yaml."""
    subject = f"{found.kind} {found.name}"
    if not found.trouble:
        return ok(subject, f"{found.host} can be reached; nothing was sent")
    told = found.kind == "receiver"
    means = "nobody is told by it" if told else "nothing comes from it"
    if found.barred:
        return fault(subject, found.trouble, means, "give it a public address, or set allow_private_addresses: true")
    judged = fault if told else warning
    return judged(
        subject, found.trouble, f"{means} for as long as this lasts", "look at its address and at the network"
    )


def suspended(names: Mapping[str, str], configured: Sequence[str]) -> Iterator[Finding]:
    """Receivers that have said that they are gone."""
    for name, since in names.items():
        if name in configured:
            yield fault(
                f"receiver {name}",
                f"suspended since {since}: it answered 410 Gone",
                "it is told nothing any more",
                "give it another url in rules.yaml",
            )


def here(facts: HereFacts, *, servers_here: bool) -> Iterator[Finding]:
    """This machine and the state folder."""
    python = ".".join(map(str, facts.python))
    if facts.python < OLDEST_PYTHON:
        yield fault("python", python, "it is too old", "install Python 3.11 or newer and remove .venv")
    else:
        yield ok("python", python)
    for name in facts.open_secrets:
        yield warning(
            "secrets", f"{name} can be read by others on this machine", "so can your posts", f"chmod 600 {name}"
        )
    if not servers_here:
        return
    if facts.barred_by is not None:
        yield fault(
            "state folder",
            f"{facts.barred_by} bars the user {facts.account} from {facts.state_dir}",
            "the servers run as that user and cannot start",
            "set FORESHOCK_STATE_DIR to a folder that every user may pass through, such as /var/lib/foreshock",
        )
    elif not facts.exists:
        yield ok("state folder", f"{facts.state_dir} will be made at the first start")
    else:
        yield ok("state folder", facts.state_dir)
    yield _disk(facts)


def _disk(facts: HereFacts) -> Finding:
    found = f"{size(facts.free_bytes)} of {size(facts.total_bytes)} free"
    if facts.free_bytes < DISK_FAULT:
        means = "the servers are about to refuse writes; accepted posts are kept, new ones are not"
        return fault("disk", found, means, "free some, or lower FORESHOCK_RETENTION_DAYS")
    if facts.free_bytes < DISK_WARNING:
        means = "a flood or some weeks of posts will fill it"
        return warning("disk", found, means, "free some, or lower FORESHOCK_RETENTION_DAYS")
    return ok("disk", found)
