"""Fields that may stay empty: nothing chosen is fine, a choice that is not offered never gets through."""

from typing import Any

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict
from wtforms import Form, RadioField, SelectField, SelectMultipleField
from wtforms.fields import SelectChoice

from eventapp.core.forms import LineField, OptionalInput

FIRST = SelectChoice("1", "First")


class Choosing(Form):
    one = SelectField("One", [OptionalInput()], choices=[SelectChoice("", "None"), FIRST])
    some = SelectMultipleField("Some", [OptionalInput()], choices=[FIRST, SelectChoice("2", "Second")])
    either = RadioField("Either", [OptionalInput()], choices=[FIRST])
    text = LineField("Text", length=20)


@pytest.mark.parametrize(
    ("sent", "chosen"),
    [
        ([], {"some": []}),
        ([("one", ""), ("some", ""), ("either", ""), ("text", " ")], {"one": "", "some": [], "text": ""}),
        ([("one", "1"), ("some", "2"), ("some", "1"), ("either", "1")], {"one": "1", "some": ["2", "1"], "either": "1"}),
    ],
)
def test_nothing_or_what_is_offered(app: Flask, sent: list[tuple[str, str]], chosen: dict[str, Any]) -> None:
    with app.test_request_context():
        form = Choosing(MultiDict(sent))
        assert form.validate(), form.errors
        assert {name: form[name].data for name in chosen} == chosen


@pytest.mark.parametrize(
    "sent",
    [
        [("one", " ")],
        [("one", "2")],
        [("some", " ")],
        [("some", ""), ("some", "<script>")],
        [("some", " "), ("some", "9")],
        [("either", " ")],
    ],
)
def test_what_is_not_offered_is_refused_whatever_stands_before_it(app: Flask, sent: list[tuple[str, str]]) -> None:
    with app.test_request_context():
        form = Choosing(MultiDict(sent))
        assert not form.validate()
        assert form.errors.keys() == {sent[0][0]}
