"""The texts of stories, each written once: a story's state is rewritten with every batch and must stay small."""

from alembic import op

revision = "0004"
down_revision = "0003"

STEPS = """
CREATE TABLE store.story_texts (
    id uuid PRIMARY KEY,
    story_id uuid NOT NULL,
    turn bigint NOT NULL,
    number integer NOT NULL,
    exact text NOT NULL,
    sample bytea NOT NULL,
    names text NOT NULL,
    written_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX story_texts_story ON store.story_texts (story_id, turn);
CREATE INDEX story_texts_written ON store.story_texts USING brin (written_at)
"""


def upgrade() -> None:
    for statement in STEPS.split(";\n"):
        op.execute(statement)
