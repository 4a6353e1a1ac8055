"""The compiled model; the only door to the solver libraries of configuration."""
