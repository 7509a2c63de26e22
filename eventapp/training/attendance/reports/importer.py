"""A report of a meeting tool, line by line: whose each join is, what is new, and writing it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.core.times import to_local
from eventapp.partners.imports.bulk import insert_rows
from eventapp.partners.imports.fields import Columns
from eventapp.partners.imports.parsing import Refused
from eventapp.partners.imports.readers import Record, Source
from eventapp.partners.imports.rows import Result
from eventapp.partners.models import ImportBatch, RowOutcome
from eventapp.training import queries
from eventapp.training.attendance import counting, roster, rules
from eventapp.training.attendance.matching import Found, token_in
from eventapp.training.attendance.reports import cells
from eventapp.training.attendance.rules import Said, Span
from eventapp.training.models import (
    MATCHED_LABELS,
    AttendanceImport,
    AttendanceInterval,
    AttendanceReport,
    IntervalSource,
    Run,
)

COLUMNS = (
    *("run_id", "enrolment_id", "report_id", "source", "key", "joined_at", "left_at", "name", "address", "matched"),
    *("is_staff", "checks_asked", "checks_answered", "noted_at", "noted_by"),
)
SHORT = {field.key: field.length for field in cells.FIELDS}


@dataclass
class Join:
    """A line of a report: when somebody joined and left, who it says that was, and whose it was found to be."""

    joined_at: datetime
    left_at: datetime | None
    name: str
    address: str
    found: Found | None
    is_staff: bool
    asked: int | None = None
    answered: int | None = None
    key: str = ""


class ReportImporter:
    """Plans the lines of a report, and takes them in when `apply` is set; both in the same way."""

    def __init__(
        self,
        source: Source,
        columns: Columns,
        *,
        run: Run,
        about: AttendanceImport,
        file_name: str,
        apply: bool,
        at: datetime,
        by: Actor,
    ) -> None:
        self.width, self.file_name = len(source.headers), file_name
        self.columns, self.about, self.apply, self.at, self.by = dict(columns), about, apply, at, by
        self.run = counting.lock_open(run) if apply else run
        self.zone = self.run.event.time_zone
        self.slots = queries.slots_of([self.run])[self.run.id]
        self.roster, self.staff = roster.roster(self.run), roster.staff()
        self.names = {one.enrolment_id: one.name for one in self.roster.people}
        self.report_id = self._report() if apply else None
        stored = select(AttendanceInterval.key, AttendanceInterval.left_at, AttendanceInterval.enrolment_id)
        stored = stored.where(AttendanceInterval.run_id == self.run.id, AttendanceInterval.source == IntervalSource.IMPORT)
        self.stored = {row[0]: (row[1], row[2]) for row in db.session.execute(stored)}
        # What names a join → the times of leaving seen with it, in order.
        self.seen: dict[tuple[datetime, str, str], list[datetime | None]] = {}
        self.tally: Counter[str] = Counter()
        self.people: set[int] = set()
        self.links: dict[str, Any] = {}

    def _report(self) -> int:
        """The report that the lines belong to: that of the same file before, or a new one, which goes with this import."""
        query = select(AttendanceReport).where(AttendanceReport.run_id == self.run.id)
        report = db.session.scalar(query.where(AttendanceReport.sha256 == self.about.sha256))
        if report is not None:
            self._refuse_read_otherwise(report.id)
            return report.id
        report = AttendanceReport(
            run_id=self.run.id,
            tool=self.about.tool,
            file_name=self.file_name,
            sha256=self.about.sha256,
            lines=0,
            added=0,
            imported_at=self.at,
            imported_by=self.by.actor_name,
        )
        db.session.add(report)
        db.session.flush()
        self.about.report_id = report.id
        return report.id

    def _refuse_read_otherwise(self, report_id: int) -> None:
        """Read with other times, each line of the file would be another one, and stand there twice."""
        query = select(AttendanceImport.zone, AttendanceImport.day_order, ImportBatch.mapping)
        query = query.join(ImportBatch, ImportBatch.id == AttendanceImport.batch_id)
        first = db.session.execute(query.where(AttendanceImport.report_id == report_id)).first()
        if first is not None and tuple(first) != (self.about.zone, self.about.day_order, self.columns):
            raise RuleError(_("This file was imported before, and read in another way. Undo that import first."))

    def take(self, records: Sequence[Record]) -> list[Result]:
        """What each of these lines does, having done it when applying."""
        results: list[Result] = []
        new: list[Join] = []
        completed: list[Join] = []
        for record_ in records:
            result = Result(record_.record, record_.line, RowOutcome.UNCHANGED)
            results.append(result)
            try:
                join = self._read(record_, result)
            except Refused as refused:
                result.outcome, result.reason, result.cells = RowOutcome.REJECTED, refused.reason, record_.cells
                self.tally["rejected"] += 1
                continue
            self._decide(join, result)
            if result.outcome in (RowOutcome.CREATE, RowOutcome.UNSURE):
                new.append(join)
            elif result.outcome is RowOutcome.UPDATE:
                completed.append(join)
        if self.apply:
            self._write(new, completed)
        return results

    def finish(self) -> None:
        """Counts everybody anew, and says in the log what came in."""
        if not self.apply:
            return
        added = self.tally["rows_added"]
        report = db.session.get_one(AttendanceReport, self.report_id)
        report.lines, report.added = max(report.lines, self.tally["join_rows"]), report.added + added
        changed = counting.recount(self.run, by=self.by, at=self.at)
        record(
            "attendance.import",
            by=self.by,
            at=self.at,
            object_type="run",
            object_id=self.run.id,
            object_name=self.run.event.title,
            event_id=self.run.event_id,
            changes={"rows": self.tally["join_rows"], "added": added, "people": len(changed)},
        )

    def counts(self) -> dict[str, Any]:
        """What the import found, by the names that scripts rely on."""
        names = (
            *("join_rows", "rows_added", "rows_completed", "rows_unchanged", "rows_repeated", "rejected", "staff_rows"),
            *("unmatched_rows", "join_rows_without_leave_time", "rows_matched_by_token", "rows_matched_by_address"),
            *("rows_matched_by_name", "rows_matched_by_hand", "rows_outside"),
        )
        return {**{name: self.tally[name] for name in names}, "people": len(self.people)}

    def _cell(self, record_: Record, key: str) -> str:
        at = self.columns.get(key)
        return record_.cells[at] if at is not None and at < len(record_.cells) else ""

    def _read(self, record_: Record, result: Result) -> Join:
        name = cells.cell_text(self._cell(record_, "name"))
        result.label, result.key = name[:200], cells.cell_text(self._cell(record_, "address"))[:254]
        if len(record_.cells) > self.width and any(cell.strip() for cell in record_.cells[self.width :]):
            raise Refused("too_many_columns")
        if len(name) > SHORT["name"]:
            raise Refused("too_long:name")
        address = cells.address(self._cell(record_, "address"))
        result.key = address or result.key
        zone, order = self.about.zone, self.about.day_order
        joined = cells.moment(self._cell(record_, "joined"), zone, order)
        left = cells.moment(self._cell(record_, "left"), zone, order)
        if joined is None:
            raise Refused("no_join_time")
        if left is not None and left < joined:
            raise Refused("left_before_joined")
        if cells.cell_text(self._cell(record_, "waiting")).casefold() in ("yes", "ja", "oui", "true"):
            raise Refused("in_waiting_room")
        found = self.roster.by_address(token_in(self._cell(record_, "token")), address)
        is_staff = found is None and (cells.is_staff_role(self._cell(record_, "role")) or self.staff.has(address))
        if found is None and not is_staff:
            found = self.roster.by_name(name, address)
        asked, answered = cells.count(self._cell(record_, "asked")), cells.count(self._cell(record_, "answered"))
        answered = min(answered, asked) if answered is not None and asked is not None else None
        return Join(joined, left, name, address, found, is_staff, asked, answered)

    def _decide(self, join: Join, result: Result) -> None:
        self.tally["join_rows"] += 1
        result.object_id = join.found.enrolment_id if join.found else None
        result.changes = {"joined": ["", self._local(join.joined_at)], "left": ["", self._local(join.left_at)]}
        self._say_who(join, result)
        if join.left_at is None:
            self.tally["join_rows_without_leave_time"] += 1
            result.warnings.append(["no_leave_time", ""])
        end = rules.end_of(Said(IntervalSource.IMPORT, join.joined_at, join.left_at), self.slots)
        if not rules.clip(Span(join.joined_at, end), self.slots):
            self.tally["rows_outside"] += 1
            result.warnings.append(["outside_slots", ""])
        name = (join.joined_at, join.name, join.address)
        leaves = self.seen.setdefault(name, [])
        if join.left_at in leaves:
            result.outcome = RowOutcome.REPEAT
            self.tally["rows_repeated"] += 1
            return
        join.key = counting.fingerprint("import", *name, len(leaves))
        leaves.append(join.left_at)
        self._compare(join, result)

    def _compare(self, join: Join, result: Result) -> None:
        """What is new of a line: all of it, the time of leaving, or nothing."""
        if join.key not in self.stored:
            result.outcome = RowOutcome.CREATE if join.found or join.is_staff else RowOutcome.UNSURE
            result.reason = "" if result.outcome is RowOutcome.CREATE else "not_enrolled"
            self.tally["rows_added"] += 1
            return
        left, result.object_id = self.stored[join.key]
        if left is None and join.left_at is not None:
            result.outcome = RowOutcome.UPDATE
            self.tally["rows_completed"] += 1
        else:
            if left != join.left_at:
                result.warnings.append(["other_leave", ""])
            self.tally["rows_unchanged"] += 1

    def _say_who(self, join: Join, result: Result) -> None:
        if join.found is not None:
            how = join.found.how
            self.tally[f"rows_matched_by_{how.value}"] += 1
            self.people.add(join.found.enrolment_id)
            result.warnings.append(["matched", f"{MATCHED_LABELS[how]}: {self.names[join.found.enrolment_id]}"[:80]])
        elif join.is_staff:
            self.tally["staff_rows"] += 1
            result.warnings.append(["staff", ""])
        else:
            self.tally["unmatched_rows"] += 1

    def _local(self, moment: datetime | None) -> str:
        return f"{to_local(moment, self.zone):%Y-%m-%d %H:%M:%S}" if moment is not None else ""

    def _write(self, new: Sequence[Join], completed: Sequence[Join]) -> None:
        rows = [
            (
                *(self.run.id, join.found.enrolment_id if join.found else None, self.report_id, IntervalSource.IMPORT),
                *(join.key, join.joined_at, join.left_at, join.name, join.address, join.found.how if join.found else None),
                *(join.is_staff, join.asked, join.answered, self.at, self.by.actor_name),
            )
            for join in new
        ]
        insert_rows(AttendanceInterval, COLUMNS, rows)
        for join in completed:
            key = (AttendanceInterval.run_id == self.run.id, AttendanceInterval.key == join.key)
            db.session.execute(update(AttendanceInterval).where(*key).values(left_at=join.left_at))
