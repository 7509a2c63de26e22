"""What a file is called when it is saved: headers hold Latin-1 at most, names hold anything."""

import pytest
from flask import Flask, Response
from werkzeug.http import parse_options_header

from eventapp.core.web.downloads import name_file


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("plan.pdf", "plan.pdf"),
        ('a "b" c.pdf', 'a "b" c.pdf'),
        ("Příloha.pdf", "Priloha.pdf"),
        ("Rechnung – 2.pdf", "Rechnung  2.pdf"),
        ("отчёт.pdf", "file.pdf"),
        ("計画", "file"),
        ("é'(x)*;%.pdf", "e'(x)*;%.pdf"),
    ],
)
@pytest.mark.parametrize("how", ["attachment", "inline"])
def test_every_name_can_be_sent(app: Flask, name: str, plain: str, how: str) -> None:
    response = Response(b"x")
    name_file(response, name, how)  # type: ignore[arg-type]
    header = response.headers["Content-Disposition"]
    header.encode("latin-1")
    assert parse_options_header(header) == (how, {"filename": name})
    assert plain.replace('"', '\\"') in header
