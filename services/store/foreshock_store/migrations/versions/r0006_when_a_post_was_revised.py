"""Stored posts say when what they say now was accepted, so that a reader can tell an older event of an edited post."""

from alembic import op

revision = "0006"
down_revision = "0005"

VIEW = """
CREATE OR REPLACE VIEW store.v_posts AS
SELECT id, accepted_at, json_build_object(
    'id', id, 'source', source, 'native_id', native_id, 'url', url, 'author', author,
    'source_kind', source_kind, 'tier', tier, 'created_at', created_at,
    'accepted_at', accepted_at, 'revised_at', current_at, 'stored_at', stored_at, 'excerpt', left(text, 500),
    'origin', origin, 'classification', judgement, 'story', story
) AS payload
FROM store.posts
WHERE topics IS NOT NULL
"""


def upgrade() -> None:
    op.execute(VIEW)
