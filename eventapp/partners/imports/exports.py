"""Refused rows as a file that can be mended and imported again."""

from collections.abc import Iterator

from eventapp.core.exports import PRESETS, ExportColumn, write_csv
from eventapp.core.text import one_line
from eventapp.partners.imports import queries
from eventapp.partners.imports.reasons import sentence, value_of, warning
from eventapp.partners.models import ImportBatch


def rejected_rows(batch: ImportBatch) -> Iterator[bytes]:
    """CSV of the refused rows: the columns of the file as they were, then the line and the reason, with what else was said of it.

    Cells that a row has too many are put to its last one, as they probably belong there.
    """
    width = len(batch.headers)
    delimiter = batch.delimiter or ","

    def rows() -> Iterator[list[str]]:
        for row in queries.rejected(batch.id):
            cells = row.cells
            kept = [*cells[: width - 1], delimiter.join(cells[width - 1 :])] if len(cells) > width else cells
            kept = [*kept, *[""] * (width - len(kept))]
            said = [sentence(batch.kind, row.reason, value_of(row.warnings))]
            said += [warning(batch.kind, code, value) for code, value in row.warnings if code != "value"]
            yield [*kept, str(row.line), one_line(" ".join(said))]

    columns = [*(ExportColumn(header) for header in batch.headers), ExportColumn("line"), ExportColumn("reason")]
    return write_csv(rows(), columns, PRESETS["excel-eu"], "UTC")
