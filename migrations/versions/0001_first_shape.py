"""Create every table, with the guards that the database itself keeps."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001_first_shape"
down_revision = None
branch_labels = None
depends_on = None

GUARDS = {'postgresql': ('CREATE OR REPLACE FUNCTION refuse_change()\n'
                ' RETURNS trigger\n'
                ' LANGUAGE plpgsql\n'
                "AS $function$ BEGIN RAISE EXCEPTION '%% is append-only', TG_TABLE_NAME; END $function$",
                'CREATE OR REPLACE FUNCTION refuse_change_of_published()\n'
                ' RETURNS trigger\n'
                ' LANGUAGE plpgsql\n'
                "AS $function$ BEGIN RAISE EXCEPTION 'a published version never changes' USING ERRCODE = "
                "'integrity_constraint_violation'; END $function$",
                'ALTER TABLE booking ADD CONSTRAINT ex_booking_unit_time EXCLUDE USING gist '
                "(int4range(unit_id, unit_id, '[]'::text) WITH &&, int4range(setup_start_minute, "
                "end_minute) WITH &&) WHERE (((state)::text = ANY ((ARRAY['held'::character varying, "
                "'booked'::character varying])::text[])))",
                'CREATE TRIGGER audit_refuses_change BEFORE DELETE OR UPDATE ON audit FOR EACH ROW EXECUTE '
                'FUNCTION refuse_change()',
                'CREATE TRIGGER network_version_refuses_change BEFORE DELETE OR UPDATE ON network_version '
                'FOR EACH ROW EXECUTE FUNCTION refuse_change_of_published()',
                'CREATE TRIGGER product_version_refuses_change BEFORE DELETE OR UPDATE ON product_version '
                'FOR EACH ROW EXECUTE FUNCTION refuse_change_of_published()',
                'CREATE TRIGGER promise_event_refuses_change BEFORE DELETE OR UPDATE ON promise_event FOR '
                'EACH ROW EXECUTE FUNCTION refuse_change()'),
 'sqlite': ("CREATE TRIGGER audit_refuses_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'audit "
            "is append-only'); END",
            "CREATE TRIGGER audit_refuses_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'audit "
            "is append-only'); END",
            "CREATE TRIGGER booking_overlap_on_insert AFTER INSERT ON booking WHEN NEW.state IN ('held', "
            "'booked') AND EXISTS (SELECT 1 FROM booking AS other WHERE other.unit_id = NEW.unit_id AND "
            "other.id <> NEW.id AND other.state IN ('held', 'booked') AND other.setup_start_minute < "
            'NEW.end_minute AND other.end_minute > NEW.setup_start_minute) BEGIN SELECT RAISE(ABORT, '
            "'booking overlaps another one on its work unit'); END",
            'CREATE TRIGGER booking_overlap_on_update AFTER UPDATE OF unit_id, setup_start_minute, '
            "end_minute, state ON booking WHEN NEW.state IN ('held', 'booked') AND EXISTS (SELECT 1 FROM "
            'booking AS other WHERE other.unit_id = NEW.unit_id AND other.id <> NEW.id AND other.state IN '
            "('held', 'booked') AND other.setup_start_minute < NEW.end_minute AND other.end_minute > "
            "NEW.setup_start_minute) BEGIN SELECT RAISE(ABORT, 'booking overlaps another one on its work "
            "unit'); END",
            'CREATE TRIGGER network_version_refuses_delete BEFORE DELETE ON network_version BEGIN SELECT '
            "RAISE(ABORT, 'a published version never changes'); END",
            'CREATE TRIGGER network_version_refuses_update BEFORE UPDATE ON network_version BEGIN SELECT '
            "RAISE(ABORT, 'a published version never changes'); END",
            'CREATE TRIGGER product_version_refuses_delete BEFORE DELETE ON product_version BEGIN SELECT '
            "RAISE(ABORT, 'a published version never changes'); END",
            'CREATE TRIGGER product_version_refuses_update BEFORE UPDATE ON product_version BEGIN SELECT '
            "RAISE(ABORT, 'a published version never changes'); END",
            'CREATE TRIGGER promise_event_refuses_delete BEFORE DELETE ON promise_event BEGIN SELECT '
            "RAISE(ABORT, 'promise_event is append-only'); END",
            'CREATE TRIGGER promise_event_refuses_update BEFORE UPDATE ON promise_event BEGIN SELECT '
            "RAISE(ABORT, 'promise_event is append-only'); END")}


def upgrade() -> None:
    create_tables()
    for statement in GUARDS[op.get_bind().dialect.name]:
        op.get_bind().exec_driver_sql(statement)


def create_tables() -> None:
    op.create_table('audit',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('actor', sa.String(length=200), nullable=False),
    sa.Column('action', sa.String(length=60), nullable=False),
    sa.Column('subject', sa.String(length=80), nullable=False),
    sa.Column('facts', sa.String(length=4000), nullable=False),
    sa.Column('previous_hash', sa.String(length=64), nullable=False),
    sa.Column('entry_hash', sa.String(length=64), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit')),
    sa.UniqueConstraint('entry_hash', name=op.f('uq_audit_entry_hash')),
    sa.UniqueConstraint('previous_hash', name=op.f('uq_audit_previous_hash'))
    )
    op.create_index(op.f('ix_audit_subject'), 'audit', ['subject'], unique=False)
    op.create_table('background_job',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('kind', sa.String(length=60), nullable=False),
    sa.Column('key', sa.String(length=255), nullable=False),
    sa.Column('payload', sa.JSON(), nullable=False),
    sa.Column('state', sa.String(length=8), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('fencing_token', sa.Integer(), nullable=False),
    sa.Column('run_after_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('lease_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('progress', sa.JSON(), nullable=True),
    sa.Column('result', sa.JSON(), nullable=True),
    sa.Column('error', sa.Text(), nullable=True),
    sa.Column('is_stop_requested', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("state IN ('queued', 'running', 'done', 'failed')", name=op.f('ck_background_job_state_is_known')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_background_job')),
    sa.UniqueConstraint('kind', 'key', name=op.f('uq_background_job_kind_key'))
    )
    op.create_index('ix_background_job_kind_state', 'background_job', ['kind', 'state'], unique=False)
    op.create_index('ix_background_job_state_run_after_at', 'background_job', ['state', 'run_after_at'], unique=False)
    op.create_table('configuration',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('product_code', sa.String(length=100), nullable=False),
    sa.Column('content_hash', sa.String(length=64), nullable=False),
    sa.Column('selection', sa.Text(), nullable=False),
    sa.Column('choices', sa.Text(), nullable=False),
    sa.Column('revision_hash', sa.String(length=64), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('length(content_hash) = 64', name=op.f('ck_configuration_content_hash_is_sha256')),
    sa.CheckConstraint('length(revision_hash) = 64', name=op.f('ck_configuration_revision_hash_is_sha256')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_configuration'))
    )
    op.create_index(op.f('ix_configuration_product_code_created_at'), 'configuration', ['product_code', 'created_at'], unique=False)
    op.create_table('customer',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_customer')),
    sa.UniqueConstraint('email', name=op.f('uq_customer_email'))
    )
    op.create_table('document',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('subject', sa.String(length=24), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('language', sa.String(length=10), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_document')),
    sa.UniqueConstraint('kind', 'subject', 'revision', 'language', name=op.f('uq_document_kind_subject_revision_language'))
    )
    op.create_table('idempotency',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('scope', sa.String(length=80), nullable=False),
    sa.Column('key', sa.String(length=255), nullable=False),
    sa.Column('body_hash', sa.String(length=64), nullable=False),
    sa.Column('answer', sa.JSON(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_idempotency')),
    sa.UniqueConstraint('scope', 'key', name=op.f('uq_idempotency_scope_key'))
    )
    op.create_index(op.f('ix_idempotency_created_at'), 'idempotency', ['created_at'], unique=False)
    op.create_table('network_version',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('code', sa.String(length=120), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('content_hash', sa.String(length=64), nullable=False),
    sa.Column('source', sa.LargeBinary(), nullable=False),
    sa.Column('published_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_network_version')),
    sa.UniqueConstraint('code', 'number', name=op.f('uq_network_version_code_number')),
    sa.UniqueConstraint('content_hash', name=op.f('uq_network_version_content_hash'))
    )
    op.create_table('number_series',
    sa.Column('series', sa.String(length=1), nullable=False),
    sa.Column('year', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('last', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('series', 'year', name=op.f('pk_number_series'))
    )
    op.create_table('planning_area',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=40), nullable=False),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.Column('network_version', sa.BigInteger(), nullable=False),
    sa.Column('network', sa.JSON(), nullable=False),
    sa.Column('network_hash', sa.String(length=64), nullable=False),
    sa.Column('published_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_planning_area')),
    sa.UniqueConstraint('code', name=op.f('uq_planning_area_code'))
    )
    op.create_table('product_version',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('product_code', sa.String(length=120), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('content_hash', sa.String(length=64), nullable=False),
    sa.Column('family', sa.String(length=120), nullable=False),
    sa.Column('drawing', sa.String(length=120), nullable=False),
    sa.Column('title', sa.JSON(), nullable=False),
    sa.Column('source', sa.LargeBinary(), nullable=False),
    sa.Column('published_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_product_version')),
    sa.UniqueConstraint('content_hash', name=op.f('uq_product_version_content_hash')),
    sa.UniqueConstraint('product_code', 'number', name=op.f('uq_product_version_product_code_number'))
    )
    op.create_table('promise_event',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('quote_number', sa.String(length=20), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('promised_on', sa.Date(), nullable=False),
    sa.Column('previous_on', sa.Date(), nullable=True),
    sa.Column('reason', sa.String(length=500), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_promise_event'))
    )
    op.create_index(op.f('ix_promise_event_quote_number'), 'promise_event', ['quote_number'], unique=False)
    op.create_table('user_account',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('login', sa.String(length=254), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('role', sa.String(length=10), nullable=False),
    sa.Column('company', sa.String(length=40), nullable=True),
    sa.Column('password_hash', sa.String(length=300), nullable=False),
    sa.Column('is_active', sa.Boolean(), nullable=False),
    sa.Column('session_epoch', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('signed_in_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("role IN ('consumer', 'sales', 'planner', 'catalog', 'partner', 'owner')", name=op.f('ck_user_account_role_is_known')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_user_account')),
    sa.UniqueConstraint('login', name=op.f('uq_user_account_login'))
    )
    op.create_table('hold',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('area_id', sa.Integer(), nullable=False),
    sa.Column('job_code', sa.String(length=80), nullable=False),
    sa.Column('job', sa.JSON(), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('held_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('cost_minor', sa.BigInteger(), nullable=False),
    sa.Column('co2_grams', sa.BigInteger(), nullable=False),
    sa.Column('arrival_minute', sa.Integer(), nullable=False),
    sa.CheckConstraint("state IN ('held', 'confirmed', 'released', 'expired')", name=op.f('ck_hold_state_is_known')),
    sa.ForeignKeyConstraint(['area_id'], ['planning_area.id'], name=op.f('fk_hold_area_id_planning_area')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_hold'))
    )
    op.create_index('ix_hold_state_expires_at', 'hold', ['state', 'expires_at'], unique=False)
    op.create_index('uq_hold_live_job_code', 'hold', ['job_code'], unique=True, sqlite_where=sa.text("state IN ('held', 'confirmed')"), postgresql_where=sa.text("state IN ('held', 'confirmed')"))
    op.create_table('proposal',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('area_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('base_version', sa.BigInteger(), nullable=False),
    sa.Column('proposed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('published_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('moves', sa.JSON(), nullable=False),
    sa.Column('changes', sa.JSON(), nullable=False),
    sa.Column('objective_before_minor', sa.BigInteger(), nullable=False),
    sa.Column('objective_after_minor', sa.BigInteger(), nullable=False),
    sa.CheckConstraint("state IN ('open', 'published', 'withdrawn')", name=op.f('ck_proposal_state_is_known')),
    sa.ForeignKeyConstraint(['area_id'], ['planning_area.id'], name=op.f('fk_proposal_area_id_planning_area')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_proposal'))
    )
    op.create_table('quote',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('number', sa.String(length=20), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('customer_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('customer_name', sa.String(length=200), nullable=False),
    sa.Column('reference', sa.String(length=80), nullable=False),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('destination', sa.String(length=40), nullable=False),
    sa.Column('alternative', sa.String(length=10), nullable=False),
    sa.Column('alternatives', sa.JSON(), nullable=False),
    sa.Column('net_minor', sa.BigInteger(), nullable=False),
    sa.Column('tax_minor', sa.BigInteger(), nullable=False),
    sa.Column('gross_minor', sa.BigInteger(), nullable=False),
    sa.Column('co2_grams', sa.BigInteger(), nullable=False),
    sa.Column('promised_on', sa.Date(), nullable=False),
    sa.Column('offered_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('valid_until', sa.DateTime(timezone=True), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('network_hash', sa.String(length=64), nullable=False),
    sa.Column('link_seed', sa.String(length=43), nullable=False),
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.CheckConstraint("state IN ('offered', 'accepted', 'declined', 'expired', 'superseded')", name=op.f('ck_quote_state_is_known')),
    sa.CheckConstraint('gross_minor = net_minor + tax_minor', name=op.f('ck_quote_gross_is_net_plus_tax')),
    sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('fk_quote_customer_id_customer')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_quote')),
    sa.UniqueConstraint('number', 'revision', name=op.f('uq_quote_number_revision')),
    sa.UniqueConstraint('token_hash', 'revision', name=op.f('uq_quote_token_hash_revision'))
    )
    op.create_index(op.f('ix_quote_customer_id'), 'quote', ['customer_id'], unique=False)
    op.create_index('ix_quote_offered_at', 'quote', ['offered_at'], unique=False)
    op.create_index('ix_quote_state_valid_until', 'quote', ['state', 'valid_until'], unique=False)
    op.create_table('work_unit',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('area_id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=80), nullable=False),
    sa.Column('work_center', sa.String(length=80), nullable=False),
    sa.Column('site', sa.String(length=40), nullable=False),
    sa.Column('company', sa.String(length=40), nullable=False),
    sa.Column('capability', sa.String(length=80), nullable=False),
    sa.Column('setup_minutes', sa.Integer(), nullable=False),
    sa.Column('is_active', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['area_id'], ['planning_area.id'], name=op.f('fk_work_unit_area_id_planning_area')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_work_unit')),
    sa.UniqueConstraint('code', name=op.f('uq_work_unit_code'))
    )
    op.create_index(op.f('ix_work_unit_capability'), 'work_unit', ['capability'], unique=False)
    op.create_index(op.f('ix_work_unit_work_center'), 'work_unit', ['work_center'], unique=False)
    op.create_table('booking',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('hold_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('operation', sa.Integer(), nullable=False),
    sa.Column('operation_code', sa.String(length=80), nullable=False),
    sa.Column('setup_start_minute', sa.Integer(), nullable=False),
    sa.Column('start_minute', sa.Integer(), nullable=False),
    sa.Column('end_minute', sa.Integer(), nullable=False),
    sa.Column('work_minutes', sa.Integer(), nullable=False),
    sa.Column('setup_family', sa.String(length=80), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('is_pinned', sa.Boolean(), nullable=False),
    sa.Column('changed_in_version', sa.BigInteger(), nullable=False),
    sa.CheckConstraint("state IN ('held', 'booked', 'released')", name=op.f('ck_booking_state_is_known')),
    sa.CheckConstraint('setup_start_minute <= start_minute AND start_minute < end_minute', name=op.f('ck_booking_times_ascend')),
    sa.CheckConstraint('work_minutes > 0 AND work_minutes <= end_minute - start_minute', name=op.f('ck_booking_work_fits_run')),
    sa.ForeignKeyConstraint(['hold_id'], ['hold.id'], name=op.f('fk_booking_hold_id_hold')),
    sa.ForeignKeyConstraint(['unit_id'], ['work_unit.id'], name=op.f('fk_booking_unit_id_work_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_booking')),
    sa.UniqueConstraint('hold_id', 'operation', name=op.f('uq_booking_hold_id_operation'))
    )
    op.create_index('ix_booking_changed', 'booking', ['changed_in_version'], unique=False)
    op.create_index('ix_booking_unit_end', 'booking', ['unit_id', 'end_minute'], unique=False)
    op.create_table('customer_order',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('number', sa.String(length=20), nullable=False),
    sa.Column('quote_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('quote_number', sa.String(length=20), nullable=False),
    sa.Column('state', sa.String(length=14), nullable=False),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('net_minor', sa.BigInteger(), nullable=False),
    sa.Column('tax_minor', sa.BigInteger(), nullable=False),
    sa.Column('gross_minor', sa.BigInteger(), nullable=False),
    sa.Column('promised_on', sa.Date(), nullable=False),
    sa.Column('reference', sa.String(length=80), nullable=False),
    sa.Column('accepted_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("state IN ('confirmed', 'in_production', 'made', 'delivered', 'canceled')", name=op.f('ck_customer_order_state_is_known')),
    sa.CheckConstraint('gross_minor = net_minor + tax_minor', name=op.f('ck_customer_order_gross_is_net_plus_tax')),
    sa.ForeignKeyConstraint(['quote_id'], ['quote.id'], name=op.f('fk_customer_order_quote_id_quote')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_customer_order')),
    sa.UniqueConstraint('number', name=op.f('uq_customer_order_number')),
    sa.UniqueConstraint('quote_id', name=op.f('uq_customer_order_quote_id')),
    sa.UniqueConstraint('quote_number', name=op.f('uq_customer_order_quote_number'))
    )
    op.create_index('ix_customer_order_accepted_at', 'customer_order', ['accepted_at'], unique=False)
    op.create_index(op.f('ix_customer_order_state'), 'customer_order', ['state'], unique=False)
    op.create_table('downtime',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('from_minute', sa.Integer(), nullable=False),
    sa.Column('until_minute', sa.Integer(), nullable=False),
    sa.Column('reason', sa.String(length=200), nullable=False),
    sa.Column('reported_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_in_version', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('until_minute > from_minute', name=op.f('ck_downtime_until_is_after_from')),
    sa.ForeignKeyConstraint(['unit_id'], ['work_unit.id'], name=op.f('fk_downtime_unit_id_work_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_downtime'))
    )
    op.create_index(op.f('ix_downtime_unit_id'), 'downtime', ['unit_id'], unique=False)
    op.create_table('quote_line',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('quote_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('product_code', sa.String(length=80), nullable=False),
    sa.Column('content_hash', sa.String(length=64), nullable=False),
    sa.Column('title', sa.JSON(), nullable=False),
    sa.Column('choices', sa.JSON(), nullable=False),
    sa.Column('quantity', sa.Integer(), nullable=False),
    sa.Column('price_lines', sa.JSON(), nullable=False),
    sa.Column('unit_net_minor', sa.BigInteger(), nullable=False),
    sa.Column('surcharge_minor', sa.BigInteger(), nullable=False),
    sa.Column('net_minor', sa.BigInteger(), nullable=False),
    sa.Column('tax_percent', sa.String(length=20), nullable=False),
    sa.Column('tax_minor', sa.BigInteger(), nullable=False),
    sa.Column('gross_minor', sa.BigInteger(), nullable=False),
    sa.Column('co2_grams', sa.BigInteger(), nullable=False),
    sa.Column('promised_on', sa.Date(), nullable=False),
    sa.Column('arrival_minute', sa.BigInteger(), nullable=False),
    sa.Column('job_code', sa.String(length=80), nullable=False),
    sa.Column('plan_cost_minor', sa.BigInteger(), nullable=False),
    sa.Column('cheapest_cost_minor', sa.BigInteger(), nullable=False),
    sa.Column('margin_percent', sa.String(length=20), nullable=False),
    sa.Column('hold_id', sa.BigInteger(), nullable=True),
    sa.CheckConstraint('gross_minor = net_minor + tax_minor', name=op.f('ck_quote_line_gross_is_net_plus_tax')),
    sa.CheckConstraint('net_minor = unit_net_minor * quantity + surcharge_minor', name=op.f('ck_quote_line_net_is_pieces_plus_surcharge')),
    sa.CheckConstraint('quantity > 0', name=op.f('ck_quote_line_quantity_is_positive')),
    sa.ForeignKeyConstraint(['quote_id'], ['quote.id'], name=op.f('fk_quote_line_quote_id_quote')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_quote_line')),
    sa.UniqueConstraint('job_code', name=op.f('uq_quote_line_job_code')),
    sa.UniqueConstraint('quote_id', 'position', name=op.f('uq_quote_line_quote_id_position'))
    )
    op.create_index(op.f('ix_quote_line_content_hash'), 'quote_line', ['content_hash'], unique=False)
    op.create_table('booking_move',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('booking_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('proposal_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('moved_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('was_pinned', sa.Boolean(), nullable=False),
    sa.Column('from_unit_id', sa.Integer(), nullable=False),
    sa.Column('from_setup_start_minute', sa.Integer(), nullable=False),
    sa.Column('from_start_minute', sa.Integer(), nullable=False),
    sa.Column('to_unit_id', sa.Integer(), nullable=False),
    sa.Column('to_start_minute', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['booking_id'], ['booking.id'], name=op.f('fk_booking_move_booking_id_booking')),
    sa.ForeignKeyConstraint(['from_unit_id'], ['work_unit.id'], name=op.f('fk_booking_move_from_unit_id_work_unit')),
    sa.ForeignKeyConstraint(['proposal_id'], ['proposal.id'], name=op.f('fk_booking_move_proposal_id_proposal')),
    sa.ForeignKeyConstraint(['to_unit_id'], ['work_unit.id'], name=op.f('fk_booking_move_to_unit_id_work_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_booking_move'))
    )
    op.create_index(op.f('ix_booking_move_booking_id'), 'booking_move', ['booking_id'], unique=False)
    op.create_index(op.f('ix_booking_move_proposal_id'), 'booking_move', ['proposal_id'], unique=False)
    op.create_table('work_order',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('number', sa.String(length=20), nullable=False),
    sa.Column('order_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('quote_line_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('job_code', sa.String(length=80), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('quantity', sa.Integer(), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('issued_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("state IN ('planned', 'released', 'in_progress', 'finished', 'canceled')", name=op.f('ck_work_order_state_is_known')),
    sa.ForeignKeyConstraint(['order_id'], ['customer_order.id'], name=op.f('fk_work_order_order_id_customer_order')),
    sa.ForeignKeyConstraint(['quote_line_id'], ['quote_line.id'], name=op.f('fk_work_order_quote_line_id_quote_line')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_work_order')),
    sa.UniqueConstraint('job_code', name=op.f('uq_work_order_job_code')),
    sa.UniqueConstraint('number', name=op.f('uq_work_order_number')),
    sa.UniqueConstraint('quote_line_id', name=op.f('uq_work_order_quote_line_id'))
    )
    op.create_index(op.f('ix_work_order_order_id'), 'work_order', ['order_id'], unique=False)
    op.create_index(op.f('ix_work_order_state'), 'work_order', ['state'], unique=False)
    op.create_table('job_order',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('number', sa.String(length=24), nullable=False),
    sa.Column('work_order_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('operation', sa.String(length=80), nullable=False),
    sa.Column('title', sa.JSON(), nullable=False),
    sa.Column('instruction', sa.JSON(), nullable=False),
    sa.Column('unit_id', sa.BigInteger(), nullable=False),
    sa.Column('unit_code', sa.String(length=80), nullable=False),
    sa.Column('site', sa.String(length=40), nullable=False),
    sa.Column('work_minutes', sa.Integer(), nullable=False),
    sa.Column('standard_minutes', sa.String(length=60), nullable=False),
    sa.Column('planned_start_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('planned_end_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("state IN ('planned', 'running', 'finished', 'canceled')", name=op.f('ck_job_order_state_is_known')),
    sa.CheckConstraint('planned_end_at > planned_start_at', name=op.f('ck_job_order_planned_end_is_after_start')),
    sa.ForeignKeyConstraint(['work_order_id'], ['work_order.id'], name=op.f('fk_job_order_work_order_id_work_order')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_job_order')),
    sa.UniqueConstraint('number', name=op.f('uq_job_order_number')),
    sa.UniqueConstraint('work_order_id', 'position', name=op.f('uq_job_order_work_order_id_position'))
    )
    op.create_index(op.f('ix_job_order_state'), 'job_order', ['state'], unique=False)
    op.create_index(op.f('ix_job_order_unit_id'), 'job_order', ['unit_id'], unique=False)
