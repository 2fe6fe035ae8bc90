"""An index of the accounts with lots that expire.

The clock looks for those that are due; without it, every account would be read each time.
"""

import sqlalchemy as sa
from alembic import op

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None

SOME_DAY = sa.text("next_event_at < '9999-01-01 00:00:00+00'")


def upgrade() -> None:
    op.create_index(
        'ix_account_due', 'account', ['next_event_at'], unique=False, sqlite_where=SOME_DAY, postgresql_where=SOME_DAY
    )
