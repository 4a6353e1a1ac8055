"""Which of the four families a planning file is, and reading it. Imports the readers only."""

from __future__ import annotations

from scheduling.job_shop.chain_files import is_chain_file, read_chains
from scheduling.job_shop.classic_files import is_pair_file, read_classic, without_titles
from scheduling.job_shop.graph_files import is_graph_file, read_graph
from scheduling.job_shop.instance import JobShop
from scheduling.job_shop.text import split


def read_job_shop(text: str, *, file: str = "") -> JobShop:
    """Read a job shop of any family; what the file holds decides, not its name.

    A name that ends in ``.fjs`` only settles how a broken or ambiguous file is read.

    Parameters
    ----------
    text
        The whole file.
    file
        Its name, for messages.

    Returns
    -------
    JobShop
        The instance.

    Raises
    ------
    PlanFileInvalid
        The text is of none of the formats; the message names the line.
    """
    found = split(text, file)
    if not found.lines:
        raise found.refuse(0, "the file is empty")
    if is_graph_file(found):
        return read_graph(found)
    if file.lower().endswith((".fjs", ".fjsp")):
        return read_chains(found)
    plain = without_titles(found)
    # "1 1 2 5" is a job of two machines, and also one operation with one mode: the classic reading comes first.
    if is_chain_file(found) and not is_pair_file(plain):
        return read_chains(found)
    if not plain.lines:
        raise found.refuse(0, "no line begins with a number, so this is no job shop")
    return read_classic(plain)
