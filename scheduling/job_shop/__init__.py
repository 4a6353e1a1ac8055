"""Makespan job shops of the literature: flexible, with setups, with a precedence graph, and classic."""
