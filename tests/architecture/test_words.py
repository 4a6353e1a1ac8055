"""The words: one per concept in identifiers, and nothing of this machine or of registries in any file."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from tests.architecture.project import BINARY, ROOT, package_files, project_files, tree

FORBIDDEN = {
    "eta": "promise date", "ticket": "work order", "production_order": "work order", "build_record": "as-built",
    "machine_id": "work unit", "delivery_slot": "promise date", "manufacturing_order": "work order",
    "work_centre": "work center", "workcentre": "work center", "workstation": "work unit", "recipe": "routing",
    "makespan_time": "makespan", "finish_time": "end", "colour_family": "setup family", "pricelist": "price book",
    "price_list": "price book", "reservation": "capacity hold", "timeslot": "booking", "time_slot": "booking",
    "cart": "quote", "basket": "quote", "incident": "service request", "bill_of_materials": "BOM",
    "unavailable_date": "work calendar", "factory_id": "site", "plant_id": "site",
}
REGISTRY_HOSTS = re.compile(
    r"(py[p]i|python[h]osted|npm[j]s|registry\.|jsdelivr|unpkg|deb\.[d]ebian|cdnjs|crates\.io)[\w.-]*\.(org|com|io|net)",
    re.I)
MACHINE_PATHS = re.compile(r"(?<![\w.-])/(work|root|home/\w+|tmp/onelot|opt/wheels)/")
ITSELF = Path(__file__).resolve()


def identifiers(path: Path) -> set[str]:
    """Give every name that a file defines: functions, classes, parameters, variables, fields."""
    names: set[str] = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.arg):
            names.add(node.arg)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
    return names


def snake(name: str) -> str:
    """Write a name in small letters with underscores."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def test_identifiers_use_the_words_of_the_glossary() -> None:
    wrong = []
    for path in package_files():
        for name in identifiers(path):
            padded = f"_{snake(name).strip('_')}_"
            wrong += [f"{path.relative_to(ROOT)}: {name}; say {use}"
                      for word, use in FORBIDDEN.items() if f"_{word}_" in padded]
    assert not wrong


def test_no_file_names_a_registry_or_a_place_of_one_machine() -> None:
    wrong = []
    for path in project_files():
        if path.suffix in BINARY or path == ITSELF or "vendor" in path.parts:
            continue
        content = path.read_text(encoding="utf-8", errors="replace")
        wrong += [f"{path.relative_to(ROOT)}: {found.group(0)}" for pattern in (REGISTRY_HOSTS, MACHINE_PATHS)
                  if (found := pattern.search(content))]
    assert not wrong


def test_nothing_is_left_to_do() -> None:
    mark = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|X{3})\b")
    wrong = [str(path.relative_to(ROOT)) for path in package_files() if mark.search(path.read_text(encoding="utf-8"))]
    assert not wrong
