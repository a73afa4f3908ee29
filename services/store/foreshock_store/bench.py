"""`python -m foreshock_store.bench`: what the story engine costs a relevant post on one core, and what it keeps.

Posts are invented: three in ten repeat a recent one, three tell of a recent event in other words, four are new.
Each row first fills the engine to so many active stories, then takes in more posts as a full engine does: each story
that is opened lets the one touched longest ago go. Time is of this process alone, the fastest of
several rounds, since what else the machine does only adds to it.
"""

import random
import resource
import sys
import time
from collections import deque
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from foreshock_shared.contracts.judgement import (
    Classification,
    Entity,
    EntityKind,
    ScoredTopic,
    Topic,
    Urgency,
    Why,
)
from foreshock_store.domain.stories import StoryEngine
from foreshock_store.domain.story import STATE, PostFacts

ACTIVE: Final = (10, 1_000, 10_000, 100_000)
ROUNDS: Final = 8
POSTS: Final = 400
"""Posts of a round."""
MEGABYTE: Final = 1024 if sys.platform == "linux" else 1024**2
_BEGIN: Final = datetime(2026, 1, 1, tzinfo=UTC)
_TOPICS: Final = (Topic.POLICY, Topic.RELEASE, Topic.FUNDING, Topic.COMPUTE, Topic.SECURITY)
_SAID: Final = (
    ("{firm} releases {model}, an open model for {a} and {b}", "{model} is out: {firm} says it beats the last at {a}"),
    ("{firm} raises {sum} million for {a} chips in {place}", "Investors put {sum} million into {firm} of {place}"),
    ("{place} weighs a licence for {model} by {firm}", "{firm} must report on {model}, says the {place} Trade Bureau"),
    ("{model} leaks prompts of {a} users, {firm} patches", "Flaw in {model}: {firm} tells {a} customers to update"),
    ("{firm} plans {sum} megawatts near {place}", "{place} gets a data centre of {sum} megawatts, {firm} signs"),
)


class Stream:
    """Invented posts without end, with their judgements."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
        self._words = [self._coined(2) for _ in range(3_000)]
        self._firms = [f"{self._coined(3).capitalize()} Labs" for _ in range(2_000)]
        self._recent = deque[tuple[dict[str, str], int, str]](maxlen=200)
        self._made = 0

    def next(self, *, fresh: bool = False) -> tuple[PostFacts, Classification]:
        """The next post; `fresh`: of a new event."""
        self._made += 1
        way = 1.0 if fresh else self._chance.random()
        if way < 0.6 and self._recent:
            fields, form, text = self._chance.choice(self._recent)
            text = f"RT @reader: {text}" if way < 0.3 else self._told(fields, form)
        else:
            fields, form = self._fields(), self._chance.randrange(len(_SAID))
            text = self._told(fields, form)
        self._recent.append((fields, form, text))
        at = _BEGIN + timedelta(seconds=self._made)
        return PostFacts(UUID(int=self._made), text, at), _judged(fields, form)

    def _told(self, fields: dict[str, str], form: int) -> str:
        rest = " ".join(self._words[int(3_000 * self._chance.random() ** 3)] for _ in range(14))
        return f"{self._chance.choice(_SAID[form]).format(**fields)}. {rest.capitalize()}."

    def _fields(self) -> dict[str, str]:
        model = f"{self._coined(3).capitalize()}-{self._chance.randint(2, 40)}"
        firm, place = self._chance.choice(self._firms), self._coined(2).capitalize()
        a, b = self._chance.sample(self._words, 2)
        return {"firm": firm, "model": model, "place": place, "sum": str(self._chance.randint(11, 990)), "a": a, "b": b}

    def _coined(self, syllables: int) -> str:
        return "".join(self._chance.choice("bdfgklmnprstvz") + self._chance.choice("aeiou") for _ in range(syllables))


def _judged(fields: dict[str, str], form: int) -> Classification:
    firm = fields["firm"]
    return Classification(
        topics=[ScoredTopic(name=_TOPICS[form], score=0.9)],
        urgency=Urgency.MEDIUM,
        urgency_score=0.5,
        shock=False,
        shock_score=0.1,
        entities=[Entity(id=firm.lower().replace(" ", "-"), name=firm, kind=EntityKind.VENDOR)],
        why=Why(model="bench"),
    )


def main() -> None:
    """Measure and print a row for each number of active stories."""
    print(f"{'active stories':>14}  {'µs a post':>9}  {'state a story':>13}  {'memory':>8}")
    for active in ACTIVE:
        engine, stream = StoryEngine(timedelta(days=400), active), Stream(active)
        while len(engine.active) < active - 1:
            _assign(engine, *stream.next(fresh=True))
            engine.take_changes()
        cost = min(_round(engine, stream) for _ in range(ROUNDS))
        sample = list(engine.active)[:: max(1, active // 200)]
        state = sum(len(STATE.dump_json(story)) for story in sample) / len(sample)
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MEGABYTE
        print(f"{active:>14,}  {cost:>9.0f}  {state / 1024:>10.1f} kB  {memory:>5.0f} MB", flush=True)


def _round(engine: StoryEngine, stream: Stream) -> float:
    posts = [stream.next() for _ in range(POSTS)]
    began = time.process_time()
    for facts, judgement in posts:
        _assign(engine, facts, judgement)
    taken = time.process_time() - began
    engine.take_changes()
    return taken / POSTS * 1e6


def _assign(engine: StoryEngine, facts: PostFacts, judgement: Classification) -> None:
    if engine.assign(facts, judgement, facts.at) is None:
        raise AssertionError("a relevant post has a story")


if __name__ == "__main__":
    main()
