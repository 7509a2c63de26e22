"""Releasing: what is frozen, what is refused, what stays for ever."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from eventapp.agenda.models import AgendaRelease, ChangeKind, ReleaseChange, ReleasedSlot, ReleasedSpeaker, SessionStatus
from eventapp.agenda.releases import queries, service
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.events.models import Event
from tests.support import agenda
from tests.support.factories import AT, STARTS, TESTS, commit, event


def slots_of(release: AgendaRelease) -> list[Any]:
    query = select(ReleasedSlot).where(ReleasedSlot.release_id == release.id).order_by(ReleasedSlot.starts_at)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def changes_of(release: AgendaRelease) -> list[Any]:
    return list(
        db.session.scalars(select(ReleaseChange).where(ReleaseChange.release_id == release.id).order_by(ReleaseChange.id))
    )


@pytest.fixture
def at(app: Flask) -> Event:
    return event()


def test_the_first_release_holds_what_is_confirmed_and_placed(at: Event) -> None:
    hall, petra = agenda.room(at, "Hall"), agenda.speaker(at, "Petra")
    news = agenda.session(at, "News", room=hall, speakers=[petra], subtitle="of the year", abstract="**Bold**")
    agenda.session(at, "Perhaps", room=hall, status=SessionStatus.TENTATIVE)
    agenda.session(at, "Gone", room=hall, status=SessionStatus.CANCELLED)
    agenda.session(at, "Later", starts_at=None)

    made = agenda.release(at, "First")

    [slot] = slots_of(made)
    assert (slot.title, slot.subtitle, slot.room_id, slot.starts_at) == ("News", "of the year", hall.id, STARTS)
    assert slot.ends_at == STARTS + timedelta(minutes=45)
    assert "<strong>" in slot.abstract_html
    assert (made.number, made.new, made.moved, made.cancelled, made.changed) == (1, 1, 0, 0, 0)
    assert db.session.scalars(select(ReleasedSpeaker.speaker_id)).all() == [petra.id]
    assert queries.latest(at.id) is made
    assert news.title == "News"


def test_the_second_release_says_what_became_of_each(at: Event) -> None:
    hall, attic = agenda.room(at, "Hall"), agenda.room(at, "Attic")
    moved, gone, same, reworded = (agenda.session(at, name, room=hall) for name in ("Moved", "Gone", "Same", "Reworded"))
    first = agenda.release(at)
    agenda.place(moved, starts_at=STARTS + timedelta(hours=1), room=attic)
    agenda.cancel(gone)
    reworded.title = "Other words"
    commit()
    agenda.session(at, "Fresh", room=attic)

    second = agenda.release(at, at=AT + timedelta(days=1))

    found = {change.title: change for change in changes_of(second)}
    assert {title: change.kind for title, change in found.items()} == {
        "Moved": ChangeKind.MOVED,
        "Gone": ChangeKind.CANCELLED,
        "Other words": ChangeKind.CHANGED,
        "Fresh": ChangeKind.NEW,
    }
    line = found["Moved"]
    assert (line.old_starts_at, line.old_room_id, line.starts_at, line.room_id) == (
        STARTS,
        hall.id,
        STARTS + timedelta(hours=1),
        attic.id,
    )
    assert (found["Gone"].starts_at, found["Gone"].old_starts_at) == (None, STARTS)
    sequences = {slot.title: (slot.sequence, slot.cancelled) for slot in slots_of(second)}
    assert sequences == {
        "Moved": (1, False), "Gone": (1, True), "Same": (0, False), "Other words": (0, False), "Fresh": (0, False),
    }  # fmt: skip
    assert agenda.slot_of(moved).sequence == 1
    assert {slot.title for slot in slots_of(first)} == {"Moved", "Gone", "Same", "Reworded"}
    assert same.title == "Same"


def test_what_was_cancelled_stays_and_may_come_back(at: Event) -> None:
    agenda.session(at, "Stays")
    talk = agenda.session(at, "Comes and goes")
    agenda.release(at)
    agenda.place(talk, starts_at=None)
    agenda.release(at)
    agenda.session(at, "Another")
    third = agenda.release(at)
    assert {s.title: (s.cancelled, s.sequence) for s in slots_of(third)}["Comes and goes"] == (True, 1)
    agenda.place(talk, starts_at=STARTS)
    fourth = agenda.release(at)
    assert [change.kind for change in changes_of(fourth)] == [ChangeKind.NEW]
    assert {s.title: (s.cancelled, s.sequence) for s in slots_of(fourth)}["Comes and goes"] == (False, 2)


def test_two_parts_of_a_session_are_two_lines(at: Event) -> None:
    petra, paul = agenda.speaker(at), agenda.speaker(at)
    talk = agenda.session(at, "Workshop", speakers=[petra, paul])
    second_part = agenda.slot(talk, starts_at=STARTS + timedelta(hours=2), label="Part 2")
    made = agenda.release(at)
    assert [slot.label for slot in slots_of(made)] == ["", "Part 2"]
    assert len(db.session.scalars(select(ReleasedSpeaker)).all()) == 2
    second_part.starts_at = None
    commit()
    agenda.release(at)
    speakers = select(ReleasedSpeaker.speaker_id).join(AgendaRelease).where(AgendaRelease.number == 2)
    assert db.session.scalars(speakers.order_by(ReleasedSpeaker.position)).all() == [petra.id, paul.id]


def test_nothing_to_release_is_said(at: Event) -> None:
    with pytest.raises(RuleError, match="nothing to release"):
        service.release(at, "Empty", by=TESTS, at=AT)
    agenda.session(at, "News")
    agenda.release(at, "First")
    with pytest.raises(RuleError, match="Nothing has changed since the release “First”"):
        service.release(at, "Second", by=TESTS, at=AT)
    assert [release.name for release in queries.releases(at.id)] == ["First"]


def test_a_name_is_taken_once_and_the_suggestion_is_free(at: Event) -> None:
    assert service.free_name(queries.releases(at.id)) == "Version 1"
    agenda.session(at, "News")
    agenda.release(at, "Version 2")
    assert service.free_name(queries.releases(at.id)) == "Version 3"
    agenda.session(at, "More")
    with pytest.raises(RuleError) as refused:
        service.release(at, "Version 2", by=TESTS, at=AT)
    assert refused.value.field == "name"


def test_other_events_are_left_alone(at: Event) -> None:
    other = event()
    agenda.session(other, "Theirs")
    agenda.session(at, "Ours")
    assert [slot.title for slot in slots_of(agenda.release(at))] == ["Ours"]
    assert queries.latest(other.id) is None


def test_a_release_costs_the_same_number_of_queries_whatever_the_size(at: Event, count_queries: Any) -> None:
    def counted(sessions: int) -> int:
        for _n in range(sessions):
            agenda.session(at, speakers=[agenda.speaker(at)])
        with count_queries() as queries_sent:
            agenda.release(at)
        return len(queries_sent)

    counted(1)
    assert counted(1) == counted(20)
