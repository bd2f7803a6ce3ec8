"""Rows of a CSV or XLSX file as dictionaries of texts, within limits. Blocking: call it in a thread."""

import csv
import io
import zipfile
from collections.abc import Iterator

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from domain.errors import Invalid, TooLarge

MAX_ROWS = 5000
MAX_COLUMNS = 100
MAX_CELL_CHARS = 5000
MAX_UNPACKED_BYTES = 100 * 1024 * 1024
Row = dict[str, str]


def read_rows(raw: bytes) -> list[Row]:
    """Return the rows below the header; XLSX is told from CSV by its first bytes.

    Raises:
        Invalid: ``unreadable_file`` when it is neither.
        TooLarge: ``too_many_rows``, or ``file_too_large`` once unpacked.
    """
    lines = _xlsx_lines(raw) if raw[:4] == b"PK\x03\x04" else _csv_lines(raw)
    header = [name.strip().lower() for name in next(lines, [])]
    if not any(header):
        raise Invalid("unreadable_file", "the first row must name the columns")
    rows: list[Row] = []
    for line in lines:
        if not any(cell.strip() for cell in line):
            continue
        if len(rows) >= MAX_ROWS:
            raise TooLarge("too_many_rows", f"a file may have at most {MAX_ROWS} rows", limit=MAX_ROWS)
        named = zip(header, line, strict=False)
        rows.append({name: cell.strip() for name, cell in named if name and cell.strip()})
    return rows


def _csv_lines(raw: bytes) -> Iterator[list[str]]:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", errors="replace")
    if "\0" in text:
        raise Invalid("unreadable_file", "this is neither CSV nor XLSX")
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    try:
        for line in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            yield [cell[:MAX_CELL_CHARS] for cell in line[:MAX_COLUMNS]]
    except csv.Error as error:
        raise Invalid("unreadable_file", f"the CSV cannot be read: {error}") from None


def _xlsx_lines(raw: bytes) -> Iterator[list[str]]:
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > MAX_UNPACKED_BYTES:
                raise TooLarge("file_too_large", "the spreadsheet is too large once unpacked")
        book = openpyxl.load_workbook(io.BytesIO(raw), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        for line in sheet.iter_rows(max_col=MAX_COLUMNS, values_only=True):
            yield [_cell(value) for value in line]
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, IndexError, OSError) as error:
        raise Invalid("unreadable_file", f"the spreadsheet cannot be read: {type(error).__name__}") from None


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    isoformat = getattr(value, "isoformat", None)
    return str(isoformat(sep=" ") if hasattr(value, "hour") and isoformat else value)[:MAX_CELL_CHARS]
