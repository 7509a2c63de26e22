"""The wizard as people use it, page by page."""

import csv
import io
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from eventapp.core.db import db
from eventapp.core.jobs import progress, run_waiting
from eventapp.partners.models import ImportBatch, ImportMapping, ImportState, Organisation, Person
from tests.partners.files import partners, people, table
from tests.support import factories
from tests.support.pages import PageClient, fields


@pytest.fixture
def organizer(client: PageClient) -> PageClient:
    return client.sign_in(factories.organizer())


def upload(client: PageClient, content: bytes, kind: str = "partners", name: str = "list.csv") -> str:
    """Sends a file; returns the address of the page that follows."""
    form = fields(client.get("/admin/imports/new").get_data(as_text=True))
    data = {**form, "kind": kind, "file": (io.BytesIO(content), name)}
    answer = client.post("/admin/imports/new", data=data, content_type="multipart/form-data")
    assert answer.status_code == 302, answer.get_data(as_text=True)
    return str(answer.location)


def send(client: PageClient, url: str, action: str, **changes: Any) -> Any:
    """Sends the form of a page whose action is named."""
    form = fields(client.get(url).get_data(as_text=True), action)
    return client.post(action, data={**form, **changes})


def columns_then_preview(client: PageClient, columns: str, **changes: Any) -> str:
    answer = send(client, columns, columns, **changes)
    assert answer.status_code == 302, answer.get_data(as_text=True)
    return str(answer.location)


def test_from_the_file_to_the_list_and_back(organizer: PageClient) -> None:
    columns = upload(
        organizer,
        partners(
            {"City": "Wien"},
            {"Programme ID": "KP-100001", "Account Name": "=Formula", "City": "Linz"},
            {"Programme ID": "nothing", "Account Name": "+43 Netz", "City": "Linz"},
        ),
    )
    page = organizer.get(columns).get_data(as_text=True)
    assert "Donau Systemhaus GmbH" in page
    preview = columns_then_preview(organizer, columns)
    page = organizer.get(preview).get_data(as_text=True)
    assert "The programme ID “nothing” does not look like KP-123456." in page
    assert db.session.query(Organisation).count() == 0
    only = organizer.get(f"{preview}?outcome=rejected").get_data(as_text=True)
    assert "+43 Netz" in only
    assert "=Formula" not in only

    answer = send(organizer, preview, f"{preview}apply")
    assert answer.status_code == 302
    page = organizer.get(preview).get_data(as_text=True)
    assert "Applied" in page
    assert sorted(db.session.scalars(select(Organisation.name))) == ["=Formula", "Donau Systemhaus GmbH"]

    rejected = organizer.get(f"{preview}rejected.csv")
    assert rejected.headers["Content-Disposition"].startswith("attachment")
    rows = list(csv.reader(io.StringIO(rejected.get_data().decode("utf-8-sig")), delimiter=";"))
    assert rows[0][-2:] == ["line", "reason"]
    assert rows[1][0] == "'+43 Netz"
    assert rows[1][-2:] == ["4", "The programme ID “nothing” does not look like KP-123456."]
    mended = rejected.get_data().replace(b"nothing", b"KP-100002")
    again = columns_then_preview(organizer, upload(organizer, mended))
    send(organizer, again, f"{again}apply")
    assert "+43 Netz" in db.session.scalars(select(Organisation.name)).all()

    history = organizer.get("/admin/imports/").get_data(as_text=True)
    assert history.count("Undo …") == 1
    answer = send(organizer, f"{again}undo", f"{again}undo")
    assert answer.status_code == 302
    assert db.session.query(Organisation).count() == 2


def test_undo_says_why_not(organizer: PageClient) -> None:
    preview = columns_then_preview(organizer, upload(organizer, partners({})))
    send(organizer, preview, f"{preview}apply")
    factories.person(db.session.scalars(select(Organisation)).one())
    answer = send(organizer, f"{preview}undo", f"{preview}undo")
    assert answer.status_code == 409
    assert "1 membership hangs on what this import created: Donau Systemhaus GmbH. Nothing was undone." in answer.text
    company = db.session.scalars(select(Organisation)).one()
    assert f'<a href="/admin/companies/{company.id}"><bdi>Donau Systemhaus GmbH</bdi></a>' in answer.text


