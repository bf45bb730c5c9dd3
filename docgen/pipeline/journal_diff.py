"""Compare the journal with what its volumes were printed from (BD-02): what to print again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

from docgen.core.progress import Progress
from docgen.journal.changes import Change, changes
from docgen.journal.content import content, digest
from docgen.journal.model import Period
from docgen.journal.store import Journal
from docgen.journal.view import find_class
from docgen.pipeline.printed import read_printed
from docgen.pipeline.scope import chosen_period
from docgen.pipeline.volume_cards import Series, VolumeCard, read_cards
from docgen.pipeline.volume_texts import copy_context, layout_digest, making_digest
from docgen.pipeline.workspace import Workspace


class State(StrEnum):
    """How a class's volumes of a period stand to the journal."""

    UNCHANGED = "unchanged"
    CHANGED = "changed"
    LAYOUT = "layout"
    UNKNOWN = "unknown"
    INCOMPLETE = "incomplete"
    UNPRINTED = "unprinted"
    GONE = "gone"

    @property
    def label(self) -> str:
        """What people read."""
        return _LABELS[self]

    @property
    def again(self) -> bool:
        """Whether the volumes must be printed again."""
        return self in {State.CHANGED, State.UNKNOWN, State.INCOMPLETE}


_LABELS = {
    State.UNCHANGED: "без изменений",
    State.CHANGED: "журнал изменился после печати",
    State.LAYOUT: "данные журнала те же, изменились настройки, шаблоны или версия программы",
    State.UNKNOWN: "напечатано прежней версией: что именно изменилось, неизвестно",
    State.INCOMPLETE: "не все тома на месте",
    State.UNPRINTED: "ещё не печатался",
    State.GONE: "такого класса в журнале больше нет",
}


@dataclass(frozen=True, slots=True)
class ClassDiff:
    """One class and period: state, differences, file names of its volumes, and if any is signed."""

    class_id: str
    period: Period
    state: State
    changes: tuple[Change, ...] = ()
    volumes: tuple[str, ...] = ()
    signed: bool = False

    def as_json(self) -> dict[str, object]:
        """The class in the JSON answer."""
        return {
            "class": self.class_id,
            "period": self.period.code,
            "state": self.state.value,
            "changes": [asdict(change) for change in self.changes],
            "volumes": list(self.volumes),
            "signed": self.signed,
        }


def again(diffs: Sequence[ClassDiff]) -> tuple[str, ...]:
    """The commands that print again what has to be."""
    wanted: dict[str, list[str]] = {}
    for item in diffs:
        if item.state.again:
            wanted.setdefault(item.period.code, []).append(item.class_id)
    return tuple(
        f"docgen bind {code} " + " ".join(f"--class {name}" for name in names)
        for code, names in wanted.items()
    )


def diff_printed(
    workspace: Workspace, period_code: str | None, classes: Sequence[str], progress: Progress
) -> tuple[ClassDiff, ...]:
    """Compare the classes' volumes of a period, or of every period that was printed.

    Raises UsageFault for a period or a class the journal does not have.
    """
    with workspace.open_journal() as journal:
        layout = layout_digest(workspace)
        work = list(_work(workspace, journal, period_code, classes))
        return tuple(
            _compare(workspace, journal, layout, period, class_id)
            for period, class_id in progress.track(
                work, title="Сравнение с напечатанным", total=len(work)
            )
        )


def _work(
    workspace: Workspace, journal: Journal, code: str | None, classes: Sequence[str]
) -> Iterator[tuple[Period, str]]:
    """Pairs to compare: with a named period every class, else those that were printed."""
    wanted = {find_class(journal, name).class_id for name in classes}
    for period in (chosen_period(journal, code),) if code else journal.periods():
        folder = workspace.volumes(period.year, period.code)
        printed = {card.class_id for card in read_cards(folder)}
        units = [unit.class_id for unit in journal.classes_of(period.code)] if code else []
        for class_id in dict.fromkeys((*units, *sorted(printed))):
            if not wanted or class_id in wanted:
                yield period, class_id


def _compare(
    workspace: Workspace, journal: Journal, layout: str, period: Period, class_id: str
) -> ClassDiff:
    folder = workspace.volumes(period.year, period.code)
    cards = read_cards(folder, class_id)
    if not cards:
        return ClassDiff(class_id, period, State.UNPRINTED)
    if class_id not in {unit.class_id for unit in journal.classes_of(period.code)}:
        return ClassDiff(class_id, period, State.GONE, volumes=tuple(card.file for card in cards))
    view = journal.class_journal(class_id, period.code)
    now = content(view)
    copy = copy_context(workspace.profile, view, digest(now))
    state, found = _judged(folder, cards, now, making_digest(layout, copy))
    names = tuple(card.file for series in Series for card in read_cards(folder, class_id, series))
    signed = any((folder / f"{name}.p7s").is_file() for name in names)
    return ClassDiff(class_id, period, state, found, names, signed)


def _judged(
    folder: Path, cards: Sequence[VolumeCard], now: bytes, made_from: str
) -> tuple[State, tuple[Change, ...]]:
    first = cards[0]
    standing = {card.volume for card in cards if (folder / card.file).is_file()}
    whole = standing == set(range(1, first.volumes + 1))
    if whole and all(card.made_from == made_from for card in cards):
        return State.UNCHANGED, ()
    if first.content == digest(now):
        return (State.LAYOUT if whole else State.INCOMPLETE), ()
    printed = read_printed(folder, first.class_id, first.period, first.content)
    if printed is None:
        return State.UNKNOWN, ()
    return (State.CHANGED if whole else State.INCOMPLETE), changes(printed, now)
