"""A judged post as a row of `posts`, and many of them as the columns that one `unnest` takes."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple
from uuid import UUID

from foreshock_shared.contracts.events import PostClassified
from foreshock_store.domain.search import lexemes
from foreshock_store.domain.stories import Assignment


class Column(NamedTuple):
    """A column of the batch: its name, how it travels, and how it is turned into what is stored."""

    name: str
    type: str
    expression: str


COLUMNS: Final = (
    Column("id", "uuid", "id"),
    Column("accepted_at", "timestamptz", "accepted_at"),
    Column("source", "text", "source"),
    Column("native_id", "text", "native_id"),
    Column("url", "text", "url"),
    Column("author", "text", "author"),
    Column("lang", "text", "lang"),
    Column("source_kind", "text", "source_kind"),
    Column("tier", "text", "tier"),
    Column("created_at", "timestamptz", "created_at"),
    Column("text", "text", "text"),
    Column("judgement", "text", "judgement::json"),
    Column("urgency", "int2", "urgency"),
    Column("shock", "bool", "shock"),
    Column("topics", "text", "string_to_array(topics, ' ')"),
    Column("story_id", "uuid", "story_id"),
    Column("story", "text", "story::json"),
    Column("origin", "uuid", "origin"),
    Column("search", "text", "array_to_tsvector(string_to_array(search, ' '))"),
)
NOISE_COLUMNS: Final = COLUMNS[:14]
"""All that is known of a post that is not about our field."""


def row(one: PostClassified, assignment: Assignment | None) -> tuple[object, ...]:
    """Values in the order of `COLUMNS`; for noise, of `NOISE_COLUMNS`."""
    post, judgement = one.post, one.classification
    common = (
        post.id,
        post.accepted_at,
        post.source,
        post.native_id,
        post.url,
        post.author,
        post.lang or judgement.lang,
        post.source_kind.value,
        post.tier.value,
        post.created_at,
        post.text,
        judgement.to_wire().decode(),
        judgement.urgency.rank,
        judgement.shock,
    )
    if assignment is None:
        return common
    topics = " ".join(topic.name.value for topic in judgement.topics)
    story = assignment.story.to_wire().decode()
    return (*common, topics, assignment.story.id, story, assignment.origin, " ".join(lexemes(post.text)))


def columns(posts: Sequence[PostClassified], stories: Mapping[UUID, Assignment]) -> list[tuple[object, ...]]:
    """The rows, turned: one sequence for each column. The posts are all noise, or none of them is."""
    return list(
        zip(*(row(p, stories.get(p.post.id) if p.classification.relevant else None) for p in posts), strict=True)
    )
