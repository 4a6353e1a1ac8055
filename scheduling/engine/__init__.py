"""The compiled loop of planning: one insertion primitive over arrays of whole numbers, and what is built on it."""
