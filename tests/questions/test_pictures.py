"""Questions for a picture: what is kept is drawn anew, given out as a picture and as nothing else, to whoever may see it."""

import io
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select
from werkzeug.test import TestResponse, stream_encode_multipart

from eventapp.accounts.models import Role
from eventapp.core.db import db
from eventapp.events.models import Event
from eventapp.partners.models import Organisation
from eventapp.questions.models import CHOICES, Kind, Question, Scope
from eventapp.registrations.answers.models import Answer, AnswerFile
from tests.support import factories, forms
from tests.support.arriving import Arriving
from tests.support.browsing import send
from tests.support.pages import PageClient, fields


@pytest.fixture
def event(app: object) -> Event:
    return factories.event(slug="summit", title="Summit")


def picture(kind: str = "JPEG", size: tuple[int, int] = (400, 300)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, kind)
    return out.getvalue()


def asked(event: Event) -> Question:
    return forms.question(event, forms.section(event), "Your portrait?", Kind.PICTURE)


def give(client: PageClient, url: str, question: int, name: str, content: bytes, **values: Any) -> TestResponse:
    page = client.get(url)
    assert 'accept="image/jpeg,image/png,image/webp,image/gif"' in page.text
    data = {**fields(page.text), f"q{question}": (io.BytesIO(content), name), **values}
    return client.post(url, data=data, content_type="multipart/form-data")


def key() -> str:
    db.session.rollback()
    return str(db.session.scalars(select(Answer)).one().answer["id"])


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.COMPANY])
def test_the_help_of_a_question_is_text_and_no_tags(client: PageClient, event: Event, donau: Organisation, kind: Kind) -> None:
    options = ("One", "Two") if kind in CHOICES else ()
    where = forms.section(event)
    forms.question(event, where, "Something that is asked")
    forms.question(event, where, "What?", kind, options=options, help="For the **desk** & you.")
    one = factories.registration(event, donau, "Ada Lang")
    pages = [f"/r/{one.token}/edit"]
    client.sign_in(factories.organizer())
    pages += [f"/admin/events/summit/registrations/{one.id}/answers", "/admin/events/summit/form/preview"]
    for page in pages:
        text = client.get(page).text
        assert "<p>For the <strong>desk</strong> &amp; you.</p>" in text, page
        assert "&lt;" not in text


def test_a_picture_is_drawn_anew_and_shown_as_one(client: PageClient, event: Event, donau: Organisation) -> None:
    portrait = asked(event).id
    one = factories.registration(event, donau, "Ada Lang")
    url, token, one_id = f"/r/{one.token}/edit", one.token, one.id
    sent = picture(size=(3000, 2000)) + b"<script>alert(1)</script>"
    assert give(client, url, portrait, "../x/Žofie’s <b>.php", sent).status_code == 302
    row = db.session.scalars(select(AnswerFile)).one()
    assert (row.name, row.type) == ("Žofie’s <b>.jpg", "jpg")
    assert b"script" not in row.content
    shown = client.get(f"/r/{token}/files/{key()}")
    assert shown.headers["Content-Type"] == "image/jpeg"
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert shown.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert Image.open(io.BytesIO(shown.data)).size == (2000, 1333)
    small = client.get(f"/r/{token}/files/{key()}?small=1")
    assert Image.open(io.BytesIO(small.data)).size == (160, 107)
    page = client.get(url).text
    assert f'<img class="thumbnail" src="/r/{token}/files/{key()}?small=1"' in page
    known = {"If-None-Match": small.headers["ETag"]}
    assert client.get(f"/r/{token}/files/{key()}?small=1", headers=known).status_code == 304
    assert client.get(f"/r/{token}/files/{key()}", headers=known).status_code == 200
    organizer = client.sign_in(factories.organizer())
    assert (
        f"/admin/events/summit/registrations/{one_id}/files/{key()}?small=1"
        in organizer.get(f"/admin/events/summit/registrations/{one_id}").text
    )
    assert organizer.get(f"/admin/events/summit/registrations/{one_id}/files/{key()}").data == shown.data


def test_a_foreign_picture_is_as_unknown_as_none(
    client: PageClient, event: Event, donau: Organisation, isar: Organisation
) -> None:
    portrait = asked(event).id
    one, other = factories.registration(event, donau, "Ada Lang"), factories.registration(event, isar, "Ben Moser")
    one_url, other_token, other_id = f"/r/{one.token}/edit", other.token, other.id
    give(client, one_url, portrait, "a.jpg", picture())
    for suffix in ("", "?small=1"):
        assert client.get(f"/r/{other_token}/files/{key()}{suffix}").status_code == 404
    # Nor can somebody else's be taken over by naming it.
    send(client, f"/r/{other_token}/edit", {f"q{portrait}-kept": key()})
    assert len(db.session.scalars(select(Answer)).all()) == 1
    for user in (factories.company_admin(donau, "petra@donau.example"), factories.company_admin(isar, "iris@isar.example")):
        client.sign_in(user)
        assert client.get(f"/admin/events/summit/registrations/{other_id}/files/{key()}").status_code == 403


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.svg", b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "no picture that we can read"),
        ("a.jpg", b"<!doctype html><script>alert(1)</script>", "no picture that we can read"),
        ("a.png", picture("PNG")[:60], "no picture that we can read"),
        ("a.pdf", b"%PDF-1.7", "no picture that we can read"),
        ("a.jpg", b"", "The file is empty"),
        ("a.png", picture("PNG", (4001, 3000)), "too many points"),
        ("a.jpg", picture() + b"\x00" * 8_000_000, "too large: at most 8 MB"),
    ],
)
def test_hostile_files_are_refused_at_the_field(
    client: PageClient, event: Event, donau: Organisation, name: str, content: bytes, message: str
) -> None:
    portrait = asked(event).id
    years = forms.question(event, forms.section(event, "More"), "How long?").id
    url = f"/r/{factories.registration(event, donau, 'Ada Lang').token}/edit"
    refused = give(client, url, portrait, name, content, **{f"q{years}": "Since 2019"})
    assert refused.status_code == 422
    assert message in refused.text
    assert f'id="q{portrait}-error"' in refused.text
    assert 'value="Since 2019"' in refused.text
    assert db.session.scalars(select(AnswerFile)).all() == []


