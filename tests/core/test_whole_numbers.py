"""What is no whole number is refused once and in our words, in every form."""

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict
from wtforms import FieldList, FormField, IntegerField
from wtforms import Form as Plain
from wtforms.validators import InputRequired, NumberRange

from eventapp.core.forms import Form, OptionalInput
from tests.support import factories
from tests.support.browsing import send, summary
from tests.support.pages import PageClient

OURS = "Enter a whole number, like 120."


class Row(Plain):
    """A row of a list."""

    places = IntegerField("Places", [OptionalInput()])


class Numbers(Form):
    """One field of each sort."""

    plain = IntegerField("Plain")
    needed = IntegerField(
        "Needed", [InputRequired("Say how many."), NumberRange(1, 9, "Enter a whole number from %(min)s to %(max)s.")]
    )
    rows = FieldList(FormField(Row), min_entries=1)


@pytest.mark.parametrize("typed", ["abc", "1.5", "²", "1e3", "--1"])
def test_no_message_of_the_library(app: Flask, typed: str) -> None:
    with app.test_request_context(method="POST"):
        form = Numbers(MultiDict({"plain": typed, "needed": typed, "rows-0-places": typed}), meta={"csrf": False})
        assert not form.validate()
        assert form.plain.errors == [OURS]
        assert form.needed.errors == ["Enter a whole number from 1 to 9."]
        assert form.rows.entries[0].form.places.errors == [OURS]


def test_what_is_missing_or_too_large_is_said_as_before(app: Flask) -> None:
    with app.test_request_context(method="POST"):
        form = Numbers(MultiDict({"plain": "3", "needed": "", "rows-0-places": ""}), meta={"csrf": False})
        assert not form.validate()
        assert (form.plain.errors, form.needed.errors) == ([], ["Say how many."])
        form = Numbers(MultiDict({"plain": "3", "needed": "10"}), meta={"csrf": False})
        assert not form.validate()
        assert form.needed.errors == ["Enter a whole number from 1 to 9."]


def test_on_a_page(client: PageClient) -> None:
    event = factories.event(slug="summit")
    client.sign_in(factories.organizer("orga@karmin.example"))
    page = send(client, f"/admin/events/{event.slug}/edit", {"capacity": "abc"})
    assert page.status_code == 422
    assert "Not a valid" not in page.text
    assert "whole number" in summary(page) or "Enter a number" in summary(page), summary(page)
