"""Versions and signatures: being ready, reading, signing, declining, taking back, amending, downloading."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from flask import Blueprint, Response, abort, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.accounts import fresh_proof
from eventapp.core.clock import now
from eventapp.core.errors import NotFoundError
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _, _l
from eventapp.core.web.carrying import carry_out, carry_out_at_once, version_in
from eventapp.partners.audiences import viewer
from eventapp.plans import queries, steps
from eventapp.plans.audiences import plan_reader, plan_writer
from eventapp.plans.delegations import queries as delegations
from eventapp.plans.documents import screen
from eventapp.plans.documents.queries import event_titles
from eventapp.plans.models import (
    SIGNATURE_STATE_LABELS,
    VERSION_STATE_LABELS,
    Plan,
    PlanStatus,
    PlanVersion,
    SignatureState,
    VersionState,
)
from eventapp.plans.pages import page
from eventapp.plans.permissions import may_change_plan
from eventapp.plans.queries import Seen
from eventapp.plans.signing import jobs, service  # noqa: F401 - a job is there once it is imported
from eventapp.plans.signing import queries as versions
from eventapp.plans.signing.canonical import digest
from eventapp.plans.signing.forms import DeclineForm, RevisionForm, SignForm
from eventapp.plans.signing.reading import Words, masked
from eventapp.plans.signing.rules import lines_of

blueprint = Blueprint("plan_versions", __name__)


def _came_from(values: Mapping[str, Any]) -> tuple[str, str]:
    """Where somebody was who is asked for proof before they sign."""
    return values["plan_code"], url_for("plan_versions.show", **values)


fresh_proof.ACTS["plan_versions.sign"] = fresh_proof.Act(
    _l("Before you sign, show once more who you are. It counts for this one signature."), _came_from
)


@blueprint.get("/plans/<reference:plan_code>/versions/")
@plan_reader
def index(plan_code: str) -> str:
    """All versions, who has signed, and whether the owners are ready for the next one."""
    seen = queries.plan(viewer(), plan_code)
    plan = seen.plan
    in_signature = versions.with_state(plan, VersionState.IN_SIGNATURE)
    people, signatures = versions.people(plan, in_signature), versions.signatures(plan)
    return page(
        "plans/signing/index.html",
        seen,
        "signing",
        versions=versions.versions(plan),
        signatures=signatures,
        signature_labels=SIGNATURE_STATE_LABELS,
        required=people.required,
        signing=in_signature,
        lines=lines_of(people.required, [one for one in signatures if in_signature and one.version_id == in_signature.id]),
        words=Words(people.by_id, seen.names),
        delegated=_delegated(plan, in_signature),
        valid=SignatureState.VALID,
        in_signature=VersionState.IN_SIGNATURE,
        version_labels=VERSION_STATE_LABELS,
        readies=service.may_be_ready(plan),
        missing=steps.asked(plan, PlanStatus.FINAL_REVIEW, PlanStatus.IN_SIGNATURE) if service.may_be_ready(plan) else [],
        may_act=may_change_plan(seen.standing),
        may_amend=plan.status is PlanStatus.ACTIVE and plan.amendment is None and plan.suspended_at is None,
    )


def _delegated(plan: Plan, version: PlanVersion | None) -> dict[int, str]:
    """The words of each sponsor who lets somebody else sign: as they are frozen, else as they hold."""
    if version is not None:
        return {one["sponsor"]: one["text"] for one in json.loads(version.content).get("delegations", ())}
    return {one.sponsor_id: one.text for one in delegations.held(plan)}


def _version(plan_code: str, plan_version_id: int) -> tuple[Seen, PlanVersion]:
    seen = queries.plan(viewer(), plan_code)
    return seen, versions.version(seen.plan, plan_version_id)


@blueprint.get("/plans/<reference:plan_code>/versions/<id:plan_version_id>")
@plan_reader
def show(plan_code: str, plan_version_id: int) -> str:
    """A version as it is signed: what it says, what differs from the one before, who has signed."""
    seen = queries.plan(viewer(), plan_code)
    everything = versions.with_content(seen.plan)
    version = next((one for one in everything if one.id == plan_version_id), None)
    if version is None:
        raise NotFoundError(plan_version_id)
    other = _other(everything, version)
    people = versions.people(seen.plan, version)
    words, content = Words(people.by_id, seen.names), masked(json.loads(version.content), seen.standing)
    signer = service.signer_of(seen.standing, people.required)
    signatures = [one for one in versions.signatures(seen.plan) if one.version_id == version.id]
    mine = [one for one in signatures if signer and one.member_id == signer.member.id and one.state is SignatureState.VALID]
    open_now = service.is_open(seen.plan, version, now())
    in_signature = version.state is VersionState.IN_SIGNATURE
    events = event_titles(content)
    values = screen.values_of(content, words, events)
    return page(
        "plans/signing/version.html",
        seen,
        "signing",
        version=version,
        content=content,
        sections=screen.sections(content, values),
        period=[date.fromisoformat(content[name]) for name in ("period_start", "period_end")],
        team=words.team(content),
        delegations=words.delegations(content),
        words=words,
        lines=lines_of(people.required, signatures),
        delegated={one["sponsor"]: one["text"] for one in content.get("delegations", ())},
        other=other,
        others=[one for one in everything if one.id != version.id],
        may_download=content == json.loads(version.content),
        changes=_changes(words, masked(json.loads(other.content), seen.standing), content, events) if other is not None else [],
        whole=digest(version.content) == version.content_hash,
        version_labels=VERSION_STATE_LABELS,
        signature_labels=SIGNATURE_STATE_LABELS,
        may_sign=open_now and signer is not None and not mine,
        in_signature=in_signature,
        may_withdraw=in_signature and bool(mine),
        may_reopen=open_now and may_change_plan(seen.standing),
    )


def _changes(
    words: Words, old: Mapping[str, Any], new: Mapping[str, Any], events: Mapping[int, str]
) -> list[tuple[str, str, str]]:
    """What differs between two contents as their readers may see them."""
    before, after = (screen.values_of(one, words, events).text for one in (old, new))
    return words.changes(old, new, before=before, after=after)


def _other(everything: Any, version: PlanVersion) -> PlanVersion | None:
    """The version to compare with: the one asked for, else the one before."""
    asked = request.args.get("with", "")
    older = [one for one in everything if (one.major, one.minor) < (version.major, version.minor)]
    return next((one for one in everything if str(one.id) == asked and one.id != version.id), older[0] if older else None)


@blueprint.get("/plans/<reference:plan_code>/versions/<id:plan_version_id>/json")
@plan_reader
def download(plan_code: str, plan_version_id: int) -> Response:
    """The content byte for byte: its SHA-256 is the version's hash. Not for whoever may not read all of it."""
    seen, version = _version(plan_code, plan_version_id)
    content = json.loads(version.content)
    if masked(content, seen.standing) != content:
        abort(403)
    answer = Response(version.content.encode(), mimetype="application/json")
    answer.headers["Content-Disposition"] = f'attachment; filename="{seen.plan.code}_{version.number}.json"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _owner(plan_code: str) -> Seen:
    seen = queries.plan(viewer(), plan_code)
    if not may_change_plan(seen.standing):
        abort(403)
    return seen


