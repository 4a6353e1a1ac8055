"""Lists of the sales desk as files: CSV that streams, and XLSX. What people typed can never become a formula."""

from __future__ import annotations

import csv
import importlib
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from catalog.money import Money
from ordering.sales_filter import MOST_EXPORTED, SalesRecord

CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BYTE_ORDER_MARK = "\ufeff"
ROWS_AT_A_TIME = 500
_RISKY = ("=", "+", "-", "@", "\t", "\r", "\n")
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
Cell = str | int | Decimal | date | datetime


@dataclass(frozen=True, slots=True)
class Layout:
    """What a file looks like in the language of its reader."""

    sheet: str
    header: tuple[str, ...]
    states: dict[str, str]
    """Words for each state."""
    cut: str
    """The last row of a file that does not hold everything."""
    zone: ZoneInfo
    has_quote: bool
    """Whether a column names the quote of an order."""


def write_csv(records: Iterable[SalesRecord], layout: Layout) -> Iterator[bytes]:
    """Write records as CSV that spreadsheets open: UTF-8 with its mark, rows ended as the standard wants.

    Parameters
    ----------
    records
        In the order of the file; what is beyond MOST_EXPORTED is left out, and a last row says so.
    layout
        Header, words and zone.

    Yields
    ------
    bytes
        Some rows at a time.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    buffer.write(BYTE_ORDER_MARK)
    writer.writerow(layout.header)
    for number, row in enumerate(_rows(records, layout), 1):
        writer.writerow([_harmless(cell) if isinstance(cell, str) else _plain(cell) for cell in row])
        if number % ROWS_AT_A_TIME == 0:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


def write_xlsx(records: Iterable[SalesRecord], layout: Layout) -> io.BytesIO:
    """Write records as a workbook of one sheet; give the file, open at its beginning.

    Parameters
    ----------
    records, layout
        As :func:`write_csv` takes them.
    """
    openpyxl = importlib.import_module("openpyxl")  # heavy, and only this kind of file needs it
    workbook = openpyxl.Workbook(write_only=True)
    sheet = workbook.create_sheet(layout.sheet[:31])
    sheet.freeze_panes = "B2"
    sheet.append(list(layout.header))
    for row in _rows(records, layout):
        sheet.append([_as_text(sheet, cell) if isinstance(cell, str) else cell for cell in row])
    file = io.BytesIO()
    workbook.save(file)
    file.seek(0)
    return file


def _as_text(sheet: Any, text: str) -> Any:  # Any: openpyxl's sheets and cells of a write-only workbook
    clean = _UNWRITABLE.sub("", text)
    if not clean.startswith(_RISKY):
        return clean
    cell = importlib.import_module("openpyxl.cell").WriteOnlyCell(sheet, value=clean)
    cell.data_type = "s"
    cell.quotePrefix = True
    return cell


def _rows(records: Iterable[SalesRecord], layout: Layout) -> Iterator[tuple[Cell, ...]]:
    for number, record in enumerate(records):
        if number >= MOST_EXPORTED:
            yield (layout.cut,)
            return
        yield _row(record, layout)


def _row(record: SalesRecord, layout: Layout) -> tuple[Cell, ...]:
    amounts = (record.net_minor, record.tax_minor, record.gross_minor)
    names = (record.number, record.quote_number) if layout.has_quote else (record.number, record.revision)
    return (
        *names, layout.states.get(record.state, record.state), record.customer_name, record.customer_email,
        record.reference, record.destination, record.currency,
        *(Money(amount, record.currency).to_decimal() for amount in amounts),
        record.promised_on, _local(record.made_at, layout.zone),
        *(() if layout.has_quote else (_local(record.valid_until, layout.zone),)),
    )


def _local(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None, second=0, microsecond=0)


def _plain(cell: Cell) -> str:
    return cell.strftime("%Y-%m-%d %H:%M") if isinstance(cell, datetime) else str(cell)


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(_RISKY) else text
