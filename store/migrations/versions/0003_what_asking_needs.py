"""What asking needs: files, named models, agreed costs, private asks, stops, channels' settings, texts that are kept."""

import sqlalchemy as sa
from alembic import op

from store.tables import Utc

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('workspace', sa.Column('instructions', sa.Text(), nullable=True))
    op.add_column('channel', sa.Column('model', sa.Text(), nullable=True))
    op.add_column('channel', sa.Column('instructions', sa.Text(), nullable=True))
    op.add_column(
        'channel', sa.Column('follow_threads', sa.Boolean(), server_default=sa.text('false'), nullable=False)
    )
    op.add_column('ask', sa.Column('files', sa.Text(), nullable=True))
    op.add_column('ask', sa.Column('wanted_model', sa.Text(), nullable=True))
    op.add_column('ask', sa.Column('confirmed_micros', sa.BigInteger(), nullable=True))
    op.add_column('ask', sa.Column('from_channel_id', sa.String(length=64), nullable=True))
    op.add_column('ask', sa.Column('from_thread_ts', sa.String(length=32), nullable=True))
    op.add_column('ask', sa.Column('stopped_by', sa.Text(), nullable=True))
    op.add_column('ask', sa.Column('edited_ts', sa.String(length=32), nullable=True))
    op.create_index('ix_ask_channel_id_thread_ts', 'ask', ['channel_id', 'thread_ts'], unique=False)
    op.create_table(
        'kept_text',
        sa.Column('ask_id', sa.String(length=64), nullable=False),
        sa.Column('question', sa.Text(), nullable=False),
        sa.Column('answer', sa.Text(), nullable=False),
        sa.Column('purge_at', Utc(length=32), nullable=False),
        sa.ForeignKeyConstraint(['ask_id'], ['ask.id'], name=op.f('fk_kept_text_ask_id')),
        sa.PrimaryKeyConstraint('ask_id', name=op.f('pk_kept_text')),
    )
    op.create_index('ix_kept_text_purge_at', 'kept_text', ['purge_at'], unique=False)
