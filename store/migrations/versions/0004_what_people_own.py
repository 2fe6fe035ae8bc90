"""What people own: allowances, packages, loans, requests; projects, cost centres, the roster; policies, messages to send."""

import sqlalchemy as sa
from alembic import op

from store.tables import Utc

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None

def upgrade() -> None:
    op.create_table('cost_centre',
        sa.Column('workspace_id', sa.String(length=64), nullable=False),
        sa.Column('owner_id', sa.String(length=340), nullable=False),
        sa.Column('from_on', sa.String(length=10), nullable=False),
        sa.Column('code', sa.Text(), nullable=True),
        sa.Column('created_at', Utc(length=32), nullable=False),
        sa.ForeignKeyConstraint(['workspace_id'], ['workspace.id'], name=op.f('fk_cost_centre_workspace_id')),
        sa.PrimaryKeyConstraint('owner_id', 'from_on', name=op.f('pk_cost_centre'))
    )
    op.create_index('ix_cost_centre_workspace_id', 'cost_centre', ['workspace_id'], unique=False)
    op.create_table('outbox',
        sa.Column('key', sa.String(length=200), nullable=False),
        sa.Column('workspace_id', sa.String(length=64), nullable=False),
        sa.Column('slack_id', sa.String(length=64), nullable=False),
        sa.Column('kind', sa.String(length=32), nullable=False),
        sa.Column('payload', sa.Text(), nullable=False),
        sa.Column('revision', sa.Integer(), server_default=sa.text('0'), nullable=False),
        sa.Column('state', sa.String(length=16), nullable=False),
        sa.Column('attempts', sa.Integer(), server_default=sa.text('0'), nullable=False),
        sa.Column('next_at', Utc(length=32), nullable=False),
        sa.Column('channel_id', sa.String(length=64), nullable=True),
        sa.Column('message_ts', sa.String(length=32), nullable=True),
        sa.Column('created_at', Utc(length=32), nullable=False),
        sa.Column('sent_at', Utc(length=32), nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'sent', 'failed')", name=op.f('ck_outbox_state')),
        sa.ForeignKeyConstraint(['workspace_id'], ['workspace.id'], name=op.f('fk_outbox_workspace_id')),
        sa.PrimaryKeyConstraint('key', name=op.f('pk_outbox'))
    )
    op.create_index('ix_outbox_waiting', 'outbox', ['next_at'], unique=False, sqlite_where=sa.text("state = 'waiting'"), postgresql_where=sa.text("state = 'waiting'"))
    op.create_table('policy_version',
        sa.Column('workspace_id', sa.String(length=64), nullable=False),
        sa.Column('number', sa.Integer(), nullable=False),
        sa.Column('toml', sa.Text(), nullable=False),
        sa.Column('actor_id', sa.String(length=130), nullable=True),
        sa.Column('origin', sa.String(length=32), nullable=False),
        sa.Column('at', Utc(length=32), nullable=False),
        sa.ForeignKeyConstraint(['workspace_id'], ['workspace.id'], name=op.f('fk_policy_version_workspace_id')),
        sa.PrimaryKeyConstraint('workspace_id', 'number', name=op.f('pk_policy_version'))
    )
    op.create_table('allowance',
        sa.Column('id', sa.String(length=64), nullable=False),
        sa.Column('workspace_id', sa.String(length=64), nullable=False),
        sa.Column('scope', sa.String(length=16), nullable=False),
        sa.Column('scope_id', sa.String(length=130), nullable=False),
        sa.Column('amount_micros', sa.BigInteger(), nullable=False),
        sa.Column('period', sa.String(length=16), nullable=False),
        sa.Column('rollover_micros', sa.BigInteger(), nullable=False),
        sa.Column('rollover_periods', sa.Integer(), nullable=True),
        sa.Column('payer_id', sa.String(length=160), nullable=False),
        sa.Column('from_on', sa.String(length=10), nullable=False),
        sa.Column('next_on', sa.String(length=10), nullable=False),
        sa.Column('until_on', sa.String(length=10), nullable=True),
        sa.Column('created_by', sa.String(length=130), nullable=True),
        sa.Column('created_at', Utc(length=32), nullable=False),
        sa.Column('ended_at', Utc(length=32), nullable=True),
        sa.CheckConstraint("period IN ('week', 'month', 'quarter')", name=op.f('ck_allowance_period')),
        sa.CheckConstraint("scope IN ('person', 'team', 'everyone')", name=op.f('ck_allowance_scope')),
        sa.CheckConstraint('amount_micros > 0', name=op.f('ck_allowance_amount_positive')),
        sa.CheckConstraint('rollover_micros >= 0 AND rollover_micros <= amount_micros', name=op.f('ck_allowance_rollover_in_range')),
        sa.ForeignKeyConstraint(['payer_id'], ['account.id'], name=op.f('fk_allowance_payer_id')),
        sa.ForeignKeyConstraint(['workspace_id'], ['workspace.id'], name=op.f('fk_allowance_workspace_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_allowance'))
    )
    op.create_index('ix_allowance_active', 'allowance', ['workspace_id', 'scope', 'scope_id'], unique=True, sqlite_where=sa.text('ended_at IS NULL AND until_on IS NULL'), postgresql_where=sa.text('ended_at IS NULL AND until_on IS NULL'))
    op.create_index('ix_allowance_due', 'allowance', ['next_on'], unique=False, sqlite_where=sa.text('ended_at IS NULL'), postgresql_where=sa.text('ended_at IS NULL'))
    op.create_index('ix_allowance_scope_id', 'allowance', ['scope_id'], unique=False)
    op.create_table('loan',
        sa.Column('id', sa.String(length=200), nullable=False),
        sa.Column('workspace_id', sa.String(length=64), nullable=False),
        sa.Column('lender_id', sa.String(length=160), nullable=False),
        sa.Column('borrower_id', sa.String(length=160), nullable=False),
        sa.Column('amount_micros', sa.BigInteger(), nullable=False),
        sa.Column('returned_micros', sa.BigInteger(), nullable=False),
        sa.Column('due_at', Utc(length=32), nullable=False),
        sa.Column('next_at', Utc(length=32), nullable=False),
        sa.Column('reason', sa.Text(), nullable=True),
        sa.Column('created_by', sa.String(length=130), nullable=True),
        sa.Column('created_at', Utc(length=32), nullable=False),
        sa.Column('closed_at', Utc(length=32), nullable=True),
        sa.CheckConstraint('lender_id <> borrower_id', name=op.f('ck_loan_two_accounts')),
        sa.CheckConstraint('returned_micros >= 0 AND returned_micros <= amount_micros', name=op.f('ck_loan_returned_in_range')),
        sa.ForeignKeyConstraint(['borrower_id'], ['account.id'], name=op.f('fk_loan_borrower_id')),
        sa.ForeignKeyConstraint(['lender_id'], ['account.id'], name=op.f('fk_loan_lender_id')),
        sa.ForeignKeyConstraint(['workspace_id'], ['workspace.id'], name=op.f('fk_loan_workspace_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_loan'))
    )
    op.create_index('ix_loan_borrower_id', 'loan', ['borrower_id'], unique=False)
    op.create_index('ix_loan_due', 'loan', ['next_at'], unique=False, sqlite_where=sa.text('closed_at IS NULL'), postgresql_where=sa.text('closed_at IS NULL'))
    op.create_index('ix_loan_lender_id', 'loan', ['lender_id'], unique=False)
    op.create_table('package',
        sa.Column('id', sa.String(length=64), nullable=False),
        sa.Column('workspace_id', sa.String(length=64), nullable=False),
        sa.Column('person_id', sa.String(length=130), nullable=False),
        sa.Column('annual_micros', sa.BigInteger(), nullable=False),
        sa.Column('months', sa.Integer(), nullable=True),
        sa.Column('cliff_months', sa.Integer(), nullable=False),
        sa.Column('starts_on', sa.String(length=10), nullable=False),
        sa.Column('ends_on', sa.String(length=10), nullable=True),
        sa.Column('vested_months', sa.Integer(), nullable=False),
        sa.Column('next_on', sa.String(length=10), nullable=True),
        sa.Column('retry_at', Utc(length=32), nullable=True),
        sa.Column('payer_id', sa.String(length=160), nullable=False),
        sa.Column('reason', sa.Text(), nullable=True),
        sa.Column('created_by', sa.String(length=130), nullable=True),
        sa.Column('created_at', Utc(length=32), nullable=False),
        sa.Column('ended_at', Utc(length=32), nullable=True),
        sa.CheckConstraint('annual_micros > 0', name=op.f('ck_package_annual_positive')),
        sa.CheckConstraint('cliff_months >= 0 AND (months IS NULL OR (months > 0 AND cliff_months <= months))', name=op.f('ck_package_cliff_in_range')),
        sa.CheckConstraint('vested_months >= 0 AND (months IS NULL OR vested_months <= months)', name=op.f('ck_package_vested_in_range')),
        sa.ForeignKeyConstraint(['payer_id'], ['account.id'], name=op.f('fk_package_payer_id')),
        sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_package_person_id')),
        sa.ForeignKeyConstraint(['workspace_id'], ['workspace.id'], name=op.f('fk_package_workspace_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_package'))
    )
    op.create_index('ix_package_due', 'package', ['next_on'], unique=False, sqlite_where=sa.text('ended_at IS NULL'), postgresql_where=sa.text('ended_at IS NULL'))
    op.create_index('ix_package_person_id', 'package', ['person_id'], unique=False)
    op.create_table('pending',
        sa.Column('id', sa.String(length=64), nullable=False),
        sa.Column('workspace_id', sa.String(length=64), nullable=False),
        sa.Column('person_id', sa.String(length=130), nullable=False),
        sa.Column('key', sa.String(length=200), nullable=False),
        sa.Column('command', sa.Text(), nullable=False),
        sa.Column('state', sa.String(length=16), nullable=False),
        sa.Column('created_at', Utc(length=32), nullable=False),
        sa.Column('lapses_at', Utc(length=32), nullable=False),
        sa.CheckConstraint("state IN ('waiting', 'done', 'left')", name=op.f('ck_pending_state')),
        sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_pending_person_id')),
        sa.ForeignKeyConstraint(['workspace_id'], ['workspace.id'], name=op.f('fk_pending_workspace_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_pending')),
        sa.UniqueConstraint('key', name=op.f('uq_pending_key'))
    )
    op.create_index('ix_pending_person_id_lapses_at', 'pending', ['person_id', 'lapses_at'], unique=False)
    op.create_table('payout_line',
        sa.Column('allowance_id', sa.String(length=64), nullable=False),
        sa.Column('period_on', sa.String(length=10), nullable=False),
        sa.Column('person_id', sa.String(length=130), nullable=False),
        sa.Column('place', sa.Integer(), nullable=False),
        sa.Column('amount_micros', sa.BigInteger(), nullable=False),
        sa.Column('state', sa.String(length=16), nullable=False),
        sa.CheckConstraint("state IN ('due', 'paid', 'left out', 'gone')", name=op.f('ck_payout_line_state')),
        sa.CheckConstraint('amount_micros > 0', name=op.f('ck_payout_line_amount_positive')),
        sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_payout_line_person_id')),
        sa.PrimaryKeyConstraint('allowance_id', 'period_on', 'person_id', name=op.f('pk_payout_line'))
    )
    op.create_index('ix_payout_line_due', 'payout_line', ['allowance_id', 'period_on', 'place'], unique=False, sqlite_where=sa.text("state = 'due'"), postgresql_where=sa.text("state = 'due'"))
    op.create_index('ix_payout_line_person_id', 'payout_line', ['person_id'], unique=False)
    op.create_table('project',
        sa.Column('id', sa.String(length=64), nullable=False),
        sa.Column('workspace_id', sa.String(length=64), nullable=False),
        sa.Column('name', sa.Text(), nullable=False),
        sa.Column('name_key', sa.Text(), nullable=False),
        sa.Column('owner_id', sa.String(length=130), nullable=False),
        sa.Column('created_at', Utc(length=32), nullable=False),
        sa.Column('closed_at', Utc(length=32), nullable=True),
        sa.ForeignKeyConstraint(['owner_id'], ['person.id'], name=op.f('fk_project_owner_id')),
        sa.ForeignKeyConstraint(['workspace_id'], ['workspace.id'], name=op.f('fk_project_workspace_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_project')),
        sa.UniqueConstraint('workspace_id', 'name_key', name=op.f('uq_project_workspace_id_name_key'))
    )
    op.create_table('departure',
        sa.Column('person_id', sa.String(length=130), nullable=False),
        sa.Column('left_at', Utc(length=32), nullable=False),
        sa.Column('workspace_id', sa.String(length=64), nullable=False),
        sa.Column('why', sa.String(length=16), nullable=False),
        sa.Column('actor_id', sa.String(length=130), nullable=True),
        sa.Column('closes_at', Utc(length=32), nullable=False),
        sa.Column('had_micros', sa.BigInteger(), nullable=False),
        sa.Column('held_micros', sa.BigInteger(), nullable=False),
        sa.Column('last_id', sa.BigInteger(), nullable=False),
        sa.Column('ended', sa.Text(), nullable=False),
        sa.Column('returns', sa.Integer(), nullable=False),
        sa.Column('closed_at', Utc(length=32), nullable=True),
        sa.CheckConstraint("why IN ('slack', 'date', 'admin')", name=op.f('ck_departure_why')),
        sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_departure_person_id')),
        sa.ForeignKeyConstraint(['workspace_id'], ['workspace.id'], name=op.f('fk_departure_workspace_id')),
        sa.PrimaryKeyConstraint('person_id', 'left_at', name=op.f('pk_departure'))
    )
    op.create_index('ix_departure_workspace_id', 'departure', ['workspace_id'], unique=False)
    op.create_table('expected',
        sa.Column('team_id', sa.String(length=64), nullable=False),
        sa.Column('slack_id', sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(['team_id'], ['team.id'], name=op.f('fk_expected_team_id')),
        sa.PrimaryKeyConstraint('team_id', 'slack_id', name=op.f('pk_expected'))
    )
    op.create_index('ix_expected_slack_id', 'expected', ['slack_id'], unique=False)
    op.create_table('roster',
        sa.Column('workspace_id', sa.String(length=64), nullable=False),
        sa.Column('email', sa.Text(), nullable=False),
        sa.Column('team_id', sa.String(length=64), nullable=True),
        sa.Column('manager_email', sa.Text(), nullable=True),
        sa.Column('starts_on', sa.String(length=10), nullable=True),
        sa.Column('ends_on', sa.String(length=10), nullable=True),
        sa.Column('person_id', sa.String(length=130), nullable=True),
        sa.Column('updated_at', Utc(length=32), nullable=False),
        sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_roster_person_id')),
        sa.ForeignKeyConstraint(['team_id'], ['team.id'], name=op.f('fk_roster_team_id')),
        sa.ForeignKeyConstraint(['workspace_id'], ['workspace.id'], name=op.f('fk_roster_workspace_id')),
        sa.PrimaryKeyConstraint('workspace_id', 'email', name=op.f('pk_roster'))
    )
    op.create_index('ix_roster_person_id', 'roster', ['person_id'], unique=False)
    op.create_index('ix_roster_workspace_id_manager_email', 'roster', ['workspace_id', 'manager_email'], unique=False)
    op.create_index('ix_roster_team_id', 'roster', ['team_id'], unique=False)
    op.create_table('payout',
        sa.Column('allowance_id', sa.String(length=64), nullable=False),
        sa.Column('period_on', sa.String(length=10), nullable=False),
        sa.Column('workspace_id', sa.String(length=64), nullable=False),
        sa.Column('state', sa.String(length=16), nullable=False),
        sa.Column('until_at', Utc(length=32), nullable=False),
        sa.Column('later_until_at', Utc(length=32), nullable=True),
        sa.Column('missed', sa.Boolean(), nullable=False),
        sa.Column('left_out_micros', sa.BigInteger(), server_default=sa.text('0'), nullable=False),
        sa.Column('began_at', Utc(length=32), nullable=False),
        sa.Column('ended_at', Utc(length=32), nullable=True),
        sa.CheckConstraint("state IN ('paying', 'short', 'done', 'skipped')", name=op.f('ck_payout_state')),
        sa.CheckConstraint('left_out_micros >= 0', name=op.f('ck_payout_left_out_not_negative')),
        sa.ForeignKeyConstraint(['allowance_id'], ['allowance.id'], name=op.f('fk_payout_allowance_id')),
        sa.ForeignKeyConstraint(['workspace_id'], ['workspace.id'], name=op.f('fk_payout_workspace_id')),
        sa.PrimaryKeyConstraint('allowance_id', 'period_on', name=op.f('pk_payout'))
    )
    op.create_index('ix_payout_live', 'payout', ['workspace_id', 'period_on'], unique=False, sqlite_where=sa.text("state IN ('paying', 'short')"), postgresql_where=sa.text("state IN ('paying', 'short')"))
    op.create_table('token_request',
        sa.Column('id', sa.String(length=64), nullable=False),
        sa.Column('workspace_id', sa.String(length=64), nullable=False),
        sa.Column('key', sa.String(length=200), nullable=False),
        sa.Column('person_id', sa.String(length=130), nullable=False),
        sa.Column('amount_micros', sa.BigInteger(), nullable=False),
        sa.Column('reason', sa.Text(), nullable=True),
        sa.Column('project_id', sa.String(length=64), nullable=True),
        sa.Column('until_on', sa.String(length=10), nullable=True),
        sa.Column('ask_id', sa.String(length=64), nullable=True),
        sa.Column('state', sa.String(length=16), nullable=False),
        sa.Column('decided_by', sa.String(length=130), nullable=True),
        sa.Column('decided_at', Utc(length=32), nullable=True),
        sa.Column('granted_micros', sa.BigInteger(), nullable=True),
        sa.Column('payer_id', sa.String(length=160), nullable=True),
        sa.Column('due_on', sa.String(length=10), nullable=True),
        sa.Column('note', sa.Text(), nullable=True),
        sa.Column('created_at', Utc(length=32), nullable=False),
        sa.Column('next_at', Utc(length=32), nullable=False),
        sa.Column('lapse_at', Utc(length=32), nullable=False),
        sa.CheckConstraint("(state = 'waiting') = (decided_at IS NULL)", name=op.f('ck_token_request_decided_once')),
        sa.CheckConstraint("state IN ('waiting', 'approved', 'lent', 'refused', 'lapsed', 'withdrawn')", name=op.f('ck_token_request_state')),
        sa.CheckConstraint('amount_micros > 0', name=op.f('ck_token_request_amount_positive')),
        sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_token_request_person_id')),
        sa.ForeignKeyConstraint(['project_id'], ['project.id'], name=op.f('fk_token_request_project_id')),
        sa.ForeignKeyConstraint(['workspace_id'], ['workspace.id'], name=op.f('fk_token_request_workspace_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_token_request')),
        sa.UniqueConstraint('key', name=op.f('uq_token_request_key'))
    )
    op.create_index('ix_token_request_person_id_created_at', 'token_request', ['person_id', 'created_at'], unique=False)
    op.create_index('ix_token_request_waiting', 'token_request', ['next_at'], unique=False, sqlite_where=sa.text("state = 'waiting'"), postgresql_where=sa.text("state = 'waiting'"))
    op.create_table('request_asked',
        sa.Column('request_id', sa.String(length=64), nullable=False),
        sa.Column('person_id', sa.String(length=130), nullable=False),
        sa.Column('asked_at', Utc(length=32), nullable=False),
        sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_request_asked_person_id')),
        sa.ForeignKeyConstraint(['request_id'], ['token_request.id'], name=op.f('fk_request_asked_request_id')),
        sa.PrimaryKeyConstraint('request_id', 'person_id', name=op.f('pk_request_asked'))
    )
    op.add_column('ask', sa.Column('wanted_payer', sa.String(length=160), nullable=True))
    op.create_index('ix_audit_target_at', 'audit', ['target', 'at'], unique=False)
    op.add_column('membership', sa.Column('source', sa.String(length=16), server_default=sa.text("'hand'"), nullable=False))
    op.add_column('person', sa.Column('manager_id', sa.String(length=130), nullable=True))
    op.add_column('person', sa.Column('starts_on', sa.String(length=10), nullable=True))
    op.add_column('person', sa.Column('ends_on', sa.String(length=10), nullable=True))
    op.add_column('person', sa.Column('is_guest', sa.Boolean(), server_default=sa.text('false'), nullable=False))
    op.add_column('person', sa.Column('allowed_at', Utc(length=32), nullable=True))
    op.add_column('person', sa.Column('home_at', Utc(length=32), nullable=True))
    op.add_column('person', sa.Column('frozen_at', Utc(length=32), nullable=True))
    op.add_column('person', sa.Column('frozen_reason', sa.Text(), nullable=True))
    op.add_column('person', sa.Column('left_at', Utc(length=32), nullable=True))
    op.add_column('person', sa.Column('closes_at', Utc(length=32), nullable=True))
    op.add_column('person', sa.Column('closed_at', Utc(length=32), nullable=True))
    op.add_column('person', sa.Column('gone_at', Utc(length=32), nullable=True))
    op.add_column('person', sa.Column('heard_ts', sa.String(length=32), nullable=True))
    op.create_index('ix_person_admin', 'person', ['workspace_id'], unique=False, sqlite_where=sa.text('is_admin = 1'), postgresql_where=sa.text('is_admin'))
    op.create_index('ix_person_closed', 'person', ['closed_at'], unique=False, sqlite_where=sa.text('closed_at IS NOT NULL'), postgresql_where=sa.text('closed_at IS NOT NULL'))
    op.create_index('ix_person_ending', 'person', ['ends_on'], unique=False, sqlite_where=sa.text('ends_on IS NOT NULL AND left_at IS NULL'), postgresql_where=sa.text('ends_on IS NOT NULL AND left_at IS NULL'))
    op.create_index('ix_person_leaving', 'person', ['closes_at'], unique=False, sqlite_where=sa.text('closes_at IS NOT NULL AND closed_at IS NULL'), postgresql_where=sa.text('closes_at IS NOT NULL AND closed_at IS NULL'))
    op.create_index('ix_person_workspace_id_email', 'person', ['workspace_id', 'email'], unique=False)
    op.add_column('team', sa.Column('usergroup_id', sa.String(length=64), nullable=True))
    op.create_index('ix_transfer_actor', 'transfer', ['actor_id', 'created_at'], unique=False, sqlite_where=sa.text('actor_id IS NOT NULL'), postgresql_where=sa.text('actor_id IS NOT NULL'))
    op.add_column('workspace', sa.Column('policy', sa.Text(), nullable=True))

