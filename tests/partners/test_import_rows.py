"""What single rows do: create, update, leave alone, refuse; and taking imports back."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from eventapp.audit.models import AuditEntry
from eventapp.core.db import db, transaction
from eventapp.core.errors import RuleError
from eventapp.partners import service as acts
from eventapp.partners.imports import queries, service
from eventapp.partners.imports.readers import FileError
from eventapp.partners.imports.reasons import sentence, value_of
from eventapp.partners.imports.rows import shortened
from eventapp.partners.imports.undo import undo
from eventapp.partners.models import (
    EmailDomain,
    Identifier,
    ImportKind,
    ImportRow,
    ImportState,
    Membership,
    MembershipRole,
    MembershipState,
    MissingSupplier,
    Organisation,
    OrganisationStatus,
    OrganisationWord,
    Person,
    PersonEmail,
    Relationship,
    RowOutcome,
)
from tests.partners.files import AT, BY, partners, run, run_partners, run_people, table
from tests.support import factories

LATER = AT + timedelta(days=1)


def company(key: str = "KP-182660") -> Organisation:
    return db.session.scalars(select(Organisation).where(Organisation.programme_id == key)).one()


def person(address: str = "petra.huber@donau-systemhaus.example") -> Person:
    return db.session.scalars(select(Person).join(PersonEmail).where(PersonEmail.address == address)).one()


def memberships(who: Person) -> list[Membership]:
    return list(db.session.scalars(select(Membership).where(Membership.person_id == who.id).order_by(Membership.id)))


def warnings(batch_id: int) -> list[str]:
    return [
        code
        for row in db.session.scalars(select(ImportRow.warnings).where(ImportRow.batch_id == batch_id).order_by(ImportRow.record))
        for code, _v in row
    ]


def undo_last() -> None:
    with transaction():
        last = queries.last_applied()
        assert last is not None
        undo(last, by=BY, at=LATER)
    db.session.expire_all()


def test_an_absent_column_changes_nothing_and_an_empty_cell_empties(app: Flask) -> None:
    run_partners({"City": "Linz", "VAT ID": "ATU12345678", "Employees": "1.250", "Email Domains": "donau.example"})
    before = company()
    assert (before.city, before.employees) == ("Linz", 1250)
    found = run(ImportKind.PARTNERS, table([{"Programme ID": "KP-182660", "Account Name": before.name, "City": ""}]))
    assert (found["updated"], found["unchanged"]) == (1, 0)
    after = company()
    assert (after.city, after.employees, after.tier_key) == ("", 1250, "ready")
    assert db.session.scalars(select(Identifier.value)).all() == ["ATU12345678"]
    found = run_partners({"VAT ID": "", "Tier": "none", "Email Domains": "neu.example | donau.example", "Status": ""})
    assert found["updated"] == 1
    assert db.session.scalars(select(Identifier.value)).all() == []
    assert (company().tier_key, company().status) == (None, OrganisationStatus.ACTIVE)
    assert sorted(db.session.scalars(select(EmailDomain.domain))) == ["donau.example", "neu.example"]
    words = set(db.session.scalars(select(OrganisationWord.word)))
    assert {"neu", "donau", "systemhaus", "182660"} <= words
    assert "12345678" not in words


def test_a_changed_file_updates_only_what_differs(app: Flask) -> None:
    run_partners({}, {"Programme ID": "KP-100001", "Account Name": "Two"})
    versions = {o.programme_id: o.version for o in db.session.scalars(select(Organisation))}
    found = run_partners({"Tier": "premier"}, {"Programme ID": "KP-100001", "Account Name": "Two"})
    assert (found["companies_created"], found["updated"], found["unchanged"]) == (0, 1, 1)
    row = db.session.scalars(select(ImportRow).where(ImportRow.batch_id == found["batch"], ImportRow.record == 1)).one()
    assert row.changes == {"tier_key": ["ready", "premier"]}
    assert company().version == versions["KP-182660"] + 1
    assert company("KP-100001").version == versions["KP-100001"]


def said(found: dict[str, Any], kind: ImportKind) -> list[str]:
    """Why rows were refused, in words."""
    db.session.rollback()
    query = select(ImportRow.reason, ImportRow.warnings).where(ImportRow.batch_id == found["batch"])
    rows = db.session.execute(query.where(ImportRow.outcome == RowOutcome.REJECTED).order_by(ImportRow.record))
    return [sentence(kind, row.reason, value_of(row.warnings)) for row in rows]


REFUSED_COMPANIES = [
    ({"Account Name": "  "}, "empty_name"),
    ({"Programme ID": "KP-12345"}, "bad_programme_id"),
    ({"Programme ID": "KP-12345٦"}, "bad_programme_id"),
    ({"Programme ID": ""}, "bad_programme_id"),
    ({"Partner Type": "Influencer"}, "unknown_partner_type"),
    ({"Tier": "Platinum"}, "unknown_tier"),
    ({"Country": "Ruritania"}, "unknown_country"),
    ({"Country": ""}, "unknown_country"),
    ({"Partner Since": "31.02.2019"}, "broken_date"),
    ({"Partner Since": "2019-13-01"}, "broken_date"),
    ({"Partner Since": "soon"}, "broken_date"),
    ({"Status": "Dormant"}, "unknown_status"),
    ({"Account Name": "x" * 201}, "too_long"),
    ({"City": "x" * 121}, "too_long"),
    ({"Notes": "x" * 20_001}, "too_long"),
]


def test_rows_that_are_refused_leave_the_others_alone(app: Flask) -> None:
    bad = [
        {"Programme ID": f"KP-50000{n}" if n < 10 else f"KP-5000{n}", **changes}
        for n, (changes, _r) in enumerate(REFUSED_COMPANIES)
    ]
    found = run_partners(*bad, {"Programme ID": "KP-100002", "Account Name": "Next"})
    assert [row["reason"] for row in found["rejected_rows"]] == [reason for _c, reason in REFUSED_COMPANIES]
    assert [row["line"] for row in found["rejected_rows"]] == list(range(2, len(bad) + 2))
    assert len(said(found, ImportKind.PARTNERS)) == len(bad)
    for (changes, _reason), text in zip(REFUSED_COMPANIES[1:], said(found, ImportKind.PARTNERS)[1:], strict=True):
        value = next(iter(changes.values()))
        assert f"“{shortened(value)}”" in text if value else text in ("There is no programme ID.", "There is no country."), text
        assert len(text) < 200
    assert (found["companies_created"], found["rejected"]) == (1, len(bad))
    assert db.session.scalars(select(Organisation.name)).all() == ["Next"]


def test_values_that_make_no_sense_are_left_out_with_a_warning(app: Flask) -> None:
    found = run_partners(
        {
            "D-U-N-S": "12345",
            "VAT ID": "n/a",
            "Employees": "many",
            "Email Domains": "freemail.example, not a domain!, good.example",
            "Other Types": "ISV|Wizard",
            "Supplied By": "KP-182660, nobody",
        }
    )
    assert found["companies_created"] == 1
    assert sorted(set(warnings(found["batch"]))) == [
        "bad_domain",
        "bad_duns",
        "bad_employees",
        "bad_supplier",
        "bad_vat",
        "free_mail",
        "unknown_other_type",
    ]
    assert sorted(db.session.scalars(select(EmailDomain.domain))) == ["good.example"]
    assert found["email_domains"]["free_mail_claims_to_refuse"] == {"freemail.example": ["KP-182660"]}


def test_repeats_and_conflicts_within_a_file(app: Flask) -> None:
    found = run_partners(
        {"City": "Wien", "Tier": "Ready"},
        {"City": " Wien ", "Tier": "READY", "Country": "Österreich"},
        {"City": "Graz"},
    )
    assert (found["companies_created"], found["exact_repeats"], found["conflicting_repeats"]) == (1, 1, 1)
    assert found["conflicts"] == [
        {
            "record": 3,
            "line": 4,
            "programme_id": "KP-182660",
            "field": "City",
            "first": "Wien",
            "later": "Graz",
            "first_record": 1,
        }
    ]
    assert company().city == "Wien"


def test_an_identifier_belongs_to_one_company(app: Flask) -> None:
    run_partners({"D-U-N-S": "12-345-6789"})
    found = run_partners(
        {"Programme ID": "KP-100002", "Account Name": "Other", "D-U-N-S": "123456789", "CRM ID": "00012345"},
        {"Programme ID": "KP-100003", "Account Name": "Third", "D-U-N-S": "", "CRM ID": "00012345"},
    )
    assert found["companies_created"] == 2
    assert sorted(warnings(found["batch"])) == ["crm_taken", "duns_taken"]
    owners = {row.value: row.organisation_id for row in db.session.execute(select(Identifier.value, Identifier.organisation_id))}
    assert owners == {"123456789": company().id, "00012345": company("KP-100002").id}


HOSTILE = [
    "=cmd|' /C calc'!A0",
    "+43 Netzwerk",
    "@nordlykt",
    "-minus",
    "'t Hooft B.V.",
    '<script>alert("x")</script>',
    "Robert'); DROP TABLE organisation;--",
    "a\x00b",
    "\u202eevil",
    "ŽŁØıß 🚀 שלום",
    "{{ 7*7 }} %(name)s %s",
]


def test_hostile_names_arrive_as_they_are_and_exports_come_back(app: Flask) -> None:
    rows = [{"Programme ID": f"KP-20000{n}" if n < 10 else f"KP-2000{n}", "Account Name": name} for n, name in enumerate(HOSTILE)]
    run_partners(*rows)
    names = {o.programme_id: o.name for o in db.session.scalars(select(Organisation))}
    assert list(dict(sorted(names.items())).values()) == [name.replace("\x00", " ") for name in HOSTILE]
    # The same list as a spreadsheet-safe export writes it: an apostrophe before what a spreadsheet would run.
    exported = [
        {**row, "Account Name": f"'{name}" if (name := row["Account Name"])[0] in "=+-@" else name.replace("\x00", " ")}
        for row in rows
    ]
    found = run_partners(*exported)
    assert (found["unchanged"], found["updated"]) == (len(HOSTILE), 0)


def test_a_parent_and_a_supplier_may_come_later(app: Flask) -> None:
    found = run_partners(
        {"Parent Account": "Holding SE", "Supplied By": "KP-300002|KP-300001"},
        {
            "Programme ID": "KP-300001",
            "Account Name": "Dist",
            "Partner Type": "Distributor",
            "Tier": "",
            "Parent Account": "",
            "Supplied By": "",
        },
    )
    assert found["parents"] == {"rows_with_parent": 1, "resolved": 0, "unresolved": ["Holding SE"], "distinct_parents": 0}
    assert found["supplied_by"]["unresolved"] == ["KP-300002"]
    assert company().parent_id is None
    assert db.session.scalars(select(MissingSupplier.programme_id)).all() == ["KP-300002"]
    later = run_partners(
        {"Programme ID": "KP-300002", "Account Name": "Dist Two"}, {"Programme ID": "KP-300003", "Account Name": "Holding SE"}
    )
    assert later["companies_created"] == 2
    assert company().parent_id == company("KP-300003").id
    assert db.session.scalars(select(MissingSupplier.programme_id)).all() == []
    pairs = {(row.from_id, row.to_id) for row in db.session.execute(select(Relationship.from_id, Relationship.to_id))}
    assert pairs == {(company("KP-300001").id, company().id), (company("KP-300002").id, company().id)}
    undo_last()
    assert company().parent_id is None
    assert company().parent_name == "Holding SE"
    assert db.session.scalars(select(MissingSupplier.programme_id)).all() == ["KP-300002"]
    assert len(db.session.scalars(select(Relationship)).all()) == 1


def test_a_parent_of_an_ambiguous_name_is_the_one_in_the_same_country(app: Flask) -> None:
    run_partners(
        {"Programme ID": "KP-400001", "Account Name": "Sedgewater", "Country": "IE"},
        {"Programme ID": "KP-400002", "Account Name": "Sedgewater", "Country": "GB"},
    )
    found = run_partners(
        {"Country": "GB", "Parent Account": "Sedgewater"},
        {"Programme ID": "KP-400003", "Account Name": "Third", "Country": "FR", "Parent Account": "Sedgewater"},
    )
    assert found["parents"]["resolved"] == 1
    assert company().parent_id == company("KP-400002").id
    assert company("KP-400003").parent_id is None


def test_people_are_updated_by_address_and_may_belong_to_two_companies(app: Flask) -> None:
    run_partners({}, {"Programme ID": "KP-100001", "Account Name": "Two"})
    run_people({"Phone": "0043 (0)1 234 56 78", "Org Admin": "yes", "Job Title": "CEO"})
    first = person()
    assert (first.phone, first.user_id) == ("+4312345678", None)
    assert memberships(first)[0].role is MembershipRole.ADMIN
    found = run_people(
        {"Email": "Petra.Huber@DONAU-systemhaus.example", "Phone": "+43 1 999 9999", "Org Admin": "yes", "Job Title": "CEO"},
        {"Programme ID": "KP-100001", "Phone": "+43 1 999 9999", "Org Admin": "no", "Job Title": "Adviser"},
        {"Phone": "+43 1 999 9999", "Org Admin": "yes", "Job Title": "Boss"},
    )
    assert (found["people_created"], found["memberships_created"], found["updated"]) == (0, 1, 1)
    assert (found["second_company_same_email"], found["merged_same_email_same_company"]) == (1, 1)
    assert person().phone == "+4319999999"
    assert [(m.job_title, m.role) for m in memberships(person())] == [
        ("CEO", MembershipRole.ADMIN),
        ("Adviser", MembershipRole.MEMBER),
    ]
    assert db.session.query(Person).count() == 1


REFUSED_PEOPLE = [
    ({"Email": "petra.huber@@donau.example"}, "invalid_email"),
    ({"Email": "n.a."}, "invalid_email"),
    ({"Email": "a@b.example, c@d.example"}, "invalid_email"),
    ({"Email": ""}, "invalid_email"),
    ({"Programme ID": "KP-999999"}, "unknown_programme_id"),
    ({"Programme ID": "Donau"}, "bad_programme_id"),
    ({"Given Name": " ", "Family Name": ""}, "empty_name"),
    ({"Family Name": "x" * 101}, "too_long"),
]


def test_people_that_are_refused(app: Flask) -> None:
    run_partners({})
    bad = [{"Email": f"p{n}@donau.example", **changes} for n, (changes, _reason) in enumerate(REFUSED_PEOPLE)]
    found = run_people(*bad, {"Email": "next@donau.example"})
    assert [row["reason"] for row in found["rejected_rows"]] == [reason for _c, reason in REFUSED_PEOPLE]
    assert (found["people_created"], found["rejected"]) == (1, len(bad))
    texts = said(found, ImportKind.PEOPLE)
    assert texts[:4] == [
        *("“petra.huber@@donau.example” is no e-mail address.", "“n.a.” is no e-mail address."),
        *("“a@b.example, c@d.example” is no e-mail address.", "There is no e-mail address."),
    ]
    assert texts[4:6] == [
        "No company has the programme ID “KP-999999”.",
        "The programme ID “Donau” does not look like KP-123456.",
    ]
    assert texts[7] == f"“{'x' * 59}…” is too long for Family name."


def test_bad_details_of_people_are_left_out(app: Flask) -> None:
    run_partners({})
    found = run_people(
        {"Phone": "ring me", "Language": "Deutsch!", "Time Zone": "CEST", "Function": "Guru", "Org Admin": "maybe"},
        {"Email": "x@freemail.example", "Given Name": "HUBER", "Family Name": "Petra"},
    )
    assert found["people_created"] == 2
    assert {
        "bad_phone",
        "bad_language",
        "bad_time_zone",
        "unknown_function",
        "bad_role",
        "free_mail_person",
        "names_swapped",
    } == set(warnings(found["batch"]))


def test_missing_columns_are_named(app: Flask) -> None:
    with transaction():
        batch = service.begin(ImportKind.PARTNERS, "x.csv", b"Firma;Ort\nA;B\n", by=BY, at=AT)
    with pytest.raises(RuleError, match="Programme ID"), transaction():
        service.apply(batch.id, by=BY, at=AT)
    with pytest.raises(FileError, match="empty"):
        service.begin(ImportKind.PARTNERS, "x.csv", b"", by=BY, at=AT)


def test_undo_puts_values_back_and_deletes_what_was_made(app: Flask) -> None:
    run_partners({"City": "Wien", "Email Domains": "a.example", "VAT ID": "ATU1"})
    words = set(db.session.scalars(select(OrganisationWord.word)))
    found = run_partners(
        {"City": "Graz", "Email Domains": "b.example", "VAT ID": "ATU2", "Account Name": "Renamed", "Employees": "5"},
        {"Programme ID": "KP-100001", "Account Name": "Made"},
    )
    assert (found["updated"], found["companies_created"]) == (1, 1)
    undo_last()
    again = company()
    assert (again.name, again.city, again.employees) == ("Donau Systemhaus GmbH", "Wien", None)
    assert db.session.scalars(select(EmailDomain.domain)).all() == ["a.example"]
    assert db.session.scalars(select(Identifier.value)).all() == ["ATU1"]
    assert db.session.scalars(select(Organisation.programme_id)).all() == ["KP-182660"]
    assert set(db.session.scalars(select(OrganisationWord.word))) == words
    assert queries.batch(found["batch"]).state is ImportState.UNDONE
    actions = db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert actions == ["import.apply", "import.apply", "import.undo"]


def test_undo_is_refused_when_something_hangs_on_a_row(app: Flask) -> None:
    run_partners({}, {"Programme ID": "KP-100001", "Account Name": "Two"})
    factories.person(company())
    with pytest.raises(RuleError, match="1 membership hang"), transaction():
        undo(queries.last_applied() or 0, by=BY, at=LATER)
    db.session.expire_all()
    assert db.session.query(Organisation).count() == 2
    assert queries.last_applied() is not None


def test_undo_is_refused_when_a_row_was_changed_since(app: Flask) -> None:
    run_partners({}, {"Programme ID": "KP-100001", "Account Name": "Two"})
    one = company()
    with transaction():
        details = acts.details_of(one)
        acts.change_organisation(one, type(details)(**{**vars(details), "city": "Graz"}), version=one.version, by=BY, at=LATER)
    with pytest.raises(RuleError, match=r"1 row was changed.*Donau"), transaction():
        undo(queries.last_applied() or 0, by=BY, at=LATER)
    db.session.expire_all()
    assert db.session.query(Organisation).count() == 2


def test_only_the_last_import_is_undone(app: Flask) -> None:
    first = run_partners({})["batch"]
    run_people({})
    with pytest.raises(RuleError, match="Only the last"), transaction():
        undo(first, by=BY, at=LATER)
    undo_last()
    assert db.session.query(Person).count() == 0
    undo_last()
    assert db.session.query(Organisation).count() == 0
    with pytest.raises(RuleError, match="not in force"), transaction():
        undo(first, by=BY, at=LATER)


def test_undo_of_people_puts_them_back(app: Flask) -> None:
    run_partners({}, {"Programme ID": "KP-100001", "Account Name": "Two"})
    run_people({"Job Title": "CEO", "Phone": "+43 1 2345678"})
    run_people(
        {"Job Title": "Boss", "Phone": "+43 1 9999999", "Family Name": "Maier"},
        {"Programme ID": "KP-100001", "Job Title": "x", "Phone": "", "Family Name": "Maier"},
    )
    assert len(memberships(person())) == 2
    undo_last()
    assert (person().family_name, person().phone) == ("Huber", "+4312345678")
    assert [(m.job_title, m.state) for m in memberships(person())] == [("CEO", MembershipState.ACTIVE)]


def test_applying_twice_is_applying_once(app: Flask) -> None:
    found = run_partners({})
    with transaction():
        service.apply(found["batch"], by=BY, at=LATER)
    assert db.session.query(Organisation).count() == 1
    assert queries.batch(found["batch"]).applied_at == AT


def test_a_failing_import_leaves_nothing(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eventapp.partners.imports.rows.CHUNK", 2)
    rows = [{"Programme ID": f"KP-10000{n}", "Account Name": f"N{n}"} for n in range(6)]

    def break_late(done: int, total: int) -> None:
        if done == total:
            raise RuntimeError("the machine stops")

    def import_it() -> None:
        batch = service.begin(ImportKind.PARTNERS, "x.csv", partners(*rows), by=BY, at=AT)
        service.apply(batch.id, by=BY, at=AT, tell=break_late)

    with pytest.raises(RuntimeError), transaction():
        import_it()
    db.session.expire_all()
    assert db.session.query(Organisation).count() == 0
    assert db.session.query(ImportRow).filter(ImportRow.outcome == RowOutcome.CREATE).count() == 0


def test_a_renamed_person_who_joins_one_more_company_is_no_new_row(app: Flask) -> None:
    run_partners({}, {"Programme ID": "KP-100001", "Account Name": "Isar Netze AG"})
    run_people({})
    found = run_people({"Given Name": "Wrong", "Family Name": "Name", "Programme ID": "KP-100001"})
    assert (found["updated"], found["people_created"], found["memberships_created"]) == (1, 0, 1)
    row = db.session.scalars(select(ImportRow).where(ImportRow.batch_id == found["batch"])).one()
    assert (row.outcome, row.made) == (RowOutcome.UPDATE, "membership")
    assert row.changes["family_name"] == ["Huber", "Name"]
    assert (person().full_name, len(memberships(person()))) == ("Wrong Name", 2)
    with transaction():
        undo(found["batch"], by=BY, at=LATER)
    assert (person().full_name, len(memberships(person()))) == ("Petra Huber", 1)


def test_a_person_who_is_called_otherwise_in_a_later_row_is_told_of(app: Flask) -> None:
    run_partners({}, {"Programme ID": "KP-100001", "Account Name": "Isar Netze AG"})
    other = {"Programme ID": "KP-100001"}
    rows = [{}, {**other, "Given Name": "Totally", "Family Name": "Other"}]
    found = run_people(*rows)
    assert warnings(found["batch"]) == ["named_before"]
    assert (person().full_name, len(memberships(person()))) == ("Petra Huber", 2)
    assert warnings(run_people({}, other)["batch"]) == []
