"""What a person finds on a medium without any program: ОПИСАНИЕ.txt and index.html.

Everything is static, with relative links, and depends on the arguments alone.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

_STYLE = """\
body{font:16px/1.5 "PT Serif",Georgia,serif;color:#1d1d1b;background:#faf8f3;margin:0}
main{max-width:56rem;margin:0 auto;padding:2.5rem 1.5rem}
h1{font-size:1.7rem;line-height:1.25;margin:0 0 .3rem}
h2{font-size:1.15rem;margin:2rem 0 .5rem}
.sub{color:#6b675e;margin:0 0 1.5rem}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1.25rem;margin:0}
dt{color:#6b675e}dd{margin:0;overflow-wrap:anywhere}
table{border-collapse:collapse;width:100%}
th{text-align:left;font-weight:normal;color:#6b675e}
td,th{border-bottom:1px solid #ddd7ca;padding:.35rem .5rem .35rem 0;vertical-align:top}
td.n,th.n{text-align:right;white-space:nowrap}
a{color:#1b4f8a}code{font-size:.85em;overflow-wrap:anywhere}
"""


def russian_date(day: dt.date) -> str:
    """Write a date as papers do: 31.12.2031."""
    return day.strftime("%d.%m.%Y")


def russian_size(count: int) -> str:
    """Write a size in decimal units as on the box of a medium: «35,2 МБ»."""
    size, unit = float(count), "байт"
    for larger in ("КБ", "МБ", "ГБ", "ТБ"):
        if size < 1000:  # noqa: PLR2004 - the step of decimal units
            break
        size, unit = size / 1000, larger
    return f"{count} байт" if unit == "байт" else f"{size:.1f} {unit}".replace(".", ",")


def page(title: str, subtitle: str, facts: Mapping[str, str], sections: Sequence[str]) -> bytes:
    """Put one HTML page together; `sections` are finished HTML, all else is plain text."""
    rows = "\n".join(
        f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in facts.items()
    )
    return (
        '<!DOCTYPE html>\n<html lang="ru">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>\n{_STYLE}</style>\n</head>\n<body>\n<main>\n"
        f'<h1>{escape(title)}</h1>\n<p class="sub">{escape(subtitle)}</p>\n'
        f"<dl>\n{rows}\n</dl>\n" + "\n".join(sections) + "\n</main>\n</body>\n</html>\n"
    ).encode()


def file_table(heading: str, rows: Sequence[tuple[str, str, str]]) -> str:
    """Lay out files as an HTML table: rows of link target, shown name and size in words."""
    body = "\n".join(
        f'<tr><td><a href="{escape(target)}">{escape(name)}</a></td>'
        f'<td class="n">{escape(size)}</td></tr>'
        for target, name, size in rows
    )
    return (
        f"<h2>{escape(heading)}</h2>\n<table>\n"
        f'<tr><th>Файл</th><th class="n">Объём</th></tr>\n{body}\n</table>'
    )


def link(target: str, name: str) -> str:
    """Make a link of HTML; both are plain text."""
    return f'<a href="{escape(target)}">{escape(name)}</a>'


def table(heading: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Lay out an HTML table; the cells of `rows` are finished HTML, all else is plain text."""
    head = "".join(f"<th>{escape(name)}</th>" for name in columns)
    body = "\n".join(
        "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>" for cells in rows
    )
    return f"<h2>{escape(heading)}</h2>\n<table>\n<tr>{head}</tr>\n{body}\n</table>"


def facts_as_text(facts: Mapping[str, str]) -> str:
    """Names and values one a line, aligned for a plain text file."""
    width = max(map(len, facts), default=0) + 1
    return "\n".join(f"{name + ':':<{width}} {value}" for name, value in facts.items())
