"""Where the parts of a catalog folder stand: inside the main file, or in a file named after the part."""

from __future__ import annotations

from catalog.errors import Problem
from catalog.formats.csv_source import read_csv
from catalog.formats.fields import Fields, Report
from catalog.formats.source_files import SourceFiles
from catalog.formats.yaml_source import Mapping, Node, Scalar, Sequence, read_yaml
from catalog.rules.scope import did_you_mean


class Folder:
    """One folder of the source and the problems found in it; remembers which files were read."""

    def __init__(self, files: SourceFiles, path: str, problems: list[Problem]) -> None:
        self.files = files
        self.path = path
        self.problems = problems
        self._read: set[str] = set()

    def name(self, file: str) -> str:
        """Give the path of a file of this folder from the top of the catalog."""
        return f"{self.path}/{file}" if self.path else file

    def has(self, file: str) -> bool:
        """Whether the folder holds a file."""
        return self.name(file) in self.files.texts

    def report(self, file: str) -> Report:
        """Start the list of problems of a file."""
        return Report(self.name(file), self.files.texts.get(self.name(file), ""), self.problems)

    def document(self, file: str) -> Node | None:
        """Read a YAML file; None when it is missing, empty or no YAML, with the problem noted."""
        self._read.add(file)
        if not self.has(file):
            self.problems.append(Problem(self.name(file), 0, 0, "the file is missing"))
            return None
        node, problems = read_yaml(self.files.texts[self.name(file)], file=self.name(file))
        self.problems.extend(problems)
        if node is None and not problems:
            self.problems.append(Problem(self.name(file), 0, 0, "the file is empty"))
        return node

    def table(self, file: str) -> tuple[tuple[str, ...], tuple[Mapping, ...]]:
        """Read a CSV file of this folder: column names and rows."""
        self._read.add(file)
        header, rows, problems = read_csv(self.files.texts[self.name(file)], file=self.name(file))
        self.problems.extend(problems)
        return header, rows

    def table_named(self, node: Node, report: Report) -> tuple[tuple[str, ...], tuple[Mapping, ...], Report] | None:
        """Read the CSV file that a value names; None and a problem when there is none."""
        file = node.text if isinstance(node, Scalar) else ""
        if file.endswith(".csv") and self.has(file):
            header, rows = self.table(file)
            return header, rows, self.report(file)
        prefix = self.name("")
        known = [path.removeprefix(prefix) for path in self.files.texts
                 if path.startswith(prefix) and path.endswith(".csv")]
        report.at(node, f"found {file or 'no name'!r}; expected a CSV file of this folder{did_you_mean(file, known)}")
        return None

    def section(self, fields: Fields, key: str) -> tuple[tuple[Node, ...], Report]:
        """Give the entries of a part: from the main file, or from ``<key>.yaml`` or ``<key>.csv``."""
        places = [file for file in (f"{key}.yaml", f"{key}.csv") if self.has(file)]
        if fields.find(key) is not None:
            places.insert(0, "")
        if len(places) > 1:
            self.problems.append(Problem(self.name(places[1]), 0, 0, f"{key} stand in two places; expected one"))
        if not places:
            return (), fields.report
        if not places[0]:
            for file in places:
                self._read.add(file)
            return fields.items(key), fields.report
        report = self.report(places[0])
        if places[0].endswith(".csv"):
            return self.table(places[0])[1], report
        node = self.document(places[0])
        if isinstance(node, Sequence):
            return node.items, report
        if node is not None:
            report.at(node, f"expected a list of {key}")
        return (), report

    def check_all_read(self) -> None:
        """Note every file that nothing refers to."""
        prefix = self.name("")
        for path in self.files.texts:
            if path.startswith(prefix) and path.removeprefix(prefix) not in self._read:
                self.problems.append(Problem(path, 0, 0, "nothing refers to this file"))
