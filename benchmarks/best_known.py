"""Makespans best known of published job shops: facts, each (lower bound, best schedule).

Source: ScheduleOpt/benchmarks, commit 79f0edc of 19 August 2026, files ``bks.json`` (CC-BY-SA-4.0). Names are those of
the instance collections: mk, dpp, la, abz, seti, behnke, fattahi, kacem for the flexible job shop, ta for Taillard's.
"""

from __future__ import annotations

BEST_KNOWN: dict[str, tuple[int, int]] = {
    "mk06": (57, 57), "mk10": (189, 193), "mk13": (382, 390), "mk15": (333, 333),
    "dpp07a": (2216, 2254), "dpp12a": (1969, 1984), "dpp16a": (2202, 2231),
    "la21_rdata": (809, 825), "la30_rdata": (1068, 1071), "la38_edata": (1141, 1141),
    "abz8_edata": (625, 636), "abz9_rdata": (517, 536), "seti5xx": (1194, 1194),
    "behnke12": (213, 219), "behnke36": (381, 388), "behnke59": (392, 398),
    "fattahi18": (884, 884), "kacem4": (11, 11),
    "ta21": (1642, 1642), "ta35": (2007, 2007), "ta41": (1926, 2005), "ta51": (2760, 2760),
}

REFERENCE_ORDER_BOOKS: dict[str, int] = {
    "n50-s1": 1_004_587, "n50-s2": 935_607, "n50-s3": 930_965,
    "n200-s1": 5_193_090, "n200-s2": 4_609_732, "n200-s3": 4_748_959,
    "n1000-s1": 26_360_603, "n1000-s2": 22_655_608, "n1000-s3": 21_984_033,
    "n5000-s1": 150_263_834, "n5000-s2": 125_042_872, "n5000-s3": 149_260_106,
}
"""What the best of five dispatching rules of a plain insertion heuristic reaches on the published order books."""
