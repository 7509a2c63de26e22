"""Organizer pages of the releases: the list, one and its difference, releasing after a review, taking one back."""

from collections.abc import Iterable
from typing import Any

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.accounts.audiences import organizer, reader
from eventapp.agenda.content.pages import page
from eventapp.agenda.models import CHANGE_LABELS, AgendaRelease, ChangeKind
from eventapp.agenda.releases import (
    mails,
    queries,
    restoring,
    service,
    telling,
)
from eventapp.agenda.releases.difference import Change, Plan
from eventapp.agenda.releases.forms import ReleaseForm
from eventapp.core.clock import now
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _
from eventapp.core.web.carrying import carry_out
from eventapp.events import queries as events
from eventapp.events.models import Event
from eventapp.partners.audiences import viewer

blueprint = Blueprint("releases_admin", __name__)
BASE = "/admin/events/<slug:slug>/agenda/releases"
MOST_LINES = 150
MOST_PEOPLE = 100


@blueprint.get(BASE)
@reader
def index(slug: str) -> str:
    """The releases, and whether the draft has gone on since the last one."""
    event = events.event_by_slug(viewer(), slug)
    releases = queries.releases(event.id)
    plan = queries.plan_after(event.id, releases[0] if releases else None)
    waiting = queries.waiting_notices(event.id)
    return page(
        "agenda/releases/index.html",
        event,
        "releases",
        releases=releases,
        counts=_counts(plan),
        summary=_summary(plan),
        waiting=waiting,
    )


@blueprint.route(f"{BASE}/new", methods=["GET", "POST"])
@organizer
def new(slug: str) -> ResponseReturnValue:
    """The draft's difference to the last release and who would be told, reviewed before anything leaves."""
    event = events.event_by_slug(viewer(), slug)
    releases = queries.releases(event.id)
    last = releases[0] if releases else None
    plan = queries.plan_after(event.id, last)
    review = telling.review(event.id, plan)
    told = {share.group.value: share.people > 0 for share in review.shares}
    form = ReleaseForm(data={"name": service.free_name(releases), "seen": telling.fingerprint(plan), **told})

    def act() -> str:
        made = service.release(
            event,
            form.name.data or "",
            form.note.data or "",
            tell=form.groups(),
            words=bool(form.words.data),
            seen=form.seen.data or "",
            by=current_user,
            at=now(),
        )
        return url_for(".show", slug=slug, number=made.number)

    def show(stale: bool) -> str:
        current, seen = (queries.next_plan(event.id)[1], None) if stale else (plan, review)
        if stale:
            form.seen.data = telling.fingerprint(current)
        return _review(event, form, last, current, seen or telling.review(event.id, current))

    return carry_out(form, act, show, said=lambda: _("Released. People see it from now on."))


def _review(event: Event, form: ReleaseForm, last: AgendaRelease | None, plan: Plan, review: telling.Review) -> str:
    rooms = queries.room_names(event.id)
    longest = review.longest()
    sample = (
        mails.write(event, longest, longest.changes(plan.changes, words=True), rooms, form.note.data or "") if longest else None
    )
    return page(
        "agenda/releases/new.html",
        event,
        "releases",
        form=form,
        last=last,
        counts=_counts(plan),
        summary=_summary(plan),
        sessions=len(plan.lines),
        lines=_lines(event, plan.changes, rooms),
        shares=review.shares,
        everybody=review.everybody[:MOST_PEOPLE],
        people=len(review.everybody),
        roles=telling.ROLE_LABELS,
        longest=longest,
        sample=sample,
        has_errors=form.refused,
    )


@blueprint.get(f"{BASE}/<id:number>")
@reader
def show(slug: str, number: int) -> str:
    """One release and what it changed, against the one before or any other."""
    event = events.event_by_slug(viewer(), slug)
    releases = queries.releases(event.id)
    release = queries.numbered(releases, number)
    against = request.args.get("since", "")
    since = next((other for other in releases if str(other.number) == against), None)
    changes = queries.changes_of(release, since) if since is not release else []
    return page(
        "agenda/releases/show.html",
        event,
        "releases",
        release=release,
        since=since or queries.numbered(releases, number - 1) if number > 1 else None,
        others=[other for other in releases if other is not release],
        lines=_lines(event, changes, queries.room_names(event.id)),
        counts=_counted(changes),
        notices=queries.notices(release),
        is_latest=release is releases[0],
    )


@blueprint.route(f"{BASE}/<id:number>/restore", methods=["GET", "POST"])
@organizer
def restore(slug: str, number: int) -> ResponseReturnValue:
    """Takes a release back into the draft, after a look at what that does."""
    event = events.event_by_slug(viewer(), slug)
    release = queries.release_of(event.id, number)
    form = ActionForm()

    def act() -> str:
        restoring.restore(event, release, by=current_user, at=now())
        return url_for("timetable_admin.index", slug=slug)

    def show_form(_stale: bool) -> str:
        found = restoring.preview(event, release)
        return page(
            "agenda/releases/restore.html", event, "releases", release=release, form=form, found=found, has_errors=form.refused
        )

    return carry_out(form, act, show_form, said=lambda: _("The draft is as that release was. You can undo this."))


def _summary(plan: Plan) -> str:
    """The numbers of a difference in one line: "3 moved, 1 cancelled"."""
    return ", ".join(f"{count} {str(label).lower()}" for label, count in _counted(plan.changes))


def _counts(plan: Plan) -> list[tuple[Any, int]]:
    return _counted(plan.changes)


def _counted(changes: Iterable[Change]) -> list[tuple[Any, int]]:
    """How many differences there are of each kind that there is."""
    kinds = [change.kind for change in changes]
    return [(CHANGE_LABELS[kind], kinds.count(kind)) for kind in ChangeKind if kind in kinds]


def _lines(event: Event, changes: Iterable[Change], rooms: dict[int, str]) -> list[tuple[Any, int, list[mails.Told]]]:
    """The differences in words, by kind: label, how many there are, and the first of them."""
    grouped: dict[ChangeKind, list[Change]] = {kind: [] for kind in ChangeKind}
    for change in changes:
        grouped[change.kind].append(change)
    return [
        (CHANGE_LABELS[kind], len(found), [mails.told(event, change, rooms) for change in found[:MOST_LINES]])
        for kind, found in grouped.items()
        if found
    ]
