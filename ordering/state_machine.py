"""The one function that reads a table of transitions. Imports no database."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from ordering.errors import TransitionRefused

State = TypeVar("State", bound=StrEnum)
Event = TypeVar("Event", bound=StrEnum)


def advance(
    transitions: Mapping[tuple[State, Event], State], state: State, event: Event, *, thing: str
) -> State:
    """Give the state after an event.

    Parameters
    ----------
    transitions
        Every listed move: (state, event) to the next state.
    state
        The present state.
    event
        What happens.
    thing
        What moves, for the message: ``quote``, ``order`` …

    Returns
    -------
    State
        The next state.

    Raises
    ------
    TransitionRefused
        The table does not list this event for this state.
    """
    following = transitions.get((state, event))
    if following is None:
        raise TransitionRefused(
            f"A {thing} that is {state.value} cannot {event.value}.",
            thing=thing, state=state.value, event=event.value,
        )
    return following


def final_states(transitions: Mapping[tuple[State, Event], State], states: type[State]) -> frozenset[State]:
    """Give the states that no listed transition leaves."""
    return frozenset(states) - {state for state, _ in transitions}
