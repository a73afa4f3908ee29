"""`./run why`: the whole path of a post: when it was accepted, why it is judged so, what each rule said, who was told.

Asked of the store and of notify over HTTP; for a post that neither knows, the lanes and the dead letters are looked
through. Exit status 0 when the post was found somewhere, 1 when it is nowhere.
"""

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeAlias
from uuid import UUID

import httpx2
from rich.console import Console
from rich.text import Text

from foreshock_shared.runtime import redis as shared_redis
from foreshock_shared.runtime.errors import DependencyUnavailable
from foreshock_stack.addresses import running_stack
from foreshock_stack.audit import moving
from foreshock_stack.environment import Environment
from foreshock_stack.letters import Letter, opened

EXCERPT: Final = 240
CUES: Final = 6
ANSWER_SECONDS: Final = 15.0

Json: TypeAlias = dict[str, Any]
Line: TypeAlias = tuple[str, str]
"""A label and what belongs to it."""


@dataclass(frozen=True, slots=True)
class Path:
    """All that is known of a post, from wherever it is known."""

    post_id: UUID
    post: Json | None = None
    """As the store has it."""
    decision: Json | None = None
    undecided: str = ""
    """What notify says where there is no decision."""
    incident: Json | None = None
    letters: tuple[Letter, ...] = ()
    in_flight: bool = False

    @property
    def found(self) -> bool:
        return self.post is not None or self.decision is not None or bool(self.letters) or self.in_flight


def run(environment: Environment, post_id: UUID) -> int:
    """Find the post and print its path."""
    path = asyncio.run(_find(environment, post_id))
    console = Console(highlight=False, soft_wrap=True)
    for label, said in lines(path):
        console.print(Text.assemble((f"{label:<10}", "bold"), said))
    return 0 if path.found else 1


async def _find(environment: Environment, post_id: UUID) -> Path:
    addresses = running_stack(environment)
    headers = {"authorization": f"Bearer {environment.api_key().get_secret_value()}"}
    async with httpx2.AsyncClient(headers=headers, timeout=ANSWER_SECONDS, trust_env=False) as client:
        post, _ = await _ask(client, f"{environment.address('store')}/v1/posts/{post_id}")
        notify = environment.address("notify")
        decision, undecided = await _ask(client, f"{notify}/v1/posts/{post_id}/decision")
        incident = None
        if decision and decision["incident_id"]:
            incident, _ = await _ask(client, f"{notify}/v1/incidents/{decision['incident_id']}")
    async with opened(addresses) as letters:
        died = await letters.of_post(post_id)
    in_flight = False
    if post is None and not died:
        redis = shared_redis.connect(addresses.redis)
        try:
            async with shared_redis.translated():
                in_flight = post_id in {each.id for each in (await moving.scan(redis)).in_flight}
        finally:
            await redis.aclose()
    return Path(post_id, post, decision, undecided, incident, tuple(died), in_flight)


async def _ask(client: httpx2.AsyncClient, url: str) -> tuple[Json | None, str]:
    """What a service answers; for a 404 None, and what it says. Raises DependencyUnavailable for everything else."""
    try:
        answer = await client.get(url)
    except httpx2.HTTPError as error:
        raise DependencyUnavailable(f"{url} does not answer: {error}") from error
    if answer.status_code == 404:
        return None, str(answer.json().get("detail", ""))
    if answer.status_code != 200:
        raise DependencyUnavailable(f"{url} answers {answer.status_code}: {answer.text[:200]}")
    found: Json = answer.json()
    return found, ""


def lines(path: Path) -> Iterator[Line]:
    """The path in words. Pure."""
    yield "post", str(path.post_id)
    if path.post is not None:
        yield from _accepted(path.post)
        yield from _judged(path.post)
        yield from _story(path.post)
    yield from _quarantined(path.letters)
    if path.in_flight:
        yield "on its way", "accepted, and not yet stored: look at /readyz of classify and store if it stays so"
    if path.decision is not None:
        yield from _decided(path.decision)
    elif path.post is not None:
        yield "decided", _undecided(path.post, path.undecided)
    if path.incident is not None:
        yield from _incident(path.incident)
    if path.decision is not None:
        yield from _told(path.decision, path.incident)
    if not path.found:
        yield (
            "nowhere",
            "it is neither stored, nor quarantined, nor on its way: it was never accepted here, or is past keeping",
        )


def _accepted(post: Json) -> Iterator[Line]:
    took = datetime.fromisoformat(post["stored_at"]) - datetime.fromisoformat(post["accepted_at"])
    created = f", dated {_when(post['created_at'])}" if post["created_at"] else ", without a date"
    yield (
        "accepted",
        (
            f"{_when(post['accepted_at'])} from {post['source']} ({post['tier']}, {post['source_kind']}){created}; "
            f"stored {took.total_seconds() * 1000:,.0f} ms later"
        ),
    )
    if post["revisions"]:
        yield "revised", f"{len(post['revisions'])} times; below is what it is now"
    text = " ".join(post["text"].split())
    yield "text", text if len(text) <= EXCERPT else text[: EXCERPT - 1] + "…"
    if post["url"]:
        yield "url", post["url"]


