"""The catalog folder format: a folder of YAML and CSV files that a person can read in one sitting.

``catalog.yaml`` names the format; every folder of ``products/`` is a product; ``network/`` holds the plants;
``rule_sets/`` holds rules that products share.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from catalog.errors import CatalogInvalid, Problem
from catalog.formats.fields import Fields
from catalog.formats.network_reader import read_network
from catalog.formats.problem_list import ProblemList
from catalog.formats.product_check import check_product
from catalog.formats.product_reader import read_product
from catalog.formats.rule_sets import check_rule_sets
from catalog.formats.sections import Folder
from catalog.formats.setup_reader import SetupSource, check_setup_families
from catalog.formats.source_files import SourceFiles, load_files
from catalog.plant import Network
from catalog.product import ProductDefinition

MAIN_FILE = "catalog.yaml"
FORMAT = "onelot-catalog-1"


@dataclass(frozen=True, slots=True)
class Catalog:
    """What one source holds: products, and the network that makes them if it names one."""

    products: tuple[ProductDefinition, ...]
    network: Network | None = None


def read_catalog(path: Path) -> Catalog:
    """Read a catalog folder.

    Parameters
    ----------
    path
        The folder that holds ``catalog.yaml``.

    Returns
    -------
    Catalog
        Its products sorted by code, and its network.

    Raises
    ------
    CatalogInvalid
        The source has faults; all of them are listed.
    """
    files, problems = load_files(path)
    return read_files(files, problems)


def check_catalog(path: Path) -> tuple[Problem, ...]:
    """List every fault of a catalog folder, sorted by place; empty when it can be published."""
    try:
        read_catalog(path)
    except CatalogInvalid as error:
        return error.problems
    return ()


def read_files(files: SourceFiles, found: tuple[Problem, ...] = ()) -> Catalog:
    """Read a catalog from files in memory; see :func:`read_catalog`."""
    problems = ProblemList(found)
    catalog = _read(files, problems) if files.texts or not problems else Catalog(())
    if problems:
        raise CatalogInvalid(tuple(sorted(set(problems))))
    return catalog


def _read(files: SourceFiles, problems: list[Problem]) -> Catalog:
    top = Folder(files, "", problems)
    root = top.document(MAIN_FILE)
    if root is not None:
        main = Fields(root, top.report(MAIN_FILE), ("format", "title"))
        main.word("format", (FORMAT,))
        main.text("title")
    network = None
    matrices: list[SetupSource] = []
    if "network" in files.folders_in(""):
        network = read_network(files.under("network"), "network", problems, matrices)
    check_rule_sets(files, problems)
    products = []
    codes = files.folders_in("products")
    for code in codes:
        folder = f"products/{code}"
        product = read_product(files, folder, problems)
        if product is not None:
            check_product(*product, network, folder, problems)
            products.append(product[0])
    check_setup_families(matrices, products)
    if not codes and network is None:
        problems.append(Problem(MAIN_FILE, 0, 0, "the catalog is empty; expected folders in products/ or network/"))
    return Catalog(tuple(products), network)
