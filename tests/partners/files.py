"""Files for import tests, made of a few rows."""

import csv
import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from eventapp.audit.service import NamedActor
from eventapp.core.db import db, transaction
from eventapp.partners.imports import service
from eventapp.partners.models import ImportKind

DATA = Path(__file__).resolve().parents[1] / "data"
AT = datetime(2027, 1, 20, 9, 0, tzinfo=UTC)
BY = NamedActor("tests")

PARTNER = {
    "Account Name": "Donau Systemhaus GmbH",
    "Programme ID": "KP-182660",
    "Partner Type": "Reseller",
    "Tier": "Ready",
    "Country": "AT",
}
PERSON = {
    "Given Name": "Petra",
    "Family Name": "Huber",
    "Email": "petra.huber@donau-systemhaus.example",
    "Programme ID": "KP-182660",
}


def table(rows: list[dict[str, str]], delimiter: str = ";", line_end: str = "\r\n", encoding: str = "utf-8") -> bytes:
    """A CSV file with the columns of all rows."""
    headers = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, headers, restval="", delimiter=delimiter, lineterminator=line_end)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode(encoding)


def partners(*rows: dict[str, str]) -> bytes:
    """Companies; each row says only what differs from the first one."""
    return table([{**PARTNER, **row} for row in rows])


def people(*rows: dict[str, str]) -> bytes:
    return table([{**PERSON, **row} for row in rows])


def run(kind: ImportKind, content: bytes, name: str = "list.csv", at: datetime = AT) -> dict[str, Any]:
    """Imports a file, committed; returns the counts and, under "batch", the id."""
    with transaction():
        batch = service.begin(kind, name, content, by=BY, at=at)
        counts = service.apply(batch.id, by=BY, at=at)
        found = {**counts, "batch": batch.id}
    db.session.expire_all()
    return found


def run_partners(*rows: dict[str, str]) -> dict[str, Any]:
    return run(ImportKind.PARTNERS, partners(*rows))


def run_people(*rows: dict[str, str]) -> dict[str, Any]:
    return run(ImportKind.PEOPLE, people(*rows))
