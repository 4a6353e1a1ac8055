"""What the architecture tests look at: the tracked files of the project, parsed once."""

from __future__ import annotations

import ast
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("catalog", "configurator", "scheduling", "ordering", "lifecycle", "web")
TOP_LEVEL = frozenset({
    *PACKAGES, "migrations", "benchmarks", "templates", "tests", "docs", ".ci",
    ".gitignore", "CHANGELOG.md", "LICENSE", "README.md", "onelot", "pyproject.toml", "requirements-test.in",
    "requirements-bench.in", "requirements-bench.txt", "requirements-test.txt", "requirements.in", "requirements.txt",
    "wsgi.py",
})
BINARY = frozenset({".woff2", ".png", ".xz", ".gz", ".ico", ".pdf", ".mo", ".webp"})


@cache
def project_files() -> tuple[Path, ...]:
    """Give the project's files, tracked or about to be; ignored ones are left out."""
    found = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
                           cwd=ROOT, capture_output=True, check=True).stdout.decode()
    return tuple(sorted(ROOT / name for name in found.split("\0") if name and (ROOT / name).is_file()))


@cache
def python_files() -> tuple[Path, ...]:
    """Give every Python file of the project."""
    return tuple(path for path in project_files() if path.suffix == ".py")


def package_files() -> tuple[Path, ...]:
    """Give the Python files of the product itself."""
    return tuple(path for path in python_files() if path.relative_to(ROOT).parts[0] in PACKAGES)


@cache
def tree(path: Path) -> ast.Module:
    """Give the syntax tree of a Python file."""
    return ast.parse(path.read_text(encoding="utf-8"))


def module_name(path: Path) -> str:
    """Give the dotted name of a Python file."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported_modules(path: Path) -> frozenset[str]:
    """Give the names of the modules that a file imports anywhere, functions included."""
    names: set[str] = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module)
    return frozenset(names)
