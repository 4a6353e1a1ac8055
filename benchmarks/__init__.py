"""Benchmarks: each prints ratios against a named baseline in one run."""
