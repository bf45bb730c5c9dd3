"""What a person finds on a medium without any program: ОПИСАНИЕ.txt and index.html.

Everything is static, with relative links, and depends on the arguments alone.
"""

from __future__ import annotations

import textwrap
from html import escape
from typing import TYPE_CHECKING

from archive.names import DESCRIPTION_NAME

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

AUTHENTICITY = """\
КАК ПРОВЕРИТЬ ПОДЛИННОСТЬ
Совпавшие суммы доказывают одно: файлы подходят к спискам. Кто подделал файл, мог переписать и
списки. Подлинность доказывают бумага с живыми подписями и электронная печать."""
"""How the section of ОПИСАНИЕ.txt begins that tells how to detect a forgery."""

SEAL_ANSWER = """\
В Windows команда пишется в одну строку, без «\\», и вместо /dev/null в ней NUL.
Ответ «CMS Verification successful» доказывает: этот список подписал владелец сертификата, который
ведёт к корневому сертификату evidence/trust-1.pem, и с тех пор список не менялся. Он не
доказывает, что сам корневой сертификат настоящий (подделавший мог положить свой) и что подпись
поставлена, пока сертификат действовал: его срок короче срока хранения, и -no_check_time его не
смотрит. Поэтому решает бумага. Подпись по ГОСТ Р 34.10-2012 проверяет openssl с модулем gost;
ответ «decode error» или «unsupported» без модуля ничего о ней не говорит."""
"""What the answer of openssl proves, and what it does not."""

CHECKING = (
    f"Как проверить, что ничего не изменилось и что дело подлинное, написано в файле"
    f' <a href="{DESCRIPTION_NAME}">{DESCRIPTION_NAME}</a>.'
)
"""A sentence of HTML for the foot of a page."""

_WIDTH = 100  # signs in a line of ОПИСАНИЕ.txt

_STYLE = """\
body{font:16px/1.5 "PT Serif",Georgia,serif;color:#1d1d1b;background:#faf8f3;margin:0}
main{max-width:56rem;margin:0 auto;padding:2.5rem 1.5rem}
h1{font-size:1.7rem;line-height:1.25;margin:0 0 .3rem}
h2{font-size:1.15rem;margin:2rem 0 .5rem}
.sub{color:#6b675e;margin:0 0 1.5rem}
dl{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:.25rem 1.25rem;margin:0}
dt{color:#6b675e}dd{margin:0;overflow-wrap:break-word}
table{border-collapse:collapse;width:100%}
th{text-align:left;font-weight:normal;color:#6b675e}
td,th{border-bottom:1px solid #ddd7ca;padding:.35rem .5rem .35rem 0;vertical-align:top}
td.n,th.n{text-align:right;white-space:nowrap}
a{color:#1b4f8a}code{font-size:.85em;overflow-wrap:break-word}
@media(max-width:40rem){
main{padding:1.25rem 1rem}dl{display:block}dd{margin-bottom:.5rem}
table,tbody,tr,td{display:block}tr.head{display:none}
tr{border-bottom:1px solid #ddd7ca;padding:.5rem 0}
td,td.n{border:0;padding:0;text-align:left;white-space:normal;overflow-wrap:break-word}
td[title]:not(:empty)::before{content:attr(title) ": ";color:#6b675e}
}
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
        f'<tr class="head"><th>Файл</th><th class="n">Объём</th></tr>\n{body}\n</table>'
    )


def link(target: str, name: str) -> str:
    """Make a link of HTML; both are plain text."""
    return f'<a href="{escape(target)}">{escape(name)}</a>'


def table(heading: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Lay out an HTML table; the cells of `rows` are finished HTML, all else is plain text.

    On a narrow screen every row is a block, and all cells but its first say their column.
    """
    head = "".join(f"<th>{escape(name)}</th>" for name in columns)
    titles = ["", *(f' title="{escape(name)}"' for name in columns[1:])]
    body = "\n".join(
        "<tr>"
        + "".join(f"<td{title}>{cell}</td>" for title, cell in zip(titles, cells, strict=True))
        + "</tr>"
        for cells in rows
    )
    return f'<h2>{escape(heading)}</h2>\n<table>\n<tr class="head">{head}</tr>\n{body}\n</table>'


def legend(signs: Mapping[str, Mapping[str, str]]) -> str:
    """Explain the signs in tables, as HTML: heading, then sign and meaning."""
    return "\n".join(
        f"<h2>{escape(heading)}</h2>\n<dl>\n"
        + "\n".join(
            f"<dt>{escape(sign)}</dt><dd>{escape(text)}</dd>" for sign, text in rows.items()
        )
        + "\n</dl>"
        for heading, rows in signs.items()
    )


def legend_as_text(signs: Mapping[str, Mapping[str, str]]) -> str:
    """Write the same for a plain text file; it begins and ends with a line end."""
    lines = [""]
    for heading, rows in signs.items():
        width = max(map(len, rows))
        lines.append(heading.upper())
        lines += [f"  {sign:<{width}}  {text}" for sign, text in rows.items()]
        lines.append("")
    return "\n".join(lines)


def facts_as_text(facts: Mapping[str, str]) -> str:
    """Names and values, aligned for a plain text file; long values go on below themselves."""
    width = max(map(len, facts), default=0) + 1
    return "\n".join(
        wrapped(f"{name + ':':<{width}} {value}", indent=width + 1) for name, value in facts.items()
    )


def wrapped(text: str, *, indent: int = 0) -> str:
    """Break a text into the lines of ОПИСАНИЕ.txt, all but the first indented; words stay whole."""
    return textwrap.fill(
        text,
        _WIDTH,
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
