"""Stories that a person has put right: what was merged or split, by whom, and whether it has been told."""

from alembic import op

revision = "0003"
down_revision = "0002"

STEPS = """
ALTER TABLE store.stories ADD COLUMN merged_into uuid;
CREATE TABLE store.story_corrections (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL,
    story_id uuid NOT NULL,
    other_id uuid NOT NULL,
    posts uuid[] NOT NULL,
    made_at timestamptz NOT NULL,
    made_by text NOT NULL,
    note text NOT NULL,
    told_at timestamptz
);
CREATE INDEX story_corrections_untold ON store.story_corrections (id) WHERE told_at IS NULL
"""


def upgrade() -> None:
    for statement in STEPS.split(";\n"):
        op.execute(statement)
