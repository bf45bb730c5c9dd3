"""How the forms look and what Excel lets into their cells: styles, drop-down lists, warnings.

Excel takes at most 32 characters for the title of a message, 255 for its text and for a list that
is written in the rule itself.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from openpyxl.formatting.rule import Rule as Highlight
from openpyxl.styles import Alignment, Border, Font, NamedStyle, PatternFill, Side
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.pagebreak import Break

if TYPE_CHECKING:
    from collections.abc import Iterable

    from openpyxl import Workbook

GUIDE = "Как заполнять"
TEXT = "@"
DATE = "DD.MM.YYYY"
MOMENT = "DD.MM.YYYY HH:MM"

_GUIDE_WIDTH = 74
_GUIDE_LETTERS = 70
"""Letters of a line of the guide, counted short."""
_LINE_HEIGHT = 15.5
"""In points."""
_LINE = Side(style="thin", color="999999")
GRID = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)
FONT = "Calibri"
PLAIN = Font(FONT, 11)
BOLD = Font(FONT, 11, bold=True)
TITLE = Font(FONT, 14, bold=True)
REQUIRED = PatternFill("solid", start_color="D6E4F0")
OPTIONAL = PatternFill("solid", start_color="F0F0F0")
MISSING = PatternFill("solid", end_color="FFE699")
WRONG = PatternFill("solid", end_color="F4B6B6")
HEADING = Alignment(horizontal="center", vertical="center", wrap_text=True)
WRAPPED = Alignment(vertical="top", wrap_text=True)
AT_LEFT = Alignment(horizontal="left", vertical="center", indent=1)
AT_RIGHT = Alignment(horizontal="right", vertical="center")
CENTRED = Alignment(horizontal="center", vertical="center")
UPRIGHT = Alignment(horizontal="center", vertical="bottom", text_rotation=90)


STYLES = ("клетка", "число", "дата", "отметка", "заголовок", "отвесно", "день")
"""Names of the styles of tables with many cells: quicker than to dress each cell."""

Kind = Literal["list", "whole", "decimal", "date", "custom"]


@dataclass(frozen=True, slots=True)
class Rule:
    """What cells take: a kind of Excel's data validation, its bounds, and what is told of it.

    `first` and `second` are formulas; a list is its first formula. A rule that is not `strict`
    asks and gives way. `error` is told when something else is typed, `hint` when a cell is chosen.
    """

    kind: Kind | None = None
    first: str | None = None
    second: str | None = None
    strict: bool = True
    error: str = ""
    hint: str = ""


def add_styles(book: Workbook) -> None:
    """Make the styles of `STYLES` known to a workbook."""
    cell: dict[str, Any] = {"border": GRID, "font": PLAIN, "number_format": TEXT}
    head: dict[str, Any] = {"border": GRID, "font": BOLD, "fill": REQUIRED}
    looks = (
        cell,
        cell | {"number_format": "General"},
        cell | {"number_format": DATE},
        cell | {"alignment": CENTRED},
        head | {"alignment": HEADING},
        head | {"alignment": UPRIGHT},
        head | {"alignment": UPRIGHT, "number_format": "DD.MM"},
    )
    for name, look in zip(STYLES, looks, strict=True):
        book.add_named_style(NamedStyle(name, **look))


def choice(items: Iterable[str], *, strict: bool = True, hint: str = "") -> Rule:
    """Let one of a few words in."""
    words = list(items)
    error = f"Выберите из списка: {', '.join(words)}." if strict else ""
    return Rule("list", f'"{",".join(words)}"', strict=strict, error=error, hint=hint)


def with_error(rule: Rule, error: str) -> Rule:
    """Tell otherwise what is wrong with what was typed."""
    return replace(rule, error=error)


def with_hint(rule: Rule, hint: str) -> Rule:
    """Tell more of a rule when a cell is chosen."""
    return replace(rule, hint=hint)


def set_rule(sheet: Any, rule: Rule, cells: str, title: str) -> None:
    """Put a rule on a range of cells; `title` heads its messages."""
    told = DataValidation(
        type=rule.kind,
        formula1=rule.first,
        formula2=rule.second,
        operator="between" if rule.second else None,
        allow_blank=True,
        showErrorMessage=rule.kind is not None,
        errorStyle="stop" if rule.strict else "warning",
        errorTitle=title[:32],
        error=rule.error or "Обычно здесь стоит другое. Оставить как есть?",
        showInputMessage=bool(rule.hint),
        promptTitle=title[:32] if rule.hint else None,
        prompt=rule.hint or None,
    )
    sheet.add_data_validation(told)
    told.add(cells)


def highlight(sheet: Any, cells: str, formula: str, fill: PatternFill = MISSING) -> None:
    """Colour the cells for which a formula, written for the first of them, holds."""
    style = DifferentialStyle(fill=fill)
    sheet.conditional_formatting.add(cells, Highlight("expression", dxf=style, formula=[formula]))


def put(sheet: Any, row: int, column: int, value: object) -> Any:
    """Write a value that is never a formula, whatever it begins with; return the cell."""
    cell = sheet.cell(row, column)
    if value not in {None, ""}:
        cell.value = value
        if isinstance(value, str):
            cell.data_type = "s"
    return cell


def write_guide(book: Workbook, title: str, lines: Iterable[str]) -> None:
    """Make the first sheet say how to fill the others; "" makes a gap, «# …» a heading."""
    sheet = book.worksheets[0]
    sheet.title = GUIDE
    sheet.column_dimensions["A"].width = _GUIDE_WIDTH
    sheet.sheet_view.showGridLines = False
    put(sheet, 1, 1, title).font = TITLE
    for row, line in enumerate(lines, start=3):
        cell = put(sheet, row, 1, line.removeprefix("# "))
        cell.alignment = WRAPPED
        # Programs other than Excel do not fit the heights of rows by themselves.
        sheet.row_dimensions[row].height = _LINE_HEIGHT * (1 + len(line) // _GUIDE_LETTERS)
        if line.startswith("# "):
            cell.font = BOLD
    _set_paper(sheet, landscape=False)


def fit_pages(sheet: Any, *, landscape: bool = True) -> None:
    """Set a sheet up for paper: A4, as wide as the page, as many pages as it takes."""
    _set_paper(sheet, landscape=landscape)
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True


def spread(sheet: Any, column: int, scale: int) -> None:
    """Set a sheet up as a left and a right page, the right one behind a column; scale in %."""
    _set_paper(sheet, landscape=True)
    sheet.page_setup.scale = scale
    sheet.col_breaks.append(Break(column))


def _set_paper(sheet: Any, *, landscape: bool) -> None:
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.orientation = "landscape" if landscape else "portrait"
    for side in ("left", "right", "top", "bottom"):
        setattr(sheet.page_margins, side, 0.4)
