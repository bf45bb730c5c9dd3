"""Where a finding is: the words a person reads and the references a program follows.

`where` reads «9А / Алгебра / 12.10.2025 / Иванов И.»; references are those of cli.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from docgen import russian
from docgen.core.findings import Finding, Severity, finding

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator, Mapping

    from docgen.journal.model import ClassJournal, Group, Period, SourceRef, Student, Subject
    from docgen.journal.preflight.norms import CheckNorms


@dataclass(frozen=True, slots=True)
class Skipped:
    """A rule that could not be checked, and why: a Russian clause after «не проверялось: »."""

    code: str
    reason: str

    @property
    def message(self) -> str:
        """The Russian sentence of reports."""
        return f"{self.code}: не проверялось: {self.reason}."


if TYPE_CHECKING:
    Outcome: TypeAlias = Finding | Skipped
    Rule: TypeAlias = Callable[[ClassJournal, CheckNorms], Iterator[Outcome]]


def report(
    journal: ClassJournal,
    code: str,
    row: object = None,
    *,
    subject: str = "",
    student: str = "",
    period: Period | None = None,
    severity: Severity | None = None,
    **params: object,
) -> Finding:
    """Make a finding about a row of the journal, or about a subject, a pupil, a period.

    What the row names (group, date, lesson number, pupil, subject, period) becomes the place; the
    keyword arguments stand in for what it does not name. Raises KeyError for an unknown code.
    """
    group = _group(journal, _field(row, "group_id"))
    subject_id = subject or _field(row, "subject_id") or (group.subject.subject_id if group else "")
    student_id = student or _field(row, "student_id")
    day: dt.date | None = getattr(row, "date", None)
    period = period or _period(journal, _field(row, "period"))
    number = getattr(row, "number", None)
    names = (
        journal.unit.class_id,
        subject_name(journal, subject_id),
        period.name if period else "",
        russian.date_numeric(day) if day else "",
        pupil_name(journal, student_id),
    )
    refs = {
        "class": journal.unit.class_id,
        "subject": subject_id,
        "group": group.group_id if group else "",
        "date": day.isoformat() if day else "",
        "number": "" if number is None else str(number),
        "student": student_id,
        "period": period.code if period else "",
        **source_refs(journal.sources, row),
    }
    return finding(
        code,
        " / ".join(filter(None, names)),
        severity=severity,
        refs={key: value for key, value in refs.items() if value},
        **params,
    )


def source_refs(sources: Mapping[int, SourceRef], row: object) -> dict[str, str]:
    """Tell the file, sheet and cell a row came from; nothing for a row that was made by hand."""
    source = sources.get(getattr(row, "source", 0))
    if source is None:
        return {}
    return {"file": source.file, "sheet": source.sheet, "cell": _field(row, "cell")}


def subject_name(journal: ClassJournal, subject_id: str) -> str:
    """Give the name of a subject; its id when the list of subjects does not hold it."""
    subject = journal.subjects.get(subject_id)
    return subject.name if subject else subject_id


def pupil_name(journal: ClassJournal, student_id: str) -> str:
    """«Иванов И.»; the id when the class's list does not hold the pupil."""
    for pupil in journal.pupils:
        if pupil.student_id == student_id:
            return short_name(pupil.student)
    return student_id


def short_name(student: Student) -> str:
    """«Иванов И.», with a plain space: it is read on screens."""
    return russian.initials_after(student.last, student.first).replace(russian.NBSP, " ")


def taught(journal: ClassJournal) -> dict[str, Subject]:
    """List the subjects of the class that had a lesson in the period, by id."""
    return {
        group.subject.subject_id: group.subject
        for group in journal.groups
        if journal.lessons.get(group.group_id)
    }


def _group(journal: ClassJournal, group_id: str) -> Group | None:
    return next((group for group in journal.groups if group.group_id == group_id), None)


def _period(journal: ClassJournal, code: str) -> Period | None:
    """Find the period of a final mark; exams and results close the year, the journal's period."""
    if not code:
        return None
    return next((period for period in journal.periods if period.code == code), journal.period)


def _field(row: Any, name: str) -> str:
    text: str = getattr(row, name, "")
    return text
