"""Random numbers for compiled loops: the same ones interpreted. Xorshift on 32 bits (G. Marsaglia, 2003)."""

from __future__ import annotations

from math import log

from scheduling.engine.arrays import Table
from scheduling.engine.compiled import inlined

_MASK = (1 << 32) - 1


def seed_dice(seed: int) -> int:
    """Give a state to begin with, from 1 to 2**32 - 1, well apart for neighboring seeds."""
    mixed = (seed * 0x9E3779B97F4A7C15 + 0x632BE59BD9B4E019) & ((1 << 64) - 1)
    mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & ((1 << 64) - 1)
    return (mixed >> 32) or 1


@inlined
def roll(dice: Table, below: int) -> int:
    """Draw a number in [0, below); ``dice[0]`` is the state, 0 < below < 2**31."""
    state = dice[0]
    state ^= (state << 13) & _MASK
    state ^= state >> 17
    state ^= (state << 5) & _MASK
    dice[0] = state
    return int((state * below) >> 32)


@inlined
def wait(dice: Table) -> float:
    """Draw from the exponential distribution of mean 1."""
    return -log((roll(dice, 1 << 30) + 0.5) / (1 << 30))
