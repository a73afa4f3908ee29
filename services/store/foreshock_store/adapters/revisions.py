"""Later acceptances of a known id: the rare path beside the hot one.

A redelivery (same moment, same content) changes nothing. Everything else is entered in the book of revisions, with its
content where that differs from the first; and if no later one is known, it becomes what the post is now.
"""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from foreshock_shared.contracts.events import PostClassified
from foreshock_shared.runtime.database import Session
from foreshock_store.adapters.rows import COLUMNS, NOISE_COLUMNS, row
from foreshock_store.domain.stories import Assignment

_FIRSTS: Final = "SELECT id, accepted_at, content FROM store.post_keys WHERE id = ANY($1::uuid[])"
_ENTER: Final = """
INSERT INTO store.post_revisions (id, accepted_at, content, post, judgement)
VALUES ($1, $2, $3, $4::text::json, $5::text::json) ON CONFLICT DO NOTHING
"""
_NOTHING: Final = (None,) * (len(COLUMNS) - len(NOISE_COLUMNS))
_FIXED: Final = ("id", "accepted_at", "source", "native_id")
_BECOMES: Final = f"""
UPDATE store.posts AS p SET current_at = $1, first = CASE WHEN $2 THEN coalesce(p.first, json_build_object(
        'text', p.text, 'url', p.url, 'author', p.author, 'lang', p.lang, 'created_at', p.created_at,
        'judgement', p.judgement)) ELSE p.first END,
    {", ".join(f"{c.name} = new.{c.name}" for c in COLUMNS if c.name not in _FIXED)}
FROM (
    SELECT {", ".join(f"{c.expression} AS {c.name}" for c in COLUMNS)}
    FROM (SELECT {", ".join(f"${n}::{c.type} AS {c.name}" for n, c in enumerate(COLUMNS, 3))}) AS given
) AS new
WHERE p.accepted_at = new.accepted_at AND p.id = new.id AND $1 > coalesce(p.current_at, p.accepted_at)
"""  # noqa: S608 - built from the column list of our own code


async def keep_later(connection: Session, posts: Sequence[PostClassified], stories: Mapping[UUID, Assignment]) -> None:
    """Enter what is no mere redelivery, and let the latest be what the post is now."""
    firsts = {r["id"]: r for r in await connection.fetch(_FIRSTS, [p.post.id for p in posts])}
    for one in sorted(posts, key=lambda p: (p.post.id.bytes, p.post.accepted_at)):
        post, first = one.post, firsts[one.post.id]
        content = bytes.fromhex(post.content)
        if (post.accepted_at, content) == (first["accepted_at"], first["content"]):
            continue
        changed = content != first["content"]
        texts = (post.to_wire().decode(), one.classification.to_wire().decode()) if changed else (None, None)
        await connection.execute(_ENTER, post.id, post.accepted_at, content, *texts)
        assignment = stories.get(post.id) if one.classification.relevant else None
        values = [*row(one, assignment), *_NOTHING][: len(COLUMNS)]
        values[1] = first["accepted_at"]
        await connection.execute(_BECOMES, post.accepted_at, changed, *values)
