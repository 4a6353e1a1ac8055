"""The planner's pages: the board, its table, what is behind plan, work orders, re-planning."""

from web.planning import runs
from web.planning.views import blueprint

__all__ = ["blueprint", "runs"]
