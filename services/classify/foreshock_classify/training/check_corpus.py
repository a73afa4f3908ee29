"""Refuses a training corpus that would teach the wrong thing, and says how many examples each cell has.

    python -m foreshock_classify.training.check_corpus            check, print the counts; exit 1 with every fault
    python -m foreshock_classify.training.check_corpus --guide    write the counts into corpus/GUIDE.md as well

What it guarantees of `corpus/*.jsonl`: every line is an example whose labels are known, agree with the definitions
and belong in this file; none is a near copy of an example of another event; no wording is a mould for many; and the
words of the shocks occur outside them too, so that no word alone gives a shock away.
"""

import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from math import ceil
from pathlib import Path
from typing import Literal, NamedTuple, get_args

from pydantic import ConfigDict, Field, ValidationError

from foreshock_classify.training.corpus import CORPUS, UNSPACED, Example, opening
from foreshock_shared.contracts.judgement import Topic, Urgency
from foreshock_shared.contracts.post import SourceKind

GUIDE = CORPUS / "GUIDE.md"
ORDER = list(Topic)
SLUG = r"^[a-z0-9]+(-[a-z0-9]+)*$"
Language = Literal["en", "de", "fr", "es", "ja", "zh", "ko"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
TOO_ALIKE = 0.6  # Jaccard index of character 5-grams from which two examples count as one text
LARGEST_FAMILY = 6  # how many examples may begin with the same words
LEAST_SHARED_VOCABULARY = 0.5
COUNTS = re.compile(r"(?<=<!-- counts -->\n).*(?=<!-- end of counts -->)", re.DOTALL)
SCRIPTS = {"ja": r"[\u3040-\u30ff\u4e00-\u9fff]", "zh": r"[\u4e00-\u9fff]", "ko": r"[\uac00-\ud7af]"}


class Strict(Example):
    """An example as it is trained from, with everything about it checked that one line can show."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(min_length=2, max_length=2000)
    lang: Language
    topics: list[Topic] = Field(min_length=1, max_length=4)
    event: str = Field(pattern=SLUG)
    pattern: str = Field(pattern=SLUG)
    hand: str = Field(pattern=SLUG)

    @property
    def theme(self) -> str:
        """Name of the file where a person would look for it; the first that fits."""
        topics = set(self.topics)
        business = {Topic.FUNDING, Topic.TALENT, Topic.LEGAL, Topic.MARKET}
        themes = {
            "shocks": self.policy_shock,
            "reactions": topics >= {Topic.POLICY, Topic.OPINION},
            "policy": Topic.POLICY in topics,
            "noise": Topic.NONE in topics,
            "opinion": Topic.OPINION in topics,
            "security": Topic.SECURITY in topics,
            "compute": Topic.COMPUTE in topics,
            "business": bool(topics & business),
        }
        return next((theme for theme, fits in themes.items() if fits), "models")


class Placed(NamedTuple):
    """An example and where it stands, as `file:line`."""

    place: str
    example: Strict


def read(folder: Path = CORPUS) -> tuple[list[Placed], list[str]]:
    """Every example that can be read, in order of file and line, and what is wrong with the other lines."""
    examples, faults = [], []
    for path in sorted(folder.glob("*.jsonl")):
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
            place = f"{path.stem}:{number}"
            try:
                examples.append(Placed(place, Strict.model_validate_json(line)))
            except ValidationError as error:
                first = error.errors()[0]
                faults.append(f"{place}: {'.'.join(map(str, first['loc'])) or 'line'}: {first['msg']}")
    return examples, faults


def contradictions(placed: Placed) -> list[str]:
    """Where the labels of one example disagree with the definitions, or with each other."""
    post, topics = placed.example, placed.example.topics
    shock, opinion, urgency = post.policy_shock, Topic.OPINION in topics, post.urgency
    rules = {
        "a shock is an action of a government: add the topic policy": shock and Topic.POLICY not in topics,
        f"a shock is critical or high, not {urgency}": shock and urgency.rank < Urgency.HIGH.rank,
        "commentary on a shock is no shock: drop opinion or policy_shock": shock and opinion,
        "commentary is never critical": opinion and urgency is Urgency.CRITICAL,
        "none stands alone": Topic.NONE in topics and len(topics) > 1,
        "none is low": Topic.NONE in topics and urgency is not Urgency.LOW,
        "topics stand once each, in the order of the contract": list(topics) != sorted(set(topics), key=ORDER.index),
        f"the text is not written in {post.lang}": not re.search(SCRIPTS.get(post.lang, ""), post.text),
        f"belongs in {post.theme}.jsonl by its labels": post.theme != placed.place.partition(":")[0],
    }
    return [f"{placed.place}: {rule}" for rule, broken in rules.items() if broken]


def near_copies(examples: Sequence[Placed]) -> Iterator[str]:
    """One text under two events, or twice under one.

    Texts so alike share one of their rarest shingles, and from the first that they share on enough are left for the
    rest (the prefix and positional filters of Xiao et al., PPJoin, 2008): only such pairs are compared.
    """
    shingles = [_shingles(placed.example.text) for placed in examples]
    frequency = Counter(shingle for each in shingles for shingle in each)
    seen: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    for index, mine in enumerate(shingles):
        rarest = sorted(mine, key=lambda shingle: (frequency[shingle], shingle))
        prefix = rarest[: len(mine) - ceil(TOO_ALIKE * len(mine)) + 1]
        met: dict[int, int] = {}
        for place, shingle in enumerate(prefix):
            for other, its_place in seen[shingle]:
                met.setdefault(other, min(len(mine) - place, len(shingles[other]) - its_place))
            seen[shingle].append((index, place))
        for other in sorted(met):
            together = len(mine) + len(shingles[other])
            if met[other] * (1 + TOO_ALIKE) < TOO_ALIKE * together:
                continue
            common = len(mine & shingles[other])
            alike = common / (together - common)
            foreign = examples[index].example.event != examples[other].example.event
            if alike == 1 or (foreign and alike >= TOO_ALIKE):
                yield f"{examples[index].place}: {alike:.0%} the text of {examples[other].place}: rewrite or drop it"


def _shingles(text: str) -> frozenset[str]:
    folded = " ".join(re.findall(r"\w+", text.casefold()))
    return frozenset(folded[start : start + 5] for start in range(max(1, len(folded) - 4)))


def moulds(examples: Iterable[Placed]) -> Iterator[str]:
    """Openings (four words, or eight characters where words have no spaces) that too many examples share."""
    families: defaultdict[str, list[str]] = defaultdict(list)
    for placed in examples:
        families[opening(placed.example)].append(placed.place)
    for words, places in families.items():
        if len(places) > LARGEST_FAMILY:
            yield f"{places[-1]}: {len(places)} examples begin with “{words}”: at most {LARGEST_FAMILY}"


def shared_vocabulary(examples: Iterable[Placed]) -> float:
    """Share of the words of several shocks that occur in relevant posts that are no shocks."""
    posts = [each.example for each in examples if Topic.NONE not in each.example.topics]
    shocks = Counter(word for post in posts if post.policy_shock for word in _words(post))
    others = {word for post in posts if not post.policy_shock for word in _words(post)}
    telling = {word for word, count in shocks.items() if count > 1}
    return len(telling & others) / len(telling) if telling else 1.0


def _words(post: Strict) -> set[str]:
    """Words, and in scripts that write no spaces pairs of characters."""
    words = set(re.findall(r"[^\W\d_]+", post.text.casefold()))
    spaced = post.lang not in UNSPACED
    return words if spaced else {word[at : at + 2] for word in words for at in range(len(word) - 1)}


def table(examples: Iterable[Placed]) -> str:
    """Markdown: a row for each topic and urgency, a column for each language, social/news/official/blog in a cell."""
    cells = Counter(
        (topic, each.example.urgency, each.example.lang, each.example.source_kind)
        for each in examples
        for topic in each.example.topics
    )
    lines = [f"| topic, urgency | {' | '.join(LANGUAGES)} |", "| --- |" + " ---: |" * len(LANGUAGES)]
    for topic in Topic:
        for urgency in Urgency:
            row = [[cells[topic, urgency, lang, kind] for kind in SourceKind] for lang in LANGUAGES]
            if any(map(any, row)):
                columns = ("/".join(map(str, cell)) if any(cell) else "" for cell in row)
                lines.append(f"| {topic}, {urgency} | {' | '.join(columns)} |")
    return "\n".join(lines) + "\n"


def faults(folder: Path = CORPUS) -> list[str]:
    """Everything that is wrong with the corpus in this folder; empty when it may be trained from."""
    examples, found = read(folder)
    found += [fault for placed in examples for fault in contradictions(placed)]
    found += [*near_copies(examples), *moulds(examples)]
    if (shared := shared_vocabulary(examples)) < LEAST_SHARED_VOCABULARY:
        found.append(f"shocks: only {shared:.0%} of their words occur elsewhere: write hard negatives with the others")
    return found


def main(arguments: Sequence[str]) -> int:
    """Run the check as a command."""
    examples, _ = read()
    shocks = sum(each.example.policy_shock for each in examples)
    shared = shared_vocabulary(examples)
    summary = f"{len(examples)} examples, {shocks} shocks; {shared:.0%} of the shocks' words occur elsewhere"
    counts = f"{table(examples)}\n{summary}\n"
    print(counts)
    if "--guide" in arguments:
        GUIDE.write_text(COUNTS.sub(lambda _: counts, GUIDE.read_text("utf-8")), "utf-8")
    found = faults()
    print(*found, sep="\n", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
