"""The planner's pages: the board, its table, what is behind plan, work orders, re-planning."""

from web.planning import events, figures, runs, scenarios
from web.planning.views import blueprint

__all__ = ["blueprint", "events", "figures", "runs", "scenarios"]
