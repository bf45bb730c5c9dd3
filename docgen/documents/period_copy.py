"""The paper copy of one class for one period: its sections and their order (R1, R7)."""

from __future__ import annotations

from docgen.documents import attendance, summary
from docgen.documents.copy import CopyContext
from docgen.documents.marks import marks_sheets, subject_title
from docgen.documents.topics import staff_name, topics_sheet
from docgen.journal.model import ClassJournal, Group
from docgen.rendering.sheet import Section


def sections(journal: ClassJournal, copy: CopyContext) -> tuple[Section, ...]:
    """All sections between the contents and the inventory, in the order of the curriculum.

    A group without a single lesson in the period has no sheets: there is nothing to sign.
    """
    units = tuple(
        _unit(journal, group, copy)
        for group in journal.groups
        if journal.lessons.get(group.group_id)
    )
    return (
        *units,
        Section(
            title="Сведения о пропущенных уроках",
            sheets=tuple(attendance.daily_sheets(journal, copy)),
            note=copy.class_teacher,
        ),
        Section(
            title="Сводная ведомость учёта посещаемости",
            sheets=tuple(attendance.summary_sheets(journal, copy)),
            note=copy.class_teacher,
        ),
        Section(
            title="Сводная ведомость учёта успеваемости",
            sheets=tuple(summary.summary_sheets(journal, copy)),
            note=copy.class_teacher,
        ),
    )


def _unit(journal: ClassJournal, group: Group, copy: CopyContext) -> Section:
    teacher = ", ".join(
        filter(None, (staff_name(journal.staff.get(key)) for key in group.teacher_ids))
    )
    return Section(
        title=subject_title(group),
        sheets=(
            *marks_sheets(journal, group, copy, teacher),
            topics_sheet(journal, group, copy, teacher),
        ),
        note=teacher,
    )
