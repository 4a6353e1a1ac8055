"""Every table of transitions: only what is listed happens, final states are final."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordering import order, quote, work_order
from ordering.errors import TransitionRefused
from ordering.order import OrderEvent, OrderState
from ordering.quote import QuoteEvent, QuoteState
from ordering.work_order import JobOrderEvent, JobOrderState, WorkOrderEvent, WorkOrderState

Table = Mapping[tuple[StrEnum, StrEnum], StrEnum]
Machine = tuple[Callable[[StrEnum, StrEnum], StrEnum], Table, type[StrEnum], type[StrEnum], frozenset[StrEnum]]

MACHINES: dict[str, Machine] = {
    "quote": (quote.next_quote_state, quote.QUOTE_TRANSITIONS, QuoteState, QuoteEvent,  # type: ignore[dict-item]
              quote.QUOTE_FINAL_STATES),
    "order": (order.next_order_state, order.ORDER_TRANSITIONS, OrderState, OrderEvent,  # type: ignore[dict-item]
              order.ORDER_FINAL_STATES),
    "work_order": (work_order.next_work_order_state, work_order.WORK_ORDER_TRANSITIONS,  # type: ignore[dict-item]
                   WorkOrderState, WorkOrderEvent, work_order.WORK_ORDER_FINAL_STATES),
    "job_order": (work_order.next_job_order_state, work_order.JOB_ORDER_TRANSITIONS,  # type: ignore[dict-item]
                  JobOrderState, JobOrderEvent, work_order.JOB_ORDER_FINAL_STATES),
}
FINAL = {
    "quote": {"declined", "superseded"},
    "order": {"delivered", "canceled"},
    "work_order": {"finished", "canceled"},
    "job_order": {"canceled"},
}
FIRST = {"quote": QuoteState.OFFERED, "order": OrderState.CONFIRMED, "work_order": WorkOrderState.PLANNED,
         "job_order": JobOrderState.PLANNED}


@pytest.mark.parametrize("name", MACHINES)
def test_only_listed_transitions_happen(name: str) -> None:
    move, table, states, events, _ = MACHINES[name]
    for state in states:
        for event in events:
            if (state, event) in table:
                assert move(state, event) is table[state, event]
            else:
                with pytest.raises(TransitionRefused) as refused:
                    move(state, event)
                assert refused.value.code == "transition_refused"
                assert refused.value.detail["state"] == state.value
                assert refused.value.detail["event"] == event.value


@pytest.mark.parametrize("name", MACHINES)
def test_final_states_are_the_ones_people_expect(name: str) -> None:
    assert {state.value for state in MACHINES[name][4]} == FINAL[name]


@pytest.mark.parametrize("name", MACHINES)
def test_every_state_can_be_reached(name: str) -> None:
    _, table, states, _, _ = MACHINES[name]
    reached: set[StrEnum] = {FIRST[name]}
    while grown := {after for (before, _), after in table.items() if before in reached} - reached:
        reached |= grown
    assert reached == set(states)


@given(st.sampled_from(sorted(MACHINES)), st.lists(st.integers(0, 20), max_size=30))
def test_no_walk_ever_leaves_a_final_state(name: str, steps: list[int]) -> None:
    move, _, _, events, final = MACHINES[name]
    kinds = list(events)
    state: StrEnum = FIRST[name]
    for step in steps:
        was_final = state in final
        try:
            state = move(state, kinds[step % len(kinds)])
        except TransitionRefused:
            continue
        assert not was_final


@given(st.lists(st.sampled_from(list(JobOrderState)), max_size=6))
def test_a_work_order_follows_its_job_orders(states: list[JobOrderState]) -> None:
    event = work_order.progress_event(WorkOrderState.RELEASED, states)
    begun = {JobOrderState.RUNNING, JobOrderState.FINISHED} & set(states)
    assert (event is WorkOrderEvent.START) is bool(begun)
    done = work_order.progress_event(WorkOrderState.IN_PROGRESS, states)
    assert (done is WorkOrderEvent.FINISH) is (bool(states) and set(states) == {JobOrderState.FINISHED})
    assert work_order.progress_event(WorkOrderState.CANCELED, states) is None


@given(st.lists(st.sampled_from(list(WorkOrderState)), max_size=6))
def test_an_order_follows_its_work_orders(states: list[WorkOrderState]) -> None:
    begun = {WorkOrderState.IN_PROGRESS, WorkOrderState.FINISHED} & set(states)
    assert (order.progress_event(OrderState.CONFIRMED, states) is OrderEvent.START) is bool(begun)
    is_done = bool(states) and set(states) == {WorkOrderState.FINISHED}
    assert (order.progress_event(OrderState.IN_PRODUCTION, states) is OrderEvent.FINISH) is is_done
    assert order.progress_event(OrderState.DELIVERED, states) is None
