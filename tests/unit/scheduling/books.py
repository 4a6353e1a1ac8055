"""Small order books for tests: as documents, as files, and at random."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

from scheduling.order_book import OrderBook, read_order_book

SHIFTS = [[day * 1440 + start, day * 1440 + start + 240] for day in range(40) for start in (480, 750)]


def small_book() -> dict[str, Any]:
    """Make a document of two sites, three units and two orders."""
    return {
        "format": "onelot-orderbook-1", "sites": 2,
        "transport_minutes": [[0, 60], [90, 0]], "transport_cost_cents": [[0, 500], [700, 0]],
        "transport_co2_grams": [[0, 40], [50, 0]],
        "setup_minutes": {"0": [[0, 10], [20, 0]], "1": [[0, 5], [5, 0]]},
        "calendars": {"0": SHIFTS, "1": [[0, 57600]]},
        "units": [
            {"unit": 0, "site": 0, "work_center_type": 0, "cost_cents_per_minute": 50, "co2_grams_per_minute": 20,
             "calendar": 0},
            {"unit": 1, "site": 1, "work_center_type": 0, "cost_cents_per_minute": 40, "co2_grams_per_minute": 30,
             "calendar": 1},
            {"unit": 2, "site": 1, "work_center_type": 1, "cost_cents_per_minute": 60, "co2_grams_per_minute": 10,
             "calendar": 0},
        ],
        "orders": [
            {"order": 0, "weight": 2, "release": 100, "due": 900, "operations": [
                {"must_fit_in_one_window": False, "setup_family": 0, "modes": [[0, 90], [1, 120]]},
                {"must_fit_in_one_window": True, "setup_family": 1, "modes": [[2, 200]]},
            ]},
            {"order": 7, "weight": 1, "release": 0, "due": 600, "operations": [
                {"must_fit_in_one_window": False, "setup_family": 1, "modes": [[0, 300], [1, 250]]},
            ]},
        ],
    }


def random_book(seed: int, orders: int = 8, *, is_metric: bool = True) -> dict[str, Any]:
    """Make a document of up to three sites with shared units, some calendars odd; setups metric or not."""
    dice = Random(seed)
    sites, types = dice.randint(1, 3), 3
    calendars = {"0": SHIFTS, "1": [[0, 57600]], "2": [[start, start + dice.randint(100, 300)]
                                                         for start in range(0, 57600, 317)]}
    units = [
        {"unit": number, "site": dice.randrange(sites), "work_center_type": number % types,
         "cost_cents_per_minute": dice.randint(1, 60), "co2_grams_per_minute": dice.randint(0, 50),
         "calendar": dice.randrange(3)} for number in range(types * 2)
    ]
    return {
        "sites": sites,
        "transport_minutes": _matrix(dice, sites, 30, 300), "transport_cost_cents": _matrix(dice, sites, 0, 900),
        "transport_co2_grams": _matrix(dice, sites, 0, 90),
        "setup_minutes": {str(kind): _matrix(dice, 3, *((10, 20) if is_metric else (0, 200))) for kind in range(types)},
        "calendars": calendars, "units": units,
        "orders": [_order(dice, number, types) for number in range(orders)],
    }


def _matrix(dice: Random, size: int, least: int, most: int) -> list[list[int]]:
    return [[0 if a == b else dice.randint(least, most) for b in range(size)] for a in range(size)]


def _order(dice: Random, number: int, types: int) -> dict[str, Any]:
    release = dice.randint(0, 2000)
    operations = []
    for _ in range(dice.randint(1, 5)):
        kind = dice.randrange(types)
        units = dice.sample([kind, kind + types], dice.randint(1, 2))
        operations.append({
            "must_fit_in_one_window": dice.random() < 0.4, "setup_family": dice.randrange(3),
            "modes": [[unit, dice.randint(5, 90)] for unit in units],
        })
    return {"order": number, "weight": dice.randint(0, 3), "release": release,
            "due": release + dice.randint(0, 3000), "operations": operations}


def write_book(document: object, folder: Path) -> Path:
    """Write a document as a file."""
    path = folder / "book.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def read_document(document: object, folder: Path) -> OrderBook:
    """Read a document as an order book."""
    return read_order_book(write_book(document, folder))
