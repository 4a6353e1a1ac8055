"""The rule language: expressions, their parser, their types, and exact evaluation."""
