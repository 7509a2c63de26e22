"""The sections of a frozen version on a page, in the same tables as on paper: what is read is what is signed."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from eventapp.core.i18n import _l
from eventapp.core.markdown import to_html
from eventapp.plans.documents.rows import OWNERS, Column, Values, table
from eventapp.plans.models import QUARTERS, SectionKind

# As many characters as stand beside each other below a row: a page is wider than paper.
SHORT = 110
# What an objective is, in a line below it that needs no labels.
ABOUT = ("category", "product", "country_code", "unit", "direction", "roll_up", "source")
OBJECTIVES = (
    Column(_l("Objective"), ("statement",)),
    Column(_l("Owners"), OWNERS),
    Column(_l("Weight"), ("weight",), numeric=True),
    Column(_l("Last year"), ("baseline",), numeric=True),
    Column(_l("Year"), ("annual",), numeric=True),
    *(Column(_l("Q%(number)s", number=n), (f"q{n}",), numeric=True) for n in QUARTERS),
)


class Section(NamedTuple):
    """A section: its text as HTML, or its rows as a table (`columns`, `rows`)."""

    key: str
    title: str
    html: str
    table: Mapping[str, Any]


def values_of(content: Mapping[str, Any], words: Any, events: Mapping[int, str]) -> Values:
    """What says the values of this content, with its currency and its initiatives."""
    rows = [row for one in content["sections"] if one["kind"] == SectionKind.INITIATIVES for row in one["rows"]]
    return Values(words, content["currency"], events, {row["id"]: row["name"] for row in rows}, SHORT)


def sections(content: Mapping[str, Any], values: Values) -> list[Section]:
    """All sections, also those in which nothing stands."""
    return [
        Section(
            one["key"], one["title"], to_html(one.get("text", "")), _table(SectionKind(one["kind"]), one.get("rows", []), values)
        )
        for one in content["sections"]
    ]


def _table(kind: SectionKind, rows: Sequence[Mapping[str, Any]], values: Values) -> Mapping[str, Any]:
    if not rows:
        return {"columns": [], "rows": []}
    if kind is SectionKind.OBJECTIVES:
        return table(kind, rows, values, columns=OBJECTIVES, about=ABOUT)
    return table(kind, rows, values)
