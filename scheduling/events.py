"""What happens to a plan, by the name under which other packages report it: one call for each kind of event."""

from scheduling.event_answer import list_live_risks
from scheduling.event_store import (
    find_displacing_event,
    find_event_of_proposal,
    get_outcome,
    is_closing,
    is_delaying,
    list_outcomes,
    list_reported_holidays,
)
from scheduling.floor_events import report_material_late, report_operation_finished, report_operation_scrapped
from scheduling.order_events import (
    RushQuestion,
    ask_rush,
    choose_rush,
    record_plan_published,
    report_order_canceled,
    report_order_changed,
    report_order_replaced,
)
from scheduling.plant_events import (
    report_capacity_withdrawn,
    report_holiday,
    report_machine_down,
    report_machine_up,
    report_operator_absent,
    report_overtime,
)
from scheduling.rush import RushWay
from scheduling.schedule_event import EventKind, EventOutcome, Report, ScheduleEvent

__all__ = [
    "EventKind",
    "EventOutcome",
    "Report",
    "RushQuestion",
    "RushWay",
    "ScheduleEvent",
    "ask_rush",
    "choose_rush",
    "find_displacing_event",
    "find_event_of_proposal",
    "get_outcome",
    "is_closing",
    "is_delaying",
    "list_live_risks",
    "list_outcomes",
    "list_reported_holidays",
    "record_plan_published",
    "report_capacity_withdrawn",
    "report_holiday",
    "report_machine_down",
    "report_machine_up",
    "report_material_late",
    "report_operation_finished",
    "report_operation_scrapped",
    "report_operator_absent",
    "report_order_canceled",
    "report_order_changed",
    "report_order_replaced",
    "report_overtime",
]
