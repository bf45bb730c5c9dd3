"""JSON as the systems answer it, walked with the pointer at hand (RFC 6901) for messages.

Readers are tolerant where servers are: a number may be text and text a number, an empty object may
come as an empty list, a list as an object with the keys 0, 1, 2. All else is one InputFault.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import TYPE_CHECKING, Any, NoReturn

from docgen.core.errors import InputFault
from docgen.journal.codes import tidy
from docgen.journal.sources import saved_answers, values
from docgen.journal.sources.rows import Part
from docgen.journal.sources.values import Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from docgen.journal.sources.containers import Member

VALUES_LIMIT = 1_000_000
"""Values one answer may hold; a class's quarter holds 100,000. Each takes some 250 bytes here."""

_AGAIN = "Сохраните этот ответ из журнала ещё раз; сам файл не правьте."
_SHOWN = 60
"""Letters of a foreign value or key that are shown."""
_SUSPECT = re.compile(r"\\u(?:d[89a-f]|0000)", re.IGNORECASE)
"""Escapes of lone surrogates and of NUL, which no store or page can hold."""
_COMPACT_DATE = re.compile(r"(20\d\d)(\d\d)(\d\d)", re.ASCII)


class Node:
    """A value of a JSON answer with its place: `where` reads «файл: /weekDays/0/date»."""

    __slots__ = ("file", "pointer", "value")

    def __init__(self, value: Any, file: str, pointer: str = "") -> None:
        self.value = value
        self.file = file
        self.pointer = pointer

    @property
    def where(self) -> str:
        """The place for people."""
        return f"{self.file}: {self.pointer or '/'}"

    def fault(self, message: str) -> NoReturn:
        """Raise InputFault for what stands here."""
        raise InputFault(message, where=self.where, remedy=_AGAIN)

    def _not(self, expected: str) -> NoReturn:
        kinds = {
            dict: "объект", list: "список", str: "текст", bool: "да/нет", type(None): "пусто"
        }  # fmt: skip
        self.fault(f"Ответ устроен не так: здесь нужно {expected}, а стоит "
                   f"{kinds.get(type(self.value), 'число')}.")  # fmt: skip

    def _at(self, key: str, value: Any) -> Node:
        shown = key[:_SHOWN].replace("~", "~0").replace("/", "~1")
        return Node(value, self.file, f"{self.pointer}/{shown}")

    def __getitem__(self, key: str) -> Node:
        """Take a member of an object; one that is not there is empty."""
        if self.value is None or self.value == []:
            return self._at(key, None)
        if not isinstance(self.value, dict):
            self._not("объект")
        return self._at(key, self.value.get(key))

    def __contains__(self, key: str) -> bool:
        """Whether an object has the member; anything else has none."""
        return isinstance(self.value, dict) and key in self.value

    def __bool__(self) -> bool:
        """Whether anything stands here."""
        return self.value is not None and self.value not in ("", [], {})

    def items(self) -> Iterator[tuple[str, Node]]:
        """Walk the members of an object."""
        if not self:
            return
        if not isinstance(self.value, dict):
            self._not("объект")
        for key, value in self.value.items():
            yield key, self._at(key, value)

    def each(self) -> Iterator[Node]:
        """Walk a list."""
        if not self:
            return
        value = self.value
        if isinstance(value, dict) and all(key.isdigit() for key in value):
            yield from (self._at(key, item) for key, item in value.items())
            return
        if not isinstance(value, list):
            self._not("список")
        for place, item in enumerate(value):
            yield self._at(str(place), item)

    def text(self) -> str:
        """Read text or a number, "" when empty; white space is collapsed."""
        value = self.value
        if value is None:
            return ""
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            self._not("текст")
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        return tidy(str(value))

    def need(self) -> str:
        """Read text that has to be there."""
        return self.text() or self.fault("Обязательное значение не заполнено.")

    def number(self) -> float | None:
        """Read a number, None when empty."""
        text = self.text()
        return self._read(values.number, text) if text else None

    def whole(self) -> int | None:
        """Read a whole number that is not negative, None when empty."""
        text = self.text()
        return self._read(values.whole, text) if text else None

    def flag(self) -> bool:
        """Read yes or no; empty is no."""
        if isinstance(self.value, bool):
            return self.value
        text = self.text()
        return bool(self._read(values.yes_no, text)) if text else False

    def day(self) -> dt.date:
        """Read a date that has to be there: ISO, ДД.ММ.ГГГГ or ГГГГММДД; a time does not matter."""
        return date_of(self.need(), self)

    def moment(self) -> str:
        """Read a date with or without a time as ISO text, "" when empty."""
        text = self.text()
        return str(self._read(values.moment, text)) if text else ""

    def _read(self, reader: Any, text: str) -> Any:
        try:
            return reader(text)
        except Unreadable as fault:
            expected = "дата" if fault.code == "IM-01" else fault.expected
            self.fault(f"Значение «{text[:_SHOWN]}» не читается: здесь нужно – {expected}.")


def date_of(text: str, node: Node) -> dt.date:
    """Read a date that stands in a key or a list; `node` is its place for the message."""
    compact = _COMPACT_DATE.fullmatch(text)
    found: dt.date = node._read(values.day, "-".join(compact.groups()) if compact else text)  # noqa: SLF001 - one module
    return found


def answer(member: Member) -> tuple[Part, Node]:
    """Read a JSON answer.

    Raises InputFault for what is no JSON, is nested too deep, or has an object with one key twice.
    """
    data, sha256 = saved_answers.content(member)
    text = saved_answers.decoded(data)
    if text is None:
        raise _no_json(member, "кодировка не UTF-8 и не windows-1251")
    if sum(map(text.count, ",[{")) > VALUES_LIMIT:
        raise InputFault(
            f"В ответе больше {VALUES_LIMIT} значений: ответы журнала такими не бывают.",
            where=member.address,
            remedy="Сохраните ответ за меньший срок или по одному классу.",
        )
    doubled: list[tuple[dict[str, Any], str]] = []

    def build(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        built: dict[str, Any] = {}
        for key, value in pairs:
            if key in built and built[key] != value:
                doubled.append((built, key))
            built[key] = value
        return built

    try:
        value = json.loads(text, object_pairs_hook=build, parse_constant=_no_constant)
    except json.JSONDecodeError as fault:
        where = f"строка {fault.lineno}, знак {fault.colno}"
        raise _no_json(member, f"обрывается или испорчен ({where})") from fault
    except (ValueError, RecursionError) as fault:
        raise _no_json(member, "числа или вложенность, каких в журнале нет") from fault
    root = Node(value, member.address)
    if _SUSPECT.search(text) and not _writable(value):
        raise _no_json(member, "знаки, каких в тексте не бывает")
    if doubled:
        _find(root, *doubled[0]).fault("Один и тот же ключ стоит в объекте дважды, по-разному.")
    return Part(member.address, "", sha256), root


def _writable(value: Any) -> bool:
    """Whether all text can be written as UTF-8 and holds no NUL."""
    try:
        return b"\\u0000" not in json.dumps(value, ensure_ascii=False).encode()
    except (UnicodeEncodeError, RecursionError):
        return False


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _no_json(member: Member, why: str) -> InputFault:
    return InputFault(f"Файл не читается как JSON: {why}.", where=member.address, remedy=_AGAIN)


def _find(root: Node, wanted: dict[str, Any], key: str) -> Node:
    """Find the place of a key of an object that was parsed."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node.value is wanted:
            return node[key]
        if isinstance(node.value, dict):
            waiting.extend(child for _, child in node.items())
        elif isinstance(node.value, list):
            waiting.extend(node.each())
    return root
