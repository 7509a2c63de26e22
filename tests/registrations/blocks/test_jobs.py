"""The worker: reminders before the last day, and the release on the date."""

from datetime import datetime, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from eventapp.core.db import db
from eventapp.core.jobs import run_job
from eventapp.lifecycle import service as lifecycle
from eventapp.registrations.blocks import releasing
from eventapp.registrations.blocks.models import SeatBlock
from tests.registrations.blocks.conftest import RELEASES, UNTIL, Channel, again, counted_right, give, make, name, own, statuses
from tests.support import factories
from tests.support.browsing import mails

NOTICE, RELEASED = "registrations.block_notice", "registrations.block_released"


def sweep(app: Flask, clock: time_machine.Traveller, at: datetime) -> None:
    """The worker's minute at that moment."""
    clock.move_to(at)
    db.session.rollback()
    run_job(app, "registrations.blocks")
    db.session.expire_all()


def told(kind: str) -> list[tuple[str, str]]:
    return [(mail.to_address, mail.subject) for mail in mails(kind)]


def test_reminders_go_out_once_each_to_whom_they_concern(app: Flask, clock: time_machine.Traveller, channel: Channel) -> None:
    block = make(channel.event, channel.distributor)
    give(block, channel.first, 3)
    name(give(block, channel.second, 2), 2)
    for before in (timedelta(days=15), timedelta(days=14), timedelta(days=13, hours=23), timedelta(days=10)):
        sweep(app, clock, UNTIL - before)
    assert told(NOTICE) == [
        ("petra@alpen.example", "14 days left to name people for Summit"),
        ("dora@donau.example", "14 days left to name people for Summit"),
    ]
    (holder, reseller) = mails(NOTICE)
    assert "18 places of your block at Summit have no name yet." in holder.text
    assert "3 of them are allotted to resellers, who are reminded too." in holder.text
    assert f"/company/blocks/{block.id}" in holder.text
    assert "3 of the places at Summit that Alpen Distribution GmbH has allotted to Donau Systemhaus GmbH" in reseller.text
    assert "20" not in reseller.subject + reseller.text.replace("2027", "")
    assert "1 Mar 2027, 18:00 Vienna (UTC+1)" in reseller.text
    for before in (timedelta(days=7), timedelta(days=1), timedelta(hours=23), timedelta(minutes=1)):
        sweep(app, clock, UNTIL - before)
    assert [subject for _to, subject in told(NOTICE)[2:]] == [
        "7 days left to name people for Summit",
        "7 days left to name people for Summit",
        "1 day left to name people for Summit",
        "1 day left to name people for Summit",
    ]


def test_what_is_late_is_left_out(app: Flask, clock: time_machine.Traveller, channel: Channel) -> None:
    make(channel.event, channel.distributor)
    sweep(app, clock, UNTIL - timedelta(days=6, hours=6))
    assert told(NOTICE) == []
    sweep(app, clock, UNTIL - timedelta(days=1))
    assert len(told(NOTICE)) == 1


def test_with_all_named_nobody_is_reminded(app: Flask, clock: time_machine.Traveller, channel: Channel) -> None:
    name(own(make(channel.event, channel.distributor, 2)), 2)
    sweep(app, clock, UNTIL - timedelta(days=7))
    assert told(NOTICE) == []


@pytest.mark.usefixtures("clock")
def test_the_release_comes_by_itself(app: Flask, clock: time_machine.Traveller, channel: Channel) -> None:
    event = factories.event(title="Summit", capacity=5)
    block = make(event, channel.distributor, 4)
    share = give(block, channel.first, 2)
    name(share, 1)
    name(own(block), 1)
    factories.register(event, channel.stranger, *(factories.attendee() for _n in range(4)))
    sweep(app, clock, RELEASES - timedelta(minutes=1))
    assert again(block).released_at is None
    sweep(app, clock, RELEASES)
    sweep(app, clock, RELEASES + timedelta(minutes=1))
    assert again(block).released_at is not None
    assert again(block).returned == 2
    assert statuses(event) == ["confirmed"] * 5 + ["waiting"]
    counted_right()
    assert told(RELEASED) == [
        ("petra@alpen.example", "Places without a name have fallen back: Summit"),
        ("dora@donau.example", "Places without a name have fallen back: Summit"),
    ]
    (holder, reseller) = mails(RELEASED)
    assert "2 of the 4 places of your block at Summit have names and keep them." in holder.text
    assert "2 places without a name have fallen back to the event." in holder.text
    assert (
        "1 of the places at Summit that Alpen Distribution GmbH had allotted to Donau Systemhaus GmbH had no name"
        in reseller.text
    )


def test_a_cancelled_event_has_nothing_left_to_do(app: Flask, clock: time_machine.Traveller, channel: Channel) -> None:
    make(channel.event, channel.distributor)
    lifecycle.cancel_event(channel.event, "storm", by=factories.TESTS, now=UNTIL - timedelta(days=20))
    factories.commit()
    before = len(mails())
    for at in (UNTIL - timedelta(days=7), RELEASES):
        sweep(app, clock, at)
    assert len(mails()) == before


def test_of_many_blocks_one_that_fails_stops_no_other(
    app: Flask, clock: time_machine.Traveller, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = make(channel.event, channel.distributor, 2), make(channel.event, channel.second, 2)
    broken, real = first.id, releasing.release_due

    def failing(block_id: int, **values: object) -> object:
        if block_id == broken:
            raise RuntimeError("broken")
        return real(block_id, **values)  # type: ignore[arg-type]

    monkeypatch.setattr(releasing, "release_due", failing)
    sweep(app, clock, RELEASES)
    open_ones = db.session.scalars(select(SeatBlock.id).where(SeatBlock.released_at.is_(None))).all()
    assert open_ones == [broken]
    assert again(second).returned == 2