def test_undo_names_the_first_and_says_how_many_more(organizer: PageClient) -> None:
    rows = [{"Programme ID": f"KP-1000{n:02}", "Account Name": f"Company {n}"} for n in range(25)]
    preview = columns_then_preview(organizer, upload(organizer, partners(*rows)))
    send(organizer, preview, f"{preview}apply")
    for company in db.session.scalars(select(Organisation)).all():
        factories.person(company, "Ada", "Lang")
    answer = send(organizer, f"{preview}undo", f"{preview}undo")
    said = "25 memberships hang on what this import created: Company 0, Company 1, Company 2 and 22 more. Nothing was undone."
    assert said in answer.text
    assert (answer.text.count("<bdi>Company"), "and 5 more" in answer.text) == (20, True)


def test_undo_names_people_who_registered_and_what_was_changed(organizer: PageClient) -> None:
    home = factories.organisation("Donau Systemhaus GmbH", programme_id="KP-182660")
    preview = columns_then_preview(organizer, upload(organizer, people({}), "people"))
    send(organizer, preview, f"{preview}apply")
    address = "petra.huber@donau-systemhaus.example"
    factories.registration(factories.event(), home, "Petra", "Huber", email=address)
    answer = send(organizer, f"{preview}undo", f"{preview}undo")
    assert "1 registration hangs on what this import created: Petra Huber. Nothing was undone." in answer.text
    assert f'<a href="/admin/companies/{home.id}/people/1"><bdi>Petra Huber</bdi></a>' in answer.text
    home.version += 1
    factories.commit()
    changed = columns_then_preview(organizer, upload(organizer, partners({"City": "Linz"})))
    send(organizer, changed, f"{changed}apply")
    db.session.refresh(home)
    home.city = "Wels"
    factories.commit()
    answer = send(organizer, f"{changed}undo", f"{changed}undo")
    assert "1 row was changed or deleted since: Donau Systemhaus GmbH. Nothing was undone." in answer.text
    assert f'<a href="/admin/companies/{home.id}"><bdi>Donau Systemhaus GmbH</bdi></a>' in answer.text


def test_columns_by_hand_are_remembered(organizer: PageClient) -> None:
    content = table([{"Wer": "Donau GmbH", "Nr": "KP-182660", "Was": "ISV", "Wo": "Österreich", "Ort": "Wien"}])
    columns = upload(organizer, content)
    answer = send(organizer, columns, columns)
    assert answer.status_code == 422
    text = answer.get_data(as_text=True)
    assert "No column is matched to: Account name, Programme ID." in text
    assert db.session.query(ImportMapping).count() == 0
    chosen = {"column_name": "0", "column_programme_id": "1", "column_primary_type": "2", "column_country_code": "3"}
    preview = columns_then_preview(organizer, columns, **chosen)
    send(organizer, preview, f"{preview}apply")
    company = db.session.scalars(select(Organisation)).one()
    assert (company.name, company.country_code, company.city) == ("Donau GmbH", "AT", "Wien")
    columns = upload(organizer, content)
    known = fields(organizer.get(columns).get_data(as_text=True), columns)
    assert {key: known[key] for key in chosen} == chosen
    assert known["column_notes"] == ""
    preview = columns_then_preview(organizer, columns)
    assert "Applying would change nothing" in organizer.get(preview).get_data(as_text=True)


def test_what_applying_would_not_change_is_told_as_it_is(organizer: PageClient) -> None:
    preview = columns_then_preview(organizer, upload(organizer, partners({})))
    send(organizer, preview, f"{preview}apply")

    def told(*rows: dict[str, str]) -> str:
        return organizer.get(columns_then_preview(organizer, upload(organizer, partners(*rows)))).text

    wrong = [{"Programme ID": f"KP-10000{n}", "Country": "Atlantis"} for n in range(3)]
    stands = "everything in the file stands in the list already"
    assert stands in told({})
    assert f"Applying would change nothing: {stands}." not in told(*wrong)
    assert "Applying would change nothing: every row is rejected." in told(*wrong)
    assert "No country is called “Atlantis”." in told(*wrong)
    some = "nothing: %s rejected, and the others stand in the list already."
    assert some % "1 row is" in told({}, wrong[0])
    assert some % "3 rows are" in told({}, *wrong)
    assert "Applying would change nothing" not in told({"City": "Linz"}, *wrong)


def test_columns_that_new_companies_need_are_told_once(organizer: PageClient) -> None:
    content = table([{"Account Name": f"Company {n}", "Programme ID": f"KP-10000{n}", "Tier": "Ready"} for n in range(3)])
    columns = upload(organizer, content)
    assert organizer.get(columns).text.count("Needed for new companies.") == 2
    page = organizer.get(columns_then_preview(organizer, columns)).text
    assert "No column is matched to Partner type and Country, which new companies need: 3 rows are rejected for that." in page
    assert page.count("No column is matched to Partner type, which new companies need.") == 3
    assert "No such country" not in page


