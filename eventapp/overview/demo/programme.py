"""The rules of the demo's programme, and where its companies have stood over the last weeks."""

from collections import Counter
from datetime import datetime, timedelta

from sqlalchemy import insert, select

from eventapp.accounts.models import User
from eventapp.core.db import db
from eventapp.training.models import Credential, StandingDay, StandingState
from eventapp.training.programme import evaluating, facts, service
from eventapp.training.programme.service import RuleDetails

TECHNICAL, SALES = ("KCE", "KCX"), ("KSP",)
# Tier, name, credentials that count, people.
RULES = (
    ("advanced", "Advanced: technical people", TECHNICAL, 2),
    ("advanced", "Advanced: sales people", SALES, 1),
    ("premier", "Premier: technical people", TECHNICAL, 6),
    ("premier", "Premier: sales people", SALES, 3),
)
WEEKS = 12


def fill(*, by: User, at: datetime) -> None:
    """Writes the rules as the page would do it, judges all companies, and looks back week by week for the trend."""
    ids = dict(db.session.execute(select(Credential.code, Credential.id)).all())
    for tier, name, codes, people in RULES:
        service.create(
            RuleDetails(
                name=name, tier_key=tier, countries=(), credential_ids=[ids[code] for code in codes], people_min=people,
                score_min=0, window_months=None, risk_days=90, grace_days=90,
            ),
            by=by,
            at=at - timedelta(weeks=WEEKS),
            evaluate=False,
        )  # fmt: skip
    evaluating.evaluate(None, at=at)
    evaluating.note_day(at)
    for week in range(1, WEEKS + 1):
        _look_back(at - timedelta(weeks=week))


def _look_back(at: datetime) -> None:
    """What the worker would have noted on an earlier day, by the certificates that there were."""
    counted: Counter[tuple[int, StandingState]] = Counter()
    for judged in evaluating.verdicts(facts.rules(), at.date()):
        counted.update((rule.id, verdict.state) for _company, rule, verdict in judged)
    rows = [{"day": at.date(), "rule_id": rule, "state": state, "companies": n} for (rule, state), n in counted.items()]
    db.session.execute(insert(StandingDay), rows)
