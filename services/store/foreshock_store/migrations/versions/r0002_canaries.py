"""Canaries that came by."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE store.canaries (
            id uuid PRIMARY KEY,
            accepted_at timestamptz NOT NULL,
            stored_at timestamptz NOT NULL
        )
        """
    )
