"""The real-shaped exports, whole: every count and every value, on both databases."""

import json
from datetime import timedelta
from typing import Any

from flask import Flask
from sqlalchemy import func, select
from werkzeug.datastructures import MultiDict

from eventapp.core.db import Base, db, transaction
from eventapp.core.tables import Listing
from eventapp.partners import listing
from eventapp.partners.imports import queries
from eventapp.partners.imports.undo import undo
from eventapp.partners.models import ImportKind, Membership, Organisation, Person
from tests.partners import fingerprints
from tests.partners.files import AT, BY, DATA, run

EXPECTED = json.loads((DATA / "expected.json").read_text())
# Samples and notes in expected.json that are no counts of an import.
NO_COUNTS = {"file", "second_import_of_same_file", "fingerprints", "special", "phone_samples", "story_people"}


def compare(found: dict[str, Any], part: str) -> None:
    for name, wanted in EXPECTED[part].items():
        if name not in NO_COUNTS:
            assert found[name] == wanted, name


def rows_in_database() -> dict[str, int]:
    left_out = {"audit_entry", "import_batch", "import_row", "import_mapping"}
    return {
        table.name: db.session.scalar(select(func.count()).select_from(table)) or 0
        for table in Base.metadata.sorted_tables
        if table.name not in left_out
    }


def test_both_files_arrive_whole_and_go_again(app: Flask) -> None:
    before = rows_in_database()
    partners = run(ImportKind.PARTNERS, (DATA / "partners.csv").read_bytes())
    compare(partners, "partners")
    refused = partners["email_domains"]["free_mail_claims_to_refuse"]
    assert fingerprints.of_partners(refused) == EXPECTED["partners"]["fingerprints"]

    contacts = run(ImportKind.PEOPLE, (DATA / "contacts.csv").read_bytes())
    compare(contacts, "contacts")
    assert fingerprints.of_people() == EXPECTED["contacts"]["fingerprints"]
    complete = rows_in_database()
    assert complete["person"] == 8933
    assert complete["membership"] == 8943

    walk_all_companies("name", lambda row: row.name)
    walk_all_companies("-people", lambda row: row.people)

    again = run(ImportKind.PARTNERS, (DATA / "partners.csv").read_bytes(), at=AT + timedelta(days=1))
    compare({**again, "companies_created": 3000}, "partners")
    assert (again["companies_created"], again["updated"], again["unchanged"]) == (0, 0, 3000)
    again = run(ImportKind.PEOPLE, (DATA / "contacts.csv").read_bytes(), at=AT + timedelta(days=1))
    assert (again["people_created"], again["memberships_created"], again["updated"]) == (0, 0, 0)
    assert again["unchanged"] == 8943
    assert rows_in_database() == complete

    for _n in range(4):
        with transaction():
            last = queries.last_applied()
            assert last is not None
            undo(last, by=BY, at=AT)
    assert rows_in_database() == before


def walk_all_companies(sort: str, value: Any) -> None:
    """Every company stands on exactly one page, forwards and backwards alike."""
    made = listing.table("/admin/companies/")

    def page(url: str) -> Listing:
        pairs = MultiDict(p.split("=", 1) for p in url.partition("?")[2].split("&")) if "?" in url else MultiDict()
        pairs["sort"] = sort
        return made.page(listing.rows(), pairs, lambda _c: [], size=200)

    pages = [page("")]
    while pages[-1].next_url:
        pages.append(page(pages[-1].next_url))
    forwards = [row.id for one in pages for row in one.rows]
    assert len(forwards) == len(set(forwards)) == 3000
    ordered = [value(row) for one in pages for row in one.rows]
    if sort.startswith("-"):
        assert ordered == sorted(ordered, reverse=True)
    back = [pages[-1]]
    while back[-1].previous_url:
        back.append(page(back[-1].previous_url))
    assert [row.id for one in reversed(back) for row in one.rows] == forwards


def test_a_dry_run_finds_the_same_and_writes_nothing(app: Flask) -> None:
    from eventapp.core.db import reading
    from eventapp.partners.imports import service

    before = rows_in_database()
    with reading():
        found = service.dry_run(ImportKind.PARTNERS, (DATA / "partners.csv").read_bytes(), at=AT)
        db.session.rollback()
    compare(found, "partners")
    assert rows_in_database() == before
    assert db.session.scalar(select(func.count()).select_from(Organisation)) == 0
    assert db.session.scalar(select(func.count()).select_from(Person)) == 0
    assert db.session.scalar(select(func.count()).select_from(Membership)) == 0