def test_of_columns_with_one_name_another_can_be_chosen(organizer: PageClient) -> None:
    columns = upload(organizer, b"Account Name;Programme ID;Type;Country;COUNTRY\nDonau;KP-182660;ISV;Atlantis;Austria\n")
    page = organizer.get(columns).text
    assert "2 columns are called “Country” (4, 5). Column 4 counts as Country." in page
    assert ("Country (column 4)" in page, "COUNTRY (column 5)" in page, "Type (column" in page) == (True, True, False)
    preview = columns_then_preview(organizer, columns, column_country_code="4")
    send(organizer, preview, f"{preview}apply")
    assert db.session.scalars(select(Organisation.country_code)).all() == ["AT"]


def test_a_file_is_needed(organizer: PageClient) -> None:
    page = organizer.get("/admin/imports/new").text
    assert "(optional)" not in page
    answer = organizer.post("/admin/imports/new", data={**fields(page), "kind": "partners"})
    assert answer.status_code == 422
    assert "Choose a file." in answer.text


def test_a_file_can_be_read_in_another_way(organizer: PageClient) -> None:
    content = "Account Name|Programme ID;x\nKöln|KP-182660;y\n".encode()
    columns = upload(organizer, content)
    batch = db.session.scalars(select(ImportBatch)).one()
    batch_url = columns.removesuffix("columns")
    assert batch.headers[0] in ("Account Name", "Account Name|Programme ID")
    answer = send(organizer, columns, f"{batch_url}read", encoding="cp1252", delimiter="|")
    assert answer.status_code == 302
    page = organizer.get(columns).get_data(as_text=True)
    assert "KÃ¶ln" in page
    answer = send(organizer, columns, f"{batch_url}read", encoding="utf-8", delimiter="|")
    assert "Köln" in organizer.get(columns).get_data(as_text=True)
    answer = send(organizer, columns, f"{batch_url}read", encoding="utf-16-le", delimiter="|")
    assert answer.status_code == 422
    assert "There is a problem" in answer.get_data(as_text=True)
    assert db.session.scalars(select(ImportBatch)).one().encoding == "utf-8"


