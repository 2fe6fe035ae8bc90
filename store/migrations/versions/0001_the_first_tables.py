"""The first tables.

The first revision.
"""

import sqlalchemy as sa
from alembic import op

from store import tables

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('workspace',
    sa.Column('id', sa.String(length=64), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('created_at', tables.Utc(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_workspace'))
    )
    op.create_table('account',
    sa.Column('id', sa.String(length=160), nullable=False),
    sa.Column('workspace_id', sa.String(length=64), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('owner_id', sa.String(length=130), nullable=False),
    sa.Column('posted_micros', sa.BigInteger(), server_default=sa.text('0'), nullable=False),
    sa.Column('held_micros', sa.BigInteger(), server_default=sa.text('0'), nullable=False),
    sa.Column('unattributed_micros', sa.BigInteger(), server_default=sa.text('0'), nullable=False),
    sa.Column('next_event_at', tables.Utc(), nullable=False),
    sa.CheckConstraint("kind IN ('company', 'team', 'project', 'person', 'issued', 'consumed', 'expired')", name=op.f('ck_account_kind')),
    sa.CheckConstraint('held_micros >= 0', name=op.f('ck_account_held_not_negative')),
    sa.CheckConstraint('posted_micros >= held_micros', name=op.f('ck_account_available_not_negative')),
    sa.CheckConstraint('unattributed_micros >= 0', name=op.f('ck_account_unattributed_not_negative')),
    sa.ForeignKeyConstraint(['workspace_id'], ['workspace.id'], name=op.f('fk_account_workspace_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_account')),
    postgresql_with={'fillfactor': '70'}
    )
    with op.batch_alter_table('account', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_account_workspace_id_kind'), ['workspace_id', 'kind'], unique=False)

    op.create_table('audit',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('workspace_id', sa.String(length=64), nullable=False),
    sa.Column('at', tables.Utc(), nullable=False),
    sa.Column('actor_id', sa.String(length=130), nullable=True),
    sa.Column('origin', sa.String(length=32), nullable=False),
    sa.Column('action', sa.String(length=64), nullable=False),
    sa.Column('target', sa.Text(), nullable=False),
    sa.Column('old', sa.Text(), nullable=True),
    sa.Column('new', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['workspace_id'], ['workspace.id'], name=op.f('fk_audit_workspace_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit'))
    )
    with op.batch_alter_table('audit', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_audit_workspace_id_at'), ['workspace_id', 'at'], unique=False)

    op.create_table('person',
    sa.Column('id', sa.String(length=130), nullable=False),
    sa.Column('workspace_id', sa.String(length=64), nullable=False),
    sa.Column('slack_id', sa.String(length=64), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('email', sa.Text(), nullable=True),
    sa.Column('timezone', sa.Text(), nullable=True),
    sa.Column('is_admin', sa.Boolean(), nullable=False),
    sa.Column('model', sa.Text(), nullable=True),
    sa.Column('created_at', tables.Utc(), nullable=False),
    sa.ForeignKeyConstraint(['workspace_id'], ['workspace.id'], name=op.f('fk_person_workspace_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_person')),
    sa.UniqueConstraint('workspace_id', 'slack_id', name=op.f('uq_person_workspace_id_slack_id'))
    )
    op.create_table('team',
    sa.Column('id', sa.String(length=64), nullable=False),
    sa.Column('workspace_id', sa.String(length=64), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('name_key', sa.Text(), nullable=False),
    sa.Column('parent_id', sa.String(length=64), nullable=True),
    sa.Column('pool_for_members', sa.Boolean(), nullable=False),
    sa.Column('created_at', tables.Utc(), nullable=False),
    sa.ForeignKeyConstraint(['parent_id'], ['team.id'], name=op.f('fk_team_parent_id')),
    sa.ForeignKeyConstraint(['workspace_id'], ['workspace.id'], name=op.f('fk_team_workspace_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_team')),
    sa.UniqueConstraint('workspace_id', 'name_key', name=op.f('uq_team_workspace_id_name_key'))
    )
    op.create_table('ask',
    sa.Column('id', sa.String(length=64), nullable=False),
    sa.Column('workspace_id', sa.String(length=64), nullable=False),
    sa.Column('event_id', sa.String(length=64), nullable=False),
    sa.Column('channel_id', sa.String(length=64), nullable=False),
    sa.Column('message_ts', sa.String(length=32), nullable=False),
    sa.Column('thread_ts', sa.String(length=32), nullable=False),
    sa.Column('client_msg_id', sa.String(length=64), nullable=True),
    sa.Column('place', sa.String(length=16), nullable=False),
    sa.Column('round', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('asker_id', sa.String(length=64), nullable=False),
    sa.Column('person_id', sa.String(length=130), nullable=True),
    sa.Column('question', sa.Text(), nullable=True),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('lease_owner', sa.String(length=64), nullable=True),
    sa.Column('lease_until_at', tables.Utc(), nullable=False),
    sa.Column('attempts', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('account_id', sa.String(length=160), nullable=True),
    sa.Column('hold_key', sa.String(length=200), nullable=True),
    sa.Column('model', sa.Text(), nullable=True),
    sa.Column('price', sa.Text(), nullable=True),
    sa.Column('price_book', sa.Text(), nullable=True),
    sa.Column('bound_micros', sa.BigInteger(), nullable=True),
    sa.Column('cap_tokens', sa.Integer(), nullable=True),
    sa.Column('input_tokens', sa.BigInteger(), nullable=True),
    sa.Column('cache_read_tokens', sa.BigInteger(), nullable=True),
    sa.Column('cache_write_tokens', sa.BigInteger(), nullable=True),
    sa.Column('output_tokens', sa.BigInteger(), nullable=True),
    sa.Column('cost_micros', sa.BigInteger(), nullable=True),
    sa.Column('estimated', sa.Boolean(), server_default=sa.text('(false)'), nullable=False),
    sa.Column('outcome', sa.String(length=32), nullable=True),
    sa.Column('reply_ts', sa.String(length=32), nullable=True),
    sa.Column('told_at', tables.Utc(), nullable=True),
    sa.Column('created_at', tables.Utc(), nullable=False),
    sa.Column('ended_at', tables.Utc(), nullable=True),
    sa.CheckConstraint("state IN ('received', 'held', 'streaming', 'settled', 'refused', 'failed', 'cancelled')", name=op.f('ck_ask_state')),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_ask_account_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_ask_person_id')),
    sa.ForeignKeyConstraint(['workspace_id'], ['workspace.id'], name=op.f('fk_ask_workspace_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ask')),
    sa.UniqueConstraint('workspace_id', 'channel_id', 'message_ts', 'round', name=op.f('uq_ask_workspace_id_channel_id_message_ts_round')),
    sa.UniqueConstraint('workspace_id', 'client_msg_id', 'round', name=op.f('uq_ask_workspace_id_client_msg_id_round')),
    sa.UniqueConstraint('workspace_id', 'event_id', name=op.f('uq_ask_workspace_id_event_id'))
    )
    with op.batch_alter_table('ask', schema=None) as batch_op:
        batch_op.create_index('ix_ask_live', ['lease_until_at'], unique=False, sqlite_where=sa.text("state IN ('received', 'held', 'streaming') OR told_at IS NULL"), postgresql_where=sa.text("state IN ('received', 'held', 'streaming') OR told_at IS NULL"))
        batch_op.create_index(batch_op.f('ix_ask_person_id_created_at'), ['person_id', 'created_at'], unique=False)

    op.create_table('channel',
    sa.Column('workspace_id', sa.String(length=64), nullable=False),
    sa.Column('channel_id', sa.String(length=64), nullable=False),
    sa.Column('team_id', sa.String(length=64), nullable=True),
    sa.Column('account_id', sa.String(length=160), nullable=True),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_channel_account_id')),
    sa.ForeignKeyConstraint(['team_id'], ['team.id'], name=op.f('fk_channel_team_id')),
    sa.ForeignKeyConstraint(['workspace_id'], ['workspace.id'], name=op.f('fk_channel_workspace_id')),
    sa.PrimaryKeyConstraint('workspace_id', 'channel_id', name=op.f('pk_channel'))
    )
    op.create_table('hold',
    sa.Column('key', sa.String(length=200), nullable=False),
    sa.Column('account_id', sa.String(length=160), nullable=False),
    sa.Column('amount_micros', sa.BigInteger(), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('actual_micros', sa.BigInteger(), nullable=True),
    sa.Column('charged_micros', sa.BigInteger(), nullable=True),
    sa.Column('overrun_micros', sa.BigInteger(), server_default=sa.text('0'), nullable=False),
    sa.Column('estimated', sa.Boolean(), server_default=sa.text('(false)'), nullable=False),
    sa.Column('fingerprint', sa.String(length=64), nullable=False),
    sa.Column('rejection', sa.String(length=16), nullable=True),
    sa.Column('created_at', tables.Utc(), nullable=False),
    sa.Column('expires_at', tables.Utc(), nullable=False),
    sa.Column('dispatched_at', tables.Utc(), nullable=True),
    sa.Column('closed_at', tables.Utc(), nullable=True),
    sa.CheckConstraint("(state IN ('open', 'dispatched')) = (closed_at IS NULL)", name=op.f('ck_hold_closed_once')),
    sa.CheckConstraint("state IN ('open', 'dispatched', 'settled', 'released', 'expired', 'rejected')", name=op.f('ck_hold_state')),
    sa.CheckConstraint('actual_micros >= 0', name=op.f('ck_hold_actual_not_negative')),
    sa.CheckConstraint('amount_micros > 0', name=op.f('ck_hold_amount_positive')),
    sa.CheckConstraint('overrun_micros >= 0', name=op.f('ck_hold_overrun_not_negative')),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_hold_account_id')),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_hold'))
    )
    with op.batch_alter_table('hold', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_hold_account_id'), ['account_id'], unique=False)
        batch_op.create_index('ix_hold_live', ['expires_at'], unique=False, sqlite_where=sa.text("state IN ('open', 'dispatched')"), postgresql_where=sa.text("state IN ('open', 'dispatched')"))

    op.create_table('lot',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('account_id', sa.String(length=160), nullable=False),
    sa.Column('request_key', sa.String(length=200), nullable=False),
    sa.Column('granted_micros', sa.BigInteger(), nullable=False),
    sa.Column('remaining_micros', sa.BigInteger(), nullable=False),
    sa.Column('expires_at', tables.Utc(), nullable=False),
    sa.Column('created_at', tables.Utc(), nullable=False),
    sa.CheckConstraint('granted_micros > 0', name=op.f('ck_lot_granted_positive')),
    sa.CheckConstraint('remaining_micros >= 0 AND remaining_micros <= granted_micros', name=op.f('ck_lot_remaining_in_range')),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_lot_account_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_lot'))
    )
    with op.batch_alter_table('lot', schema=None) as batch_op:
        batch_op.create_index('ix_lot_live', ['account_id', 'expires_at', 'id'], unique=False, sqlite_where=sa.text('remaining_micros > 0'), postgresql_where=sa.text('remaining_micros > 0'))

    op.create_table('membership',
    sa.Column('team_id', sa.String(length=64), nullable=False),
    sa.Column('person_id', sa.String(length=130), nullable=False),
    sa.Column('role', sa.String(length=16), nullable=False),
    sa.Column('created_at', tables.Utc(), nullable=False),
    sa.CheckConstraint("role IN ('member', 'manager')", name=op.f('ck_membership_role')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_membership_person_id')),
    sa.ForeignKeyConstraint(['team_id'], ['team.id'], name=op.f('fk_membership_team_id')),
    sa.PrimaryKeyConstraint('team_id', 'person_id', name=op.f('pk_membership'))
    )
    with op.batch_alter_table('membership', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_membership_person_id'), ['person_id'], unique=False)

    op.create_table('transfer',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('workspace_id', sa.String(length=64), nullable=False),
    sa.Column('request_key', sa.String(length=200), nullable=False),
    sa.Column('fingerprint', sa.String(length=64), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('amount_micros', sa.BigInteger(), nullable=False),
    sa.Column('debit_account_id', sa.String(length=160), nullable=False),
    sa.Column('credit_account_id', sa.String(length=160), nullable=False),
    sa.Column('hold_key', sa.String(length=200), nullable=True),
    sa.Column('actor_id', sa.String(length=130), nullable=True),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('until_at', tables.Utc(), nullable=True),
    sa.Column('created_at', tables.Utc(), nullable=False),
    sa.CheckConstraint("kind IN ('fund', 'grant', 'allowance', 'vest', 'move', 'send', 'return', 'expire', 'consume', 'overrun', 'correct')", name=op.f('ck_transfer_kind')),
    sa.CheckConstraint('amount_micros > 0', name=op.f('ck_transfer_amount_positive')),
    sa.CheckConstraint('debit_account_id <> credit_account_id', name=op.f('ck_transfer_two_accounts')),
    sa.ForeignKeyConstraint(['credit_account_id'], ['account.id'], name=op.f('fk_transfer_credit_account_id')),
    sa.ForeignKeyConstraint(['debit_account_id'], ['account.id'], name=op.f('fk_transfer_debit_account_id')),
    sa.ForeignKeyConstraint(['workspace_id'], ['workspace.id'], name=op.f('fk_transfer_workspace_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_transfer')),
    sa.UniqueConstraint('request_key', name=op.f('uq_transfer_request_key'))
    )
    with op.batch_alter_table('transfer', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_transfer_credit_account_id_created_at'), ['credit_account_id', 'created_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_transfer_debit_account_id_created_at'), ['debit_account_id', 'created_at'], unique=False)