def _judged(post: Json) -> Iterator[Line]:
    topics = ", ".join(f"{topic['name']} {topic['score']:.2f}" for topic in post["topics"])
    shock = "a shock" if post["shock"] else "no shock"
    yield (
        "judged",
        (
            f"{shock} ({post['shock_score']:.2f}), {post['urgency']} ({post['urgency_score']:.2f}): {topics}; "
            f"model {post['why']['model']}"
        ),
    )
    if post["entities"]:
        yield "names", ", ".join(f"{entity['name']} ({entity['kind']})" for entity in post["entities"])
    cues = sorted(post["why"]["cues"], key=lambda cue: -abs(cue["weight"]))
    if cues:
        yield "because", ", ".join(f"“{c['cue']}” ({c['decision']} {c['weight']:+.1f})" for c in cues[:CUES])
    elif _is_noise(post):
        yield "because", 'nothing in it is about our field; `./run explain "…"` shows what its words weigh'


def _is_noise(post: Json) -> bool:
    return bool(post["topics"][0]["name"] == "none")


def _story(post: Json) -> Iterator[Line]:
    story = post["story"]
    if story is None:
        return
    yield "story", f"{story['id']}: {story['headline']}, first seen {_when(story['first_seen'])}"
    if story["why"]:
        yield "", f"tied to it by {'; '.join(story['why'])}"
    if post["origin"] != post["id"]:
        yield "", f"a copy of {post['origin']}: the two count as one origin"
    if story.get("ends"):
        yield "", f"which ends story {story['ends']}"


def _quarantined(letters: Iterable[Letter]) -> Iterator[Line]:
    for letter in letters:
        yield (
            "quarantine",
            f"{letter.name}, {letter.died_at[:19]}: {letter.error} on {letter.origin or 'no lane'}: {letter.reason}",
        )
        yield "", f"`./run dead show {letter.name}` shows its bytes, `./run dead replay {letter.name}` puts it back"


def _undecided(post: Json, said: str) -> str:
    if _is_noise(post):
        return "not at all: a post that is not about our field is kept, and told to nobody"
    return said


def _decided(decision: Json) -> Iterator[Line]:
    part = "a new origin" if decision["independent"] else "a witness, and no new origin" if decision["witness"] else ""
    part = f", {part}" if part else ", a silent member" if decision["incident_id"] else ""
    heard = f"{decision['origins']} independent origins heard of its story"
    yield "decided", f"{decision['reason']}, {_when(decision['decided_at'])}{part}; {heard}"
    for rule in decision["rules"]:
        yield "rule", f"{rule['name']}: {_rule(rule)}"


def _rule(rule: Json) -> str:
    said = rule["said"] or "not in force then"
    if not rule["in_force"]:
        return f"{said}; the rule is gone by now"
    if rule["lacks"]:
        return f"{said}: {'; '.join(rule['lacks'])}"
    if rule["because"]:
        by_now = "" if said == "matched" else ", would match by now"
        return f"{said}{by_now}: {'; '.join(rule['because'])}"
    return str(said)


def _incident(incident: Json) -> Iterator[Line]:
    yield (
        "incident",
        (
            f"{incident['id']}: {incident['status']}, {incident['urgency']}, revision {incident['revision']}, "
            f"by {', '.join(incident['rules'])}; {incident['origins']} origins"
        ),
    )
    for revision in incident["revisions"]:
        told = ", ".join(f"{name} ({kind})" for name, kind in revision["tell"].items()) or "nobody"
        yield (
            "",
            f"revision {revision['revision']}: {revision['reason']}, {_when(revision['decided_at'])}; tells {told}",
        )


def _told(decision: Json, incident: Json | None) -> Iterator[Line]:
    """Deliveries of the incident, and those of revisions elsewhere that the post caused (a lift)."""
    own = incident["deliveries"] if incident else []
    known = {delivery["id"] for delivery in own}
    deliveries = own + [each for each in decision["deliveries"] if each["id"] not in known]
    for delivery in deliveries:
        yield "delivery", _delivery(delivery)
    if not deliveries:
        yield "told", "nobody"


def _delivery(delivery: Json) -> str:
    times = f"{delivery['attempt']} attempt{'' if delivery['attempt'] == 1 else 's'}"
    what = f"{delivery['receiver']}: {delivery['kind']}, revision {delivery['revision']}: {delivery['state']}, {times}"
    if delivery["finished_at"]:
        return f"{what}, {_when(delivery['finished_at'])}"
    waits = f", next {_when(delivery['due_at'])}" if delivery["state"] == "pending" else ""
    return f"{what}{waits}" + (f"; {delivery['last_error']}" if delivery["last_error"] else "")


def _when(moment: str) -> str:
    return f"{datetime.fromisoformat(moment):%Y-%m-%d %H:%M:%S}Z"
