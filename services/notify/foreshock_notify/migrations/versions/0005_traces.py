"""Revisions keep the trace that they belong to, so that whoever delivers them goes on in it."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.execute("ALTER TABLE notify.revisions ADD COLUMN traceparent text")


def downgrade() -> None:
    """Drop it."""
    op.execute("ALTER TABLE notify.revisions DROP COLUMN traceparent")