@blueprint.post("/plans/<reference:plan_code>/ready")
@plan_writer
def ready(plan_code: str) -> ResponseReturnValue:
    """An owner stands by the plan as it is; the second one sends it to be signed."""
    seen = _owner(plan_code)
    revision = version_in(RevisionForm())

    def act() -> None:
        service.ready(seen.plan, revision=revision, standing=seen.standing, by=current_user, at=now())

    return carry_out_at_once(ActionForm(), act, url_for(".index", plan_code=plan_code))


@blueprint.post("/plans/<reference:plan_code>/reopen")
@plan_writer
def reopen(plan_code: str) -> ResponseReturnValue:
    """An owner takes the plan back to change it."""
    seen = _owner(plan_code)
    back = url_for(".index", plan_code=plan_code)
    return carry_out_at_once(ActionForm(), lambda: service.reopen(seen.plan, by=current_user, at=now()), back)


@blueprint.post("/plans/<reference:plan_code>/amend")
@plan_writer
def amend(plan_code: str) -> ResponseReturnValue:
    """An owner opens the change of a plan in force."""
    seen = _owner(plan_code)
    back = url_for("plans.show", plan_code=plan_code)
    return carry_out_at_once(ActionForm(), lambda: service.amend(seen.plan, by=current_user, at=now()), back)