def test_a_form_that_is_refused_does_not_lose_the_picture(client: PageClient, event: Event, donau: Organisation) -> None:
    portrait = asked(event).id
    years = forms.question(event, forms.section(event, "More"), "How many years?", Kind.NUMBER).id
    url = f"/r/{factories.registration(event, donau, 'Ada Lang').token}/edit"
    refused = give(client, url, portrait, "me.png", picture("PNG"), **{f"q{years}": "many"})
    assert refused.status_code == 422
    assert "Given already:" in refused.text
    assert client.post(url, data={**fields(refused.text), f"q{years}": "3"}).status_code == 302
    assert db.session.scalars(select(AnswerFile.name)).all() == ["me.jpg"]
    assert client.post(url, data={**fields(client.get(url).text), f"q{portrait}-remove": "1"}).status_code == 302
    assert db.session.scalars(select(AnswerFile)).all() == []


def test_more_than_a_form_may_only_be_sent_where_a_picture_is_asked(
    client: PageClient, event: Event, donau: Organisation
) -> None:
    one = factories.registration(event, donau, "Ada Lang")
    url, admin_url = f"/r/{one.token}/edit", f"/admin/events/summit/registrations/{one.id}/answers"
    noise = Image.effect_noise((2400, 1600), 100)
    out = io.BytesIO()
    noise.convert("RGB").save(out, "JPEG", quality=95)
    assert len(out.getvalue()) > 1_500_000
    forms.question(event, forms.section(event, "Files"), "Slides?", Kind.FILE)
    data = {"q1": (io.BytesIO(out.getvalue()), "a.jpg")}
    assert client.post(url, data=data, content_type="multipart/form-data").status_code == 413
    portrait = asked(event).id
    assert give(client, url, portrait, "a.jpg", out.getvalue()).status_code == 302
    # In the back office only who may open the page; whoever else sends much is refused before it is read.
    admin_data = {f"q{portrait}": (io.BytesIO(out.getvalue()), "a.jpg")}
    assert client.post(admin_url, data=admin_data, content_type="multipart/form-data").status_code == 413
    client.sign_in(factories.organizer())
    assert give(client, admin_url, portrait, "b.jpg", out.getvalue()).status_code == 302
    assert db.session.scalars(select(AnswerFile.name)).all() == ["b.jpg"]
    data = {f"q{portrait}": (io.BytesIO(b"x" * 10_000_000), "a.jpg")}
    assert client.post(url, data=data, content_type="multipart/form-data").status_code == 413


def test_nobody_waits_while_a_picture_arrives(client: PageClient, event: Event, donau: Organisation) -> None:
    portrait = asked(event).id
    one = factories.registration(event, donau, "Ada Lang")
    client.sign_in(factories.organizer())
    urls = (f"/r/{one.token}/edit", f"/admin/events/summit/registrations/{one.id}/answers")
    noise = Image.effect_noise((900, 900), 100).convert("RGB")
    out = io.BytesIO()
    noise.save(out, "JPEG", quality=95)
    for url in urls:
        data = {**fields(client.get(url).text), f"q{portrait}": (io.BytesIO(out.getvalue()), "a.jpg")}
        stream, length, boundary = stream_encode_multipart(data)
        Arriving.seen.clear()
        kind = f"multipart/form-data; boundary={boundary}"
        answer = client.post(url, input_stream=Arriving(stream.read()), content_length=length, content_type=kind)
        assert answer.status_code == 302
        assert Arriving.seen
        assert not any(Arriving.seen)


def test_the_list_shows_a_picture_for_the_door(client: PageClient, event: Event, donau: Organisation) -> None:
    portrait = forms.question(event, forms.section(event), "Your portrait?", Kind.PICTURE, at_door=True).id
    one = factories.registration(event, donau, "Ada Lang")
    url, one_id = f"/r/{one.token}/edit", one.id
    give(client, url, portrait, "me.jpg", picture())
    where = "/admin/events/summit/registrations/"
    image = f'<img class="thumbnail" src="{where}{one_id}/files/{key()}?small=1"'
    assert image in client.sign_in(factories.organizer()).get(f"{where}?columns=door").text
    page = client.sign_in(factories.user(None, Role.AUDITOR)).get(f"{where}?columns=door").text
    assert "me.jpg" in page
    assert "<img" not in page, "who may not open it sees its name alone"


def test_the_builder_offers_pictures_for_each_person_only(client: PageClient, event: Event) -> None:
    where = forms.section(event).id
    client.sign_in(factories.organizer())
    url = f"/admin/events/summit/form/questions/add?section={where}"
    values = {"label": "Your portrait?", "kind": "picture", "section": str(where)}
    refused = send(client, url, {**values, "scope": Scope.GROUP.value})
    assert refused.status_code in (409, 422)
    assert "Files and pictures are asked of each person." in refused.text
    assert send(client, url, values).status_code == 302
    assert db.session.scalars(select(Question)).one().kind is Kind.PICTURE
    assert 'type="file"' in client.get("/admin/events/summit/form/preview").text
