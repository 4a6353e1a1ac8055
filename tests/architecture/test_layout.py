"""The layout: known folders, layered imports, pure modules, sizes."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.architecture.project import (
    PACKAGES,
    ROOT,
    TOP_LEVEL,
    imported_modules,
    module_name,
    package_files,
    project_files,
    python_files,
    tree,
)

MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 40
ABOVE = {
    "catalog": (), "configurator": ("catalog",), "scheduling": ("catalog",),
    "ordering": ("configurator", "scheduling", "catalog"),
    "lifecycle": ("ordering", "configurator", "scheduling", "catalog"),
    "web": ("lifecycle", "ordering", "configurator", "scheduling", "catalog", "migrations", "benchmarks"),
}
WEB_ONLY = ("flask", "flask_wtf", "flask_babel", "flask_login", "flask_limiter", "flask_talisman", "werkzeug",
            "wtforms", "celery", "kombu", "jinja2", "markupsafe", "click", "waitress")
ONE_DOOR = {"ortools": ("scheduling.solver",), "weasyprint": ("ordering.document_worker",),
            "pysat": ("configurator.engine",), "numba": ("scheduling.engine",)}
WITH_DATABASE = {
    "catalog": {"database", "tables", "store", "service", "checks", "readiness_store", "uploads",
                "append_only"},
    "configurator": {"tables", "store", "service", "serving", "best", "impact"},
    "scheduling": {"tables", "event_tables", "event_store", "event_repair", "event_runs", "event_answer",
                   "plant_events", "floor_events", "order_events", "event_checks",
                   "store", "service", "checks", "publishing", "placing", "replanning", "capacity",
                   "offered", "scenario_tables", "what_if", "measuring", "firm_quoting", "unit_reading"},
    "ordering": {"tables", "store", "service", "checks", "accepting", "quoting", "offering", "production", "reading",
                 "keeping", "audit", "board", "configured", "numbering", "comparison", "quote_reading", "promising",
                 "sent_tables", "sent_lines", "sending", "resending", "choosing", "sent_checks", "draft_tables",
                 "drafting", "draft_preview", "draft_options", "draft_earlier", "draft_sums", "draft_approving",
                 "late_offers", "following", "promise_checks", "actions", "advising", "popular", "impact", "firming",
                 "deliveries", "earlier", "searching", "mail_tables", "mailing", "customer_tables",
                 "customer_reading", "customer_changing", "customer_merging", "customer_erasing", "price_book",
                 "company_merging", "customer_duplicates", "customer_export", "customer_traces", "listing",
                 "sales_counting", "messages", "canceling", "order_change_tables", "change_checks", "order_changing",
                 "order_change_plan",
                 "verifying", "exchanging", "saved_tables", "saving", "resuming", "history",
                 "link_owner"},
    "lifecycle": {"tables", "store", "service", "checks"},
}


def test_every_top_level_name_is_known() -> None:
    found = {path.relative_to(ROOT).parts[0] for path in project_files()}
    assert found <= TOP_LEVEL, f"not in the layout: {sorted(found - TOP_LEVEL)}"


def test_every_package_is_under_an_import_contract() -> None:
    contracts = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    for package in PACKAGES:
        assert f'"{package}"' in contracts.split("[tool.importlinter]")[1]


def test_packages_import_only_what_stands_below_them() -> None:
    wrong = []
    for path in package_files():
        package = path.relative_to(ROOT).parts[0]
        for name in imported_modules(path):
            other = name.split(".")[0]
            if other in ABOVE and other != package and other not in ABOVE[package]:
                wrong.append(f"{module_name(path)} imports {name}")
    assert not wrong


def test_domain_knows_no_framework() -> None:
    wrong = [
        f"{module_name(path)} imports {name}"
        for path in package_files() if path.relative_to(ROOT).parts[0] != "web"
        for name in imported_modules(path) if name.split(".")[0] in WEB_ONLY
    ]
    assert not wrong


def test_heavy_libraries_have_one_door() -> None:
    wrong = [
        f"{module_name(path)} imports {name}"
        for path in package_files() for name in imported_modules(path)
        if (doors := ONE_DOOR.get(name.split(".")[0])) and not module_name(path).startswith(doors)
    ]
    assert not wrong


def test_pure_modules_know_no_database() -> None:
    wrong = []
    for path in package_files():
        parts = module_name(path).split(".")
        if parts[0] == "web":
            continue
        is_pure = len(parts) != 2 or parts[1] not in WITH_DATABASE[parts[0]]
        if is_pure and any(name.split(".")[0] == "sqlalchemy" for name in imported_modules(path)):
            wrong.append(module_name(path))
    assert not wrong


@pytest.mark.parametrize("name", ["utils", "helpers", "common", "misc", "managers", "handlers_util", "base"])
def test_no_module_has_a_name_that_says_nothing(name: str) -> None:
    assert not [path for path in package_files() if path.stem == name]


def test_wsgi_door_is_small() -> None:
    assert len((ROOT / "wsgi.py").read_text(encoding="utf-8").splitlines()) <= 10


def test_files_are_short() -> None:
    long = {str(path.relative_to(ROOT)): lines for path in python_files()
            if "versions" not in path.parts
            and (lines := len(path.read_text(encoding="utf-8").splitlines())) > MAX_FILE_LINES}
    assert not long


def test_functions_are_short() -> None:
    long = []
    for path in package_files():
        long += [
            f"{path.relative_to(ROOT)}:{node.lineno} {node.name} {_length(node)} lines"
            for node in ast.walk(tree(path))
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _length(node) > MAX_FUNCTION_LINES
        ]
    assert not long


def _length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Count the lines of a function without its docstring."""
    first = function.body[0]
    start = function.lineno
    docstring_lines = 0
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        docstring_lines = (first.end_lineno or first.lineno) - first.lineno + 1
    return (function.end_lineno or start) - start + 1 - docstring_lines


def test_domain_never_reads_the_clock() -> None:
    wrong = []
    for path in package_files():
        if path.relative_to(ROOT).parts[0] == "web":
            continue
        wrong += [
            f"{path.relative_to(ROOT)}:{node.lineno}" for node in ast.walk(tree(path))
            if isinstance(node, ast.Attribute) and node.attr in {"now", "utcnow", "today"}
            and isinstance(node.value, ast.Name) and node.value.id in {"datetime", "date"}
        ]
    assert not wrong


def test_services_never_commit() -> None:
    wrong = []
    for path in package_files():
        if Path("web/database.py") == path.relative_to(ROOT):
            continue
        wrong += [
            f"{path.relative_to(ROOT)}:{node.lineno}" for node in ast.walk(tree(path))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit"
            and isinstance(node.func.value, ast.Name) and node.func.value.id == "session"
        ]
    assert not wrong
