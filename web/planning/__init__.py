"""The planner's pages: the board, its table, late orders, work orders, re-planning."""
