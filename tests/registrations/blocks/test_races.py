"""Several at once at the same block: nothing is given out twice and nothing is lost."""

from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Thread

from flask import Flask

from eventapp.core.db import db, transaction
from eventapp.core.errors import RuleError
from eventapp.events.models import Event, Mode
from eventapp.partners.models import Organisation
from eventapp.registrations import service as registrations
from eventapp.registrations.blocks import queries, releasing, service
from eventapp.registrations.blocks.models import BlockShare, SeatBlock
from eventapp.registrations.models import Source
from tests.conftest import NOW
from tests.registrations.blocks.conftest import Channel, again, counted_right, give, make, name, own, statuses, taken
from tests.registrations.blocks.test_service import loaded
from tests.support import factories

Act = Callable[[], object]


def rush(app: Flask, *acts: Act) -> list[str]:
    """Does all at once, each in its own connection and transaction; "done" or the refusal, in their order."""
    barrier, outcome = Barrier(len(acts)), [""] * len(acts)

    def run(number: int, act: Act) -> None:
        with app.app_context():
            try:
                barrier.wait(timeout=20)
                with transaction():
                    act()
                outcome[number] = "done"
            except RuleError as error:
                outcome[number] = error.message
            except BaseException as error:
                outcome[number] = f"{type(error).__name__}: {error}"
            finally:
                db.session.remove()

    threads = [Thread(target=run, args=pair) for pair in enumerate(acts)]
    db.session.rollback()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    db.session.expire_all()
    return outcome


def claiming(share: BlockShare, number: int) -> Act:
    share_id, company_id = share.id, share.organisation_id
    guests = [factories.attendee() for _n in range(number)]

    def act() -> None:
        found, company = db.session.get_one(BlockShare, share_id), db.session.get_one(Organisation, company_id)
        service.claim(found, company, guests, by=factories.TESTS, at=NOW)

    return act


def on_block(block: SeatBlock, act: Callable[[SeatBlock], object]) -> Act:
    block_id = block.id

    def run() -> None:
        found = db.session.get_one(SeatBlock, block_id)
        act(again(found))

    return run


def releasing_now(block: SeatBlock) -> Act:
    return on_block(block, lambda found: releasing.release(found, by=factories.TESTS, at=NOW))


def resizing(block: SeatBlock, size: int) -> Act:
    def act(found: SeatBlock) -> None:
        dates = {"name_until": found.name_until, "releases_at": found.releases_at, "note": "", "version": found.version}
        service.change(found, size=size, by=factories.TESTS, at=NOW, **dates)  # type: ignore[arg-type]

    return on_block(block, act)


def test_the_last_place_of_an_allotment_goes_to_one(app: Flask, channel: Channel) -> None:
    block = make(channel.event, channel.distributor, 3)
    share = give(block, channel.first, 2)
    for _round in range(4):
        done = rush(app, *(claiming(share, 1) for _n in range(6)))
        assert done.count("done") <= 2
        assert {text for text in done if text != "done"} == {"Only 0 of these places are left."}
    assert statuses(channel.event) == ["confirmed", "confirmed"]
    counted_right()


def test_two_resellers_at_the_last_place_of_the_holder(app: Flask, channel: Channel) -> None:
    """Both are allotted the same last place at once; then each takes what it has."""
    block = make(channel.event, channel.distributor, 1)

    def allotting(company: Organisation) -> Act:
        company_id = company.id
        return on_block(
            block,
            lambda found: service.allot(
                found, db.session.get_one(Organisation, company_id), 1, supplied_only=True, by=factories.TESTS, at=NOW
            ),
        )

    done = rush(app, allotting(channel.first), allotting(channel.second), claiming(own(block), 1))
    assert done.count("done") == 1, done
    shares = queries.shares_of(again(block))
    assert sum(share.places for share in shares) == 1
    counted_right()


def test_release_against_claims(app: Flask, channel: Channel) -> None:
    """Whoever is named before the release has the place; whoever comes later is refused. The event has room for all."""
    for _round in range(3):
        event = factories.event(capacity=12)
        block = make(event, channel.distributor, 6)
        mine, theirs = give(block, channel.first, 2), give(block, channel.second, 2)
        factories.register(event, channel.stranger, *(factories.attendee() for _n in range(9)))
        done = rush(app, claiming(mine, 2), releasing_now(block), claiming(theirs, 2), claiming(own(block), 1))
        assert done[1] == "done", done
        named = sum(number for number, text in zip((2, 0, 2, 1), done, strict=True) if text == "done")
        assert set(done) <= {"done", "These places have fallen back to the event."}
        assert again(block).returned == 6 - named
        expected = min(12, 9 + named)
        assert statuses(event).count("confirmed") == expected
        assert taken(event) == (expected, expected)
        counted_right()


def test_resize_against_claims(app: Flask, channel: Channel) -> None:
    for _round in range(3):
        event = factories.event(capacity=10)
        block = make(event, channel.distributor, 5)
        share = own(block)
        done = rush(app, resizing(block, 2), claiming(share, 2), claiming(share, 2), claiming(share, 1))
        size = again(block).size
        named = statuses(event).count("confirmed")
        assert named <= size
        assert size == (2 if done[0] == "done" else 5)
        assert taken(event) == (size, size)
        counted_right()


def test_cancel_against_release(app: Flask, channel: Channel) -> None:
    """The place is the share's or the event's, and goes on exactly once."""
    for _round in range(3):
        event = factories.event(capacity=3)
        block = make(event, channel.distributor, 3)
        (one, _two, _three) = name(own(block), 3)
        factories.register(event, channel.stranger, factories.attendee())

        def cancelling(registration: object = one) -> None:
            registrations.cancel([loaded(registration)], reason="", by=factories.TESTS, at=NOW)  # type: ignore[arg-type]

        assert rush(app, cancelling, releasing_now(block)) == ["done", "done"]
        assert statuses(event) == ["cancelled", "confirmed", "confirmed", "confirmed"]
        assert taken(event) == (3, 3)
        counted_right()


def test_two_releases_at_once_release_once(app: Flask, channel: Channel) -> None:
    block = make(channel.event, channel.distributor, 4)
    done = rush(app, releasing_now(block), releasing_now(block), releasing_now(block))
    assert sorted(done) == ["This block has been released already."] * 2 + ["done"]
    assert taken(channel.event) == (0, 0)
    counted_right()


def test_blocks_and_people_share_the_last_places(app: Flask, channel: Channel) -> None:
    """A new block of three and five single people at the last three places."""
    event = factories.event(capacity=3)
    event_id, holder_id, stranger_id = event.id, channel.distributor.id, channel.stranger.id

    def setting_aside() -> None:
        dates = {"name_until": NOW + timedelta(days=9), "releases_at": NOW + timedelta(days=9)}
        service.create(
            db.session.get_one(Event, event_id),
            db.session.get_one(Organisation, holder_id),
            mode=Mode.IN_PERSON,
            kind_id=None,
            size=3,
            note="",
            by=factories.TESTS,
            at=NOW,
            **dates,  # type: ignore[arg-type]
        )

    def registering() -> None:
        registrations.register(
            db.session.get_one(Event, event_id),
            db.session.get_one(Organisation, stranger_id),
            [factories.attendee()],
            source=Source.ORGANIZER,
            by=factories.TESTS,
            at=NOW,
        )

    done = rush(app, setting_aside, *(registering for _n in range(5)))
    assert done[1:] == ["done"] * 5
    confirmed = statuses(event).count("confirmed")
    assert confirmed == (0 if done[0] == "done" else 3)
    assert taken(event) == (3, 3)
    counted_right()
