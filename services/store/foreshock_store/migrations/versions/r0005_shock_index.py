"""What the shock index is made of: who told which shock, and how much each source says in a day."""

from alembic import op

revision = "0005"
down_revision = "0004"

STEPS = """
CREATE TABLE store.shock_tellings (
    origin uuid NOT NULL,
    source text NOT NULL,
    story_id uuid NOT NULL,
    at timestamptz NOT NULL,
    urgency smallint NOT NULL,
    tier text NOT NULL,
    jurisdiction text,
    action text,
    PRIMARY KEY (origin, source)
);
CREATE INDEX shock_tellings_at ON store.shock_tellings (at);
CREATE TABLE store.source_volumes (
    day date NOT NULL,
    source text NOT NULL,
    posts bigint NOT NULL,
    PRIMARY KEY (day, source)
)
"""


def upgrade() -> None:
    for statement in STEPS.split(";\n"):
        op.execute(statement)
