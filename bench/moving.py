"""How long the night takes: an event moves on video with everybody who is registered, told at once, in one transaction."""

from collections.abc import Iterator

from bench import data
from bench.figures import Figure
from bench.measures import Bench, _child

# Statements for each hundred people: they are read and written in portions.
STATEMENTS = 20


def moving(bench: Bench) -> Iterator[Figure]:
    """The act itself with its commit, against writing the same mails alone; its memory, and how its statements grow."""
    people = bench.sizes.moving
    took = _child(_filled(bench, people).environ(), "move", data.SLUG)
    more = _child(_filled(bench, 3 * people).environ(), "move", data.SLUG)
    title = f"moving an event with {people:,} registrations"
    note = f"{took['mails']:,.0f} mails with calendar entries, one transaction"
    yield Figure(title, bench.kind, took["seconds"], "s", at_most=10, note=note)
    yield Figure(f"{title}, beside its mails", bench.kind, took["seconds"], "s", took["floor"], "the mails alone, one insert")
    yield Figure(f"{title}, memory on top", bench.kind, took["MB"], "MB", at_most=60, note="beside the application as it starts")
    grown = (more["statements"] - took["statements"]) / (2 * people / 100)
    yield Figure(f"{title}, statements for 100 more", bench.kind, grown, "", at_most=STATEMENTS)


def _filled(bench: Bench, people: int) -> data.Database:
    made = bench.engine.new(f"moving_{people}")
    data.generate(made, companies=bench.sizes.companies, people=max(people, bench.sizes.people), registrations=people)
    return made