@pytest.mark.parametrize("content", [b"", b"Name;City\n", b"%PDF-1.7 x", b"PK\x03\x04zip"])
def test_what_is_no_table_says_so_at_its_field(organizer: PageClient, content: bytes) -> None:
    form = fields(organizer.get("/admin/imports/new").get_data(as_text=True))
    data = {**form, "kind": "partners", "file": (io.BytesIO(content), "x.csv")}
    answer = organizer.post("/admin/imports/new", data=data, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert "There is a problem" in answer.get_data(as_text=True)
    assert db.session.query(ImportBatch).count() == 0


def test_files_may_be_large_here_and_nowhere_else(organizer: PageClient, app: Flask) -> None:
    content = partners(
        {"Notes": "x" * 15_000}, *({"Programme ID": f"KP-{n}", "Notes": "y" * 15_000} for n in range(100100, 100200))
    )
    assert len(content) > 1_300_000
    columns = upload(organizer, content)
    assert organizer.get(columns).status_code == 200
    form = fields(organizer.get("/admin/imports/new").get_data(as_text=True))
    huge = {**form, "kind": "partners", "file": (io.BytesIO(b"a;b\n" + b"x" * 21_000_000), "x.csv")}
    assert organizer.post("/admin/imports/new", data=huge, content_type="multipart/form-data").status_code == 413
    other = {"csrf_token": form["csrf_token"], "file": (io.BytesIO(content), "x.csv")}
    assert organizer.post("/admin/companies/add", data=other, content_type="multipart/form-data").status_code == 413


def test_a_large_import_is_done_by_the_worker(organizer: PageClient, app: Flask) -> None:
    rows = [{"Programme ID": f"KP-{n}", "Account Name": f"Company {n}"} for n in range(100000, 100600)]
    preview = columns_then_preview(organizer, upload(organizer, partners(*rows)))
    assert send(organizer, preview, f"{preview}apply").status_code == 302
    batch = db.session.scalars(select(ImportBatch)).one()
    assert batch.state is ImportState.QUEUED
    assert "Waiting for the worker" in organizer.get(preview).get_data(as_text=True)
    state = organizer.get(f"{preview}progress").get_json()
    assert (state["finished"], state["location"]) == (False, preview)
    progress(f"import:{batch.id}", 300, 600)
    assert organizer.get(f"{preview}progress").get_json()["done"] == 300
    assert "300 of 600 rows" in organizer.get(preview).get_data(as_text=True)
    db.session.commit()
    assert run_waiting() >= 1
    db.session.expire_all()
    assert organizer.get(f"{preview}progress").get_json()["finished"] is True
    assert db.session.query(Organisation).count() == 600


def test_without_a_worker_it_can_be_done_at_once(organizer: PageClient, app: Flask) -> None:
    rows = [{"Programme ID": f"KP-{n}", "Account Name": f"Company {n}"} for n in range(100000, 100600)]
    preview = columns_then_preview(organizer, upload(organizer, partners(*rows)))
    send(organizer, preview, f"{preview}apply")
    send(organizer, preview, f"{preview}apply", here="1")
    db.session.expire_all()
    assert db.session.query(Organisation).count() == 600
    assert db.session.scalars(select(ImportBatch)).one().state is ImportState.APPLIED
    db.session.commit()
    run_waiting()
    assert db.session.query(Organisation).count() == 600


def test_people_by_the_wizard_and_what_changes(organizer: PageClient) -> None:
    factories.organisation("Donau", programme_id="KP-182660")
    preview = columns_then_preview(organizer, upload(organizer, people({"Job Title": "CEO"}), kind="people"))
    send(organizer, preview, f"{preview}apply")
    assert db.session.query(Person).count() == 1
    preview = columns_then_preview(organizer, upload(organizer, people({"Job Title": "<b>Boss</b>"}), kind="people"))
    page = organizer.get(preview).get_data(as_text=True)
    assert "<del><bdi>CEO</bdi></del>" in page
    assert "&lt;b&gt;Boss" in page
    assert send(organizer, preview, f"{preview}discard").status_code == 302
    assert organizer.get(preview).status_code == 404


def test_the_same_click_twice_imports_once(organizer: PageClient) -> None:
    preview = columns_then_preview(organizer, upload(organizer, partners({})))
    form = fields(organizer.get(preview).get_data(as_text=True), f"{preview}apply")
    first = organizer.post(f"{preview}apply", data=form)
    second = organizer.post(f"{preview}apply", data=form)
    assert (first.status_code, second.status_code) == (302, 302)
    assert db.session.query(Organisation).count() == 1


def test_the_list_of_rows_costs_the_same_for_one_row_and_many(organizer: PageClient, count_queries: Any) -> None:
    counts = []
    for rows in ([{}], [{"Programme ID": f"KP-10000{n}", "Account Name": f"N{n}"} for n in range(5)]):
        preview = columns_then_preview(organizer, upload(organizer, partners(*rows)))
        with count_queries() as queries:
            organizer.get(preview)
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("path", ["/admin/imports/", "/admin/imports/new", "/admin/companies/", "/admin/companies/add"])
def test_only_organizers_get_here(client: PageClient, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.location.startswith("/login?next=")) == (302, True)
    client.sign_in(factories.company_admin(factories.organisation()))
    assert client.get(path).status_code == 403


def test_an_unknown_import_is_a_404(organizer: PageClient) -> None:
    for path in ("", "columns", "undo", "progress", "rejected.csv"):
        assert organizer.get(f"/admin/imports/99/{path}").status_code == 404
        assert organizer.get(f"/admin/imports/2147483648/{path}").status_code == 404


def test_what_would_be_otherwise_than_it_was_shown_is_not_done(organizer: PageClient) -> None:
    factories.organisation("Donau Systemhaus GmbH", programme_id="KP-182660")
    preview = columns_then_preview(organizer, upload(organizer, people({}, {"Email": "b@donau.example"}), "people"))
    factories.person(db.session.scalars(select(Organisation)).one(), "Petra", "Huber", "b@donau.example")
    answer = send(organizer, preview, f"{preview}apply")
    assert answer.status_code == 409
    assert answer.text.count("has changed since you checked it. Nothing was written.") == 1
    assert "<title>Error:" in answer.text
    assert "Unchanged" in answer.text
    assert db.session.query(Person).count() == 1
    answer = send(organizer, preview, f"{preview}apply")
    assert answer.status_code == 302
    assert db.session.query(Person).count() == 2
    page = organizer.get(preview).text
    assert "Applied" in page
    assert "has changed since" not in page


def test_the_worker_does_not_do_it_either(organizer: PageClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eventapp.partners.imports.admin.SMALL", 1)
    preview = columns_then_preview(organizer, upload(organizer, partners({})))
    send(organizer, preview, f"{preview}apply")
    factories.organisation("Donau Systemhaus GmbH", programme_id="KP-182660")
    run_waiting()
    batch = db.session.scalars(select(ImportBatch)).one()
    db.session.refresh(batch)
    assert batch.state is ImportState.PREVIEWED
    page = organizer.get(preview).text
    assert "has changed since you checked it. Nothing was written." in page
    assert "Apply the import" in page
