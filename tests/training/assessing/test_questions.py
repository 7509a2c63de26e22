"""The pool of questions: written, moved, archived, taken in from files and out again."""

import io
from typing import Any

import pytest
from flask import Flask

from eventapp.accounts.models import Role
from eventapp.core.db import db
from eventapp.training.assessing import queries
from eventapp.training.models import AssessmentQuestion, CourseVersion, QuestionKind
from tests.support import factories, training
from tests.support.browsing import send
from tests.support.pages import PageClient, fields

GOOD = {"text": "How many?", "option_a": "One", "option_b": "Two", "right_b": "y", "points": "2", "kind": "single"}
FILE = """question;kind;points;right;option_a;option_b;option_c;explanation
How many?;;2;b;One;Two;;Because
Which?;;1;"a, c";Red;Green;Blue;
"""


@pytest.fixture
def version(app: Flask) -> CourseVersion:
    return training.course("CLD-201", pass_mark=70)


@pytest.fixture
def organizer(client: PageClient) -> PageClient:
    return client.sign_in(factories.organizer())


def place(version: CourseVersion) -> str:
    return f"/admin/training/versions/{version.id}/questions/"


def pool(version: CourseVersion, *, archived: bool = False) -> list[AssessmentQuestion]:
    db.session.rollback()
    return list(queries.pool(version.id, archived=archived))


def take_in(client: PageClient, url: str, content: bytes, name: str = "pool.csv") -> Any:
    data = {**fields(client.get(f"{url}import").text), "file": (io.BytesIO(content), name)}
    return client.post(f"{url}import", data=data, content_type="multipart/form-data")


class TestWriting:
    def test_added_changed_moved_archived(self, organizer: PageClient, version: CourseVersion) -> None:
        url = place(version)
        assert "No questions yet" in organizer.get(url).text
        assert send(organizer, f"{url}add", GOOD).status_code == 302
        assert send(organizer, f"{url}add", {**GOOD, "text": "Why?", "another": "yes"}).location == f"{url}add"
        first, second = pool(version)
        assert (first.kind, first.points, [o["right"] for o in first.options]) == (QuestionKind.SINGLE, 2, [False, True])
        assert send(organizer, url, action=f"{url}{second.id}/up").status_code == 302
        assert [one.text for one in pool(version)] == ["Why?", "How many?"]
        form = fields(organizer.get(f"{url}{first.id}").text)
        assert (form["option_b"], form["right_b"]) == ("Two", "y")
        assert send(organizer, f"{url}{first.id}", {"text": "How few?"}).status_code == 302
        assert send(organizer, url, action=f"{url}{second.id}/archive").status_code == 302
        assert [one.text for one in pool(version)] == ["How few?"]
        assert "Draw again" in organizer.get(url).text
        assert send(organizer, url, action=f"{url}{second.id}/restore").status_code == 302
        preview = organizer.get(f"{url}preview").text
        assert "How few?" in preview
        assert "right" not in preview.split("<fieldset", 1)[1].split("</main>")[0]

    @pytest.mark.parametrize(
        ("values", "words"),
        [
            ({"right_b": ""}, "Say which option is right."),
            ({"right_a": "y"}, "Only one option is right"),
            ({"option_b": ""}, "Give two options or more."),
            ({"option_b": "one"}, "Two options say the same."),
            ({"text": " "}, "Fill this in."),
            ({"text": "x" * 1001}, "At most 1000 characters."),
            ({"points": "0"}, "between 1 and 100"),
            ({"points": "-3"}, "between 1 and 100"),
            ({"points": "9" * 30}, "between 1 and 100"),
            ({"kind": "drop table"}, "Not a valid choice"),
        ],
    )
    def test_hostile_values(self, organizer: PageClient, version: CourseVersion, values: dict[str, str], words: str) -> None:
        data = {**GOOD, **values}
        answer = organizer.post(
            f"{place(version)}add", data={**fields(organizer.get(f"{place(version)}add").text), **without(data)}
        )
        assert answer.status_code == 422
        assert words in answer.text
        assert pool(version) == []

    def test_a_question_of_another_version_is_none(self, organizer: PageClient, version: CourseVersion) -> None:
        other = training.question(training.course())
        for path in (f"{place(version)}{other.id}", f"{place(version)}999999", "/admin/training/versions/999999/questions/"):
            assert organizer.get(path).status_code == 404

    def test_auditors_read_and_trainers_do_not(self, client: PageClient, version: CourseVersion) -> None:
        training.question(version)
        client.sign_in(factories.user(None, Role.AUDITOR))
        assert "Add a question" not in client.get(place(version)).text
        assert client.get(f"{place(version)}add").status_code == 403
        client.sign_in(factories.user(None, Role.TRAINER))
        assert client.get(place(version)).status_code == 403


def without(data: dict[str, str]) -> dict[str, str]:
    """What a browser sends: no box that is not ticked."""
    return {name: value for name, value in data.items() if value or not name.startswith("right_")}


class TestFiles:
    def test_in_out_and_in_again_changes_nothing(self, organizer: PageClient, version: CourseVersion) -> None:
        url = place(version)
        answer = take_in(organizer, url, FILE.encode())
        assert answer.status_code == 302
        assert "2 added, 0 changed, 0 as before." in organizer.get(url).text
        assert [one.kind for one in pool(version)] == [QuestionKind.SINGLE, QuestionKind.MULTIPLE]
        token = fields(organizer.get(url).text, f"{url}export")
        for name in ("excel-eu", "excel-us", "plain", "xlsx"):
            exported = organizer.post(f"{url}export", data={**token, "format": name})
            assert exported.status_code == 200
            assert take_in(organizer, url, exported.data, "pool.xlsx").status_code == 302
            assert "0 added, 0 changed, 2 as before." in organizer.get(url).text
        assert organizer.post(f"{url}export", data={**token, "format": "exe"}).status_code == 400
        changed = FILE.replace("Because", "=Because")
        take_in(organizer, url, changed.encode())
        assert "0 added, 1 changed, 1 as before." in organizer.get(url).text
        assert pool(version)[0].explanation == "=Because"

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (b"", "The file is empty."),
            (b"a;b\n1;2\n", "The file has no column question"),
            (FILE.replace(";b;One", ";d;One").encode(), "Line 2:"),
            (FILE.replace(";2;", ";0;").encode(), "Points go from 1 to 100."),
            (FILE.replace("How many?", "").encode(), "There is no question."),
            (FILE.replace("Which?;;", "Which?;many;").encode(), "Line 3:"),
            (FILE.replace("Red", "x" * 301).encode(), "A text is too long."),
            (
                b"%PDF-1.7 \x00\x01\x02\x03\x04\x05\x06",
                "This is neither CSV nor XLSX. Open the list in a spreadsheet and save it as CSV or XLSX.",
            ),
        ],
    )
    def test_what_cannot_be_taken_changes_nothing(
        self, organizer: PageClient, version: CourseVersion, content: bytes, words: str
    ) -> None:
        answer = take_in(organizer, place(version), content)
        assert answer.status_code == 422
        assert words in answer.text
        assert pool(version) == []

    def test_no_file(self, organizer: PageClient, version: CourseVersion) -> None:
        assert "Choose a file." in send(organizer, f"{place(version)}import").text
