"""What a rule would do before it is saved: every company judged by it and by the one in force, and nothing written."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select

from eventapp.core.db import db
from eventapp.partners.models import Organisation
from eventapp.training.models import StandingState
from eventapp.training.programme.evaluating import verdicts
from eventapp.training.programme.facts import Rule
from eventapp.training.programme.rules import FALLEN, Verdict

SHOWN = 50


@dataclass
class Simulation:
    """How many companies would stand where, before and after, and those that would rise or fall (the first fifty of each).

    `rising` and `falling` count all of them. A company that the rule is not about on one side has no verdict there.
    """

    before: Counter[StandingState] = field(default_factory=Counter)
    after: Counter[StandingState] = field(default_factory=Counter)
    rising: int = 0
    falling: int = 0
    shown: list[tuple[int, Verdict | None, Verdict | None]] = field(default_factory=list)
    names: dict[int, str] = field(default_factory=dict)


def simulate(changed: Rule, current: Rule | None, today: date) -> Simulation:
    """Compares a changed rule with the one in force (none: it is new). As many queries as there are pieces of companies."""
    found = Simulation()
    rules = [changed] if current is None else [current, changed]
    for judged in verdicts(rules, today):
        sides: dict[int, list[Verdict | None]] = {}
        for company, rule, verdict in judged:
            sides.setdefault(company.id, [None, None])[0 if rule is current else 1] = verdict
        for company_id, (before, after) in sides.items():
            _count(found, company_id, before, after)
    ids = [company_id for company_id, _before, _after in found.shown]
    names = select(Organisation.id, Organisation.name).where(Organisation.id.in_(ids))
    found.names = dict(db.session.execute(names).all())
    return found


def _count(found: Simulation, company_id: int, before: Verdict | None, after: Verdict | None) -> None:
    if before is not None:
        found.before[before.state] += 1
    if after is not None:
        found.after[after.state] += 1
    was, is_ = before is not None and before.state in FALLEN, after is not None and after.state in FALLEN
    if was == is_:
        return
    found.rising += was
    found.falling += is_
    if len(found.shown) < SHOWN:
        found.shown.append((company_id, before, after))
