"""A file as an answer; that it was taken out stands in the log, by the plan's code and nothing that it says."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from flask import Response, url_for
from flask_login import current_user

from eventapp.audit.service import record
from eventapp.core import exports as files
from eventapp.core.i18n import _l
from eventapp.core.saving import saving
from eventapp.core.web.downloads import asked_format, table_file
from eventapp.plans.log import About
from eventapp.plans.models import Plan

FORMATS = [*((p.name, p.label) for p in files.PRESETS.values()), ("xlsx", "Excel (XLSX)"), ("json", "JSON")]
# What the files are called on pages.
LABELS = {
    "objectives": _l("Objectives by quarter"),
    "actuals": _l("Actual values"),
    "actions": _l("Actions"),
    "plans": _l("Plans"),
    "sums": _l("Targets and actual values, added up"),
}


def download(
    content: str,
    columns: Sequence[files.ExportColumn],
    rows: Iterable[Sequence[Any]],
    about: About,
    *,
    stem: str,
    at: datetime,
) -> Response:
    """The file in the format that was asked for; 400 for a format that there is not."""
    name = asked_format()
    with saving():
        record("plans.export", by=current_user, at=at, **about, changes={"format": name, "kind": content})
    response = table_file(rows, columns, name, of=stem, content=content, title=str(LABELS[content]), zone="UTC", at=at)
    response.headers["Cache-Control"] = "private, no-store"
    return response


def files_of(plan: Plan, *contents: str) -> list[tuple[str, str]]:
    """What can be taken out of a plan, for the menu: label and address."""
    return [(str(LABELS[one]), url_for("plan_exports.export", plan_code=plan.code, plan_export=one)) for one in contents]