class ToSign(NamedTuple):
    """A version, and whom the reader signs for if it is by delegation: the sponsor's name."""

    seen: Seen
    version: PlanVersion
    instead_of: str | None


def _to_sign(plan_code: str, plan_version_id: int) -> ToSign:
    """The version for somebody whose signature is asked for; 403 for everybody else who reads it."""
    seen, version = _version(plan_code, plan_version_id)
    people = versions.people(seen.plan, version)
    signer = service.signer_of(seen.standing, people.required)
    if signer is None:
        abort(403)
    sponsor = signer.for_sponsor
    return ToSign(seen, version, Words(people.by_id, seen.names).name(sponsor) if sponsor is not None else None)


@blueprint.route("/plans/<reference:plan_code>/versions/<id:plan_version_id>/sign", methods=["GET", "POST"])
@plan_writer
def sign(plan_code: str, plan_version_id: int) -> ResponseReturnValue:
    """Signs: read, ticked, name typed, and proven for this one signature who it is."""
    seen, version, _instead_of = _to_sign(plan_code, plan_version_id)
    form = SignForm(data={"content_hash": version.content_hash, **fresh_proof.typed()})
    if not fresh_proof.is_fresh():
        return fresh_proof.ask(read=bool(form.read.data), typed_name=(form.typed_name.data or "")[:200])

    def act() -> str:
        at = now()
        service.sign(
            seen.plan,
            version,
            content_hash=form.content_hash.data or "",
            typed_name=form.typed_name.data or "",
            standing=seen.standing,
            proven_at=fresh_proof.use_up(at),
            network=request.remote_addr or "",
            by=current_user,
            at=at,
        )
        return url_for(".show", plan_code=plan_code, plan_version_id=plan_version_id)

    def again(_stale: bool) -> str:
        there = _to_sign(plan_code, plan_version_id)
        values = {"version": there.version, "instead_of": there.instead_of}
        return page("plans/signing/sign.html", there.seen, "signing", form=form, has_errors=form.refused, **values)

    return carry_out(form, act, again, said=lambda: _("Signed."))


@blueprint.route("/plans/<reference:plan_code>/versions/<id:plan_version_id>/decline", methods=["GET", "POST"])
@plan_writer
def decline(plan_code: str, plan_version_id: int) -> ResponseReturnValue:
    """Declines to sign, with a reason."""
    seen, version, _instead_of = _to_sign(plan_code, plan_version_id)
    form = DeclineForm()

    def act() -> str:
        service.decline(seen.plan, version, form.reason.data or "", standing=seen.standing, by=current_user, at=now())
        return url_for(".index", plan_code=plan_code)

    def again(_stale: bool) -> str:
        there = _to_sign(plan_code, plan_version_id)
        values = {"version": there.version, "form": form, "has_errors": form.refused}
        return page("plans/signing/decline.html", there.seen, "signing", **values)

    return carry_out(form, act, again, said=lambda: _("Declined. The plan is back in its final review."))


@blueprint.post("/plans/<reference:plan_code>/versions/<id:plan_version_id>/withdraw")
@plan_writer
def withdraw(plan_code: str, plan_version_id: int) -> ResponseReturnValue:
    """Takes the own signature back."""
    seen, version = _version(plan_code, plan_version_id)
    if seen.standing.member is None:
        raise NotFoundError(plan_version_id)
    back = url_for(".index", plan_code=plan_code)

    def act() -> None:
        service.withdraw(seen.plan, version, standing=seen.standing, by=current_user, at=now())

    return carry_out_at_once(ActionForm(), act, back)
