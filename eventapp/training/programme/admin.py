"""The vendor's pages of the programme: how companies stand, the rules, and what a changed rule would do."""

from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.accounts.audiences import organizer, partner_reader
from eventapp.audit.service import record
from eventapp.core import exports as files
from eventapp.core.clock import now
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _
from eventapp.core.saving import saving
from eventapp.core.web.carrying import carry_out, carry_out_at_once, version_in
from eventapp.core.web.downloads import asked_format, table_file
from eventapp.partners.audiences import viewer
from eventapp.partners.listing import of_manager
from eventapp.partners.queries import countries, tiers
from eventapp.partners.territory.queries import within
from eventapp.training.models import STANDING_LABELS, ProgrammeRule, StandingState
from eventapp.training.programme import (
    exports,
    jobs,  # noqa: F401 - the worker evaluates each day
    listing,
    queries,
    service,
)
from eventapp.training.programme.facts import Rule, facts_of
from eventapp.training.programme.forms import RuleForm
from eventapp.training.programme.service import RuleDetails
from eventapp.training.programme.simulating import Simulation, simulate
from eventapp.training.subnav import training_tabs

blueprint = Blueprint("programme_admin", __name__)
FORMATS = [(p.name, p.label) for p in files.PRESETS.values()] + [("xlsx", "Excel (XLSX)"), ("json", "JSON")]


@blueprint.get("/admin/training/programme/")
@partner_reader
def index() -> str:
    """How companies stand: numbers, trend, and the list; a partner manager's own territory first."""
    rules = queries.rules()
    found = listing.page(viewer(), url_for(".index"), request.args, rules)
    manager = of_manager(viewer(), request.args)
    trend = queries.trend(now().date())
    return render_template(
        "training/programme/admin/index.html",
        listing=found,
        standings=listing.standings_of([row.id for row in found.rows]),
        counts=listing.counts([within(manager)] if manager is not None else []),
        trend=trend,
        series=[(listing.TONES[s], STANDING_LABELS[s], [states[s] for _day, states in trend]) for s in StandingState],
        worst=listing.STATES,
        labels=STANDING_LABELS,
        state_tones=listing.TONES,
        rules=rules,
        formats=FORMATS,
        subnav=training_tabs("programme"),
    )


@blueprint.post("/admin/training/programme/export")
@partner_reader
def export() -> ResponseReturnValue:
    """Gives how the companies of the list stand, a row for each rule; the download stands in the log."""
    name = asked_format()
    at, seen_by, rules = now(), viewer(), queries.rules()
    worst, table, own = listing.narrowed(seen_by, url_for(".index"), request.args, rules)
    conditions = [*own, *table.condition(request.args)]
    with saving():
        record("programme.export", by=current_user, at=at, object_type="programme_rule", object_id=None, changes={"format": name})
    rows = exports.rows(worst, conditions, [int(v) for v in request.args.getlist("rule") if v.isdecimal() and len(v) < 9])
    return table_file(rows, exports.COLUMNS, name, of="programme", content="standings", title=_("Programme"), zone="UTC", at=at)


@blueprint.get("/admin/training/programme/rules")
@partner_reader
def rules() -> str:
    """The rules, those out of force last."""
    rows = queries.rule_rows()
    return render_template(
        "training/programme/admin/rules.html",
        rows=rows,
        form=ActionForm(),
        names=dict(countries()),
        subnav=training_tabs("programme"),
    )


@blueprint.route("/admin/training/programme/rules/new", methods=["GET", "POST"])
@organizer
def new() -> ResponseReturnValue:
    """A new rule: tried out, or saved."""
    form = _offer(RuleForm(data={"people_min": 1, "score_min": 0, "risk_days": 90, "grace_days": 90}))

    def act() -> str:
        service.create(_details(form), by=current_user, at=now())
        return url_for(".rules")

    return _carry_out(form, act, None, _("The rule is in force. All companies were evaluated."))


@blueprint.route("/admin/training/programme/rules/<id:programme_rule_id>", methods=["GET", "POST"])
@organizer
def edit(programme_rule_id: int) -> ResponseReturnValue:
    """A changed rule: tried out, or saved."""
    rule = queries.rule_by_id(programme_rule_id)
    kept = [one.id for one in queries.credentials_by_rule()[rule.id]]
    values: dict[str, Any] = {name: getattr(rule, name) for name in service.COLUMNS if name != "tier_key"}
    form = _offer(
        RuleForm(data={**values, "tier": rule.tier_key, "credentials": [str(one) for one in kept], "version": str(rule.version)})
    )

    def act() -> str:
        service.change(rule, _details(form), version=version_in(form), by=current_user, at=now())
        return url_for(".rules")

    return _carry_out(form, act, rule, _("Saved. All companies were evaluated."))


def _carry_out(form: RuleForm, act: Any, rule: ProgrammeRule | None, said: str) -> ResponseReturnValue:
    """Saves, or with the button "Try it out" only shows what would become of the companies."""
    if "simulate" in request.form and form.validate_on_submit():
        current = None
        if rule is not None and not rule.archived:
            current = facts_of(rule, [one.id for one in queries.credentials_by_rule()[rule.id]])
        return _page(form, rule, simulate(_tried(form, rule), current, now().date()))
    return carry_out(form, act, lambda _stale: _page(form, rule), said=lambda: said)


def _tried(form: RuleForm, rule: ProgrammeRule | None) -> Rule:
    details = _details(form)
    tried = ProgrammeRule(id=rule.id if rule else 0, **{name: getattr(details, name) for name in service.COLUMNS})
    return facts_of(tried, details.credential_ids)


def _page(form: RuleForm, rule: ProgrammeRule | None, found: Simulation | None = None) -> str:
    return render_template(
        "training/programme/admin/rule.html",
        form=form,
        rule=rule,
        found=found,
        labels=STANDING_LABELS,
        state_tones=listing.TONES,
        has_errors=form.refused,
        subnav=training_tabs("programme"),
    )


def _offer(form: RuleForm) -> RuleForm:
    return form.offering(tiers(), countries(), queries.credentials())


def _details(form: RuleForm) -> RuleDetails:
    return RuleDetails(
        name=form.name.data or "",
        tier_key=form.tier.data,
        countries=sorted(form.countries.data or []),
        credential_ids=sorted(int(one) for one in form.credentials.data or []),
        people_min=form.people_min.data or 0,
        score_min=form.score_min.data or 0,
        window_months=form.window_months.data,
        risk_days=form.risk_days.data,
        grace_days=form.grace_days.data,
    )


@blueprint.post("/admin/training/programme/rules/<id:programme_rule_id>/archive")
@organizer
def archive(programme_rule_id: int) -> ResponseReturnValue:
    """Puts a rule out of force; its standings go."""
    rule = queries.rule_by_id(programme_rule_id)

    def act() -> None:
        service.archive(rule, True, by=current_user, at=now())

    return carry_out_at_once(ActionForm(), act, url_for(".rules"), _("“%(name)s” is out of force.", name=rule.name))


@blueprint.post("/admin/training/programme/rules/<id:programme_rule_id>/restore")
@organizer
def restore(programme_rule_id: int) -> ResponseReturnValue:
    """Puts a rule back into force and evaluates all companies by it."""
    rule = queries.rule_by_id(programme_rule_id)

    def act() -> None:
        service.archive(rule, False, by=current_user, at=now())

    return carry_out_at_once(ActionForm(), act, url_for(".rules"), _("“%(name)s” is in force again.", name=rule.name))
