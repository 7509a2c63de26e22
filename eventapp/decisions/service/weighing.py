"""Options, weighted criteria, scores, and the premortem."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete

from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.errors import RuleError, StaleError
from eventapp.core.i18n import _
from eventapp.decisions.models import Decision, DecisionCriterion, DecisionOption, DecisionRisk, DecisionScore
from eventapp.decisions.queries import criteria_of, options_of, risks_of
from eventapp.decisions.rules import WHOLE
from eventapp.decisions.service.log import about, lock, touch

MOST_OPTIONS = 12
MOST_CRITERIA = 12
MOST_RISKS = 60


@dataclass(frozen=True)
class OptionDetails:
    """An option, as typed."""

    title: str
    pros: str = ""
    cons: str = ""


@dataclass(frozen=True)
class RiskDetails:
    """An item of the premortem, as typed. `due` only with an `action`."""

    text: str
    trigger: str = ""
    prevention: str = ""
    action: str = ""
    due: date | None = None


def set_option(
    decision: Decision, option: DecisionOption | None, details: OptionDetails, *, version: int, by: Actor, at: datetime
) -> DecisionOption:
    """Adds an option or changes it. Raises RuleError for a title that is there, StaleError if somebody saved since `version`."""
    decision = lock(decision)
    there = options_of(decision)
    if any(one.title.casefold() == details.title.casefold() for one in there if option is None or one.id != option.id):
        raise RuleError(_("There is an option of that name already."), "title")
    if option is None and len(there) >= MOST_OPTIONS:
        raise RuleError(_("%(n)s options are enough.", n=MOST_OPTIONS))
    if option is not None and option.version != version:
        raise StaleError(_("Somebody else has changed this option since you opened it. Compare, then save again."))
    changes = {"option": details.title if option is None else [option.title, details.title]}
    option = option or DecisionOption(decision_id=decision.id)
    for name, value in vars(details).items():
        setattr(option, name, value)
    db.session.add(option)
    touch(decision, at)
    record("decisions.option", by=by, **about(decision, at, changes))
    return option


def remove_option(decision: Decision, option: DecisionOption, *, by: Actor, at: datetime) -> None:
    """Takes an option away, with its scores; what was said about it stays. Raises RuleError for the one decided on."""
    decision = lock(decision)
    if option.chosen:
        raise RuleError(_("This is what was decided."))
    record("decisions.option", by=by, **about(decision, at, {"option": [option.title, ""]}))
    db.session.delete(option)
    touch(decision, at)


def add_criterion(decision: Decision, text: str, weight: int, *, by: Actor, at: datetime) -> DecisionCriterion:
    """Something more to compare by. Raises RuleError where that is there, or would weigh more than 100 together."""
    decision = lock(decision)
    there = criteria_of(decision)
    if any(one.text.casefold() == text.casefold() for one in there):
        raise RuleError(_("There is one of that name already."), "text")
    if len(there) >= MOST_CRITERIA:
        raise RuleError(_("%(n)s criteria are enough.", n=MOST_CRITERIA), "text")
    left = WHOLE - sum(one.weight for one in there)
    if weight > left:
        raise RuleError(_("Together they may weigh 100; %(n)s are left.", n=left), "weight")
    made = DecisionCriterion(decision_id=decision.id, text=text, weight=weight)
    db.session.add(made)
    touch(decision, at)
    record("decisions.criterion", by=by, **about(decision, at, {"criterion": text, "weight": weight}))
    return made


def remove_criterion(decision: Decision, criterion: DecisionCriterion, *, by: Actor, at: datetime) -> None:
    """Takes a criterion away, with its scores."""
    decision = lock(decision)
    record("decisions.criterion", by=by, **about(decision, at, {"criterion": [criterion.text, ""]}))
    db.session.delete(criterion)
    touch(decision, at)


def set_scores(decision: Decision, scores: Mapping[tuple[int, int], int], *, by: Actor, at: datetime) -> None:
    """Keeps the scores (option, criterion → 0 to 5) instead of those before; what is not scored has none."""
    decision = lock(decision)
    options, criteria = {o.id for o in options_of(decision)}, {c.id for c in criteria_of(decision)}
    if any(option not in options or criterion not in criteria for option, criterion in scores):
        raise StaleError(_("Options or criteria have changed since you opened this. Look again."))
    db.session.execute(delete(DecisionScore).where(DecisionScore.option_id.in_(options)))
    db.session.add_all(DecisionScore(option_id=o, criterion_id=c, score=score) for (o, c), score in scores.items())
    touch(decision, at)
    record("decisions.score", by=by, **about(decision, at))


def set_risk(
    decision: Decision, risk: DecisionRisk | None, details: RiskDetails, *, version: int, by: Actor, at: datetime
) -> DecisionRisk:
    """Adds an item of the premortem or changes it. Raises StaleError if somebody saved since `version`."""
    decision = lock(decision)
    if risk is None and len(risks_of(decision)) >= MOST_RISKS:
        raise RuleError(_("%(n)s items are enough.", n=MOST_RISKS))
    if risk is not None and risk.version != version:
        raise StaleError(_("Somebody else has changed this item since you opened it. Compare, then save again."))
    risk = risk or DecisionRisk(decision_id=decision.id)
    for name, value in vars(details).items():
        setattr(risk, name, value)
    if not risk.action:
        risk.done_at = None
    db.session.add(risk)
    touch(decision, at)
    record("decisions.premortem", by=by, **about(decision, at, {"text": details.text, "action": details.action}))
    return risk


def remove_risk(decision: Decision, risk: DecisionRisk, *, by: Actor, at: datetime) -> None:
    """Takes an item of the premortem away."""
    decision = lock(decision)
    record("decisions.premortem", by=by, **about(decision, at, {"text": [risk.text, ""]}))
    db.session.delete(risk)
    touch(decision, at)


def finish_action(decision: Decision, risk: DecisionRisk, *, by: Actor, at: datetime) -> None:
    """Notes that what prevents it is done. Raises RuleError where nothing was to be done."""
    decision = lock(decision)
    if not risk.action:
        raise RuleError(_("Nothing is to be done about it."))
    if risk.done_at is None:
        risk.done_at = at
        touch(decision, at)
        record("decisions.finish", by=by, **about(decision, at, {"action": risk.action}))
