"""The same pages through six engines: ours, the limit, and those people would take instead."""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable, Sequence
from functools import cache

from data import LESSONS, PUPILS, SUBJECTS, Unit

from docgen.binding.plan import Printing, plan_volumes
from docgen.binding.subset import subset_program, to_unicode
from docgen.binding.writer import volume_bytes
from docgen.documents.copy import CopyContext
from docgen.rendering.blank import BlankBook
from docgen.rendering.fonts import open_face, shipped_faces
from docgen.rendering.sheet import BlankReference, Flow, Grid, Line, Section, Sheet

WIDTH, HEIGHT = 842, 595
Engine = Callable[[Sequence[Unit]], bytes]


@cache
def _blanks() -> BlankBook:
    return BlankBook(
        {
            "binding": 25,
            "deputy_position": "Заместитель директора",
            "certification": "Верно.",
            "certifying": "В деле подшито:",
        }
    )


def ours(units: Sequence[Unit]) -> bytes:
    """Blank and entries, PDF/A-2b, with contents, inventory, certifying sheet on top."""
    faces = {style: open_face(path) for style, path in shipped_faces().items()}
    texts = dict.fromkeys(set(CopyContext.__dataclass_fields__) - {"columns"}, "показ")
    context = CopyContext(**texts, columns=LESSONS)
    plans = plan_volumes(
        [Section(unit.title, tuple(_our_sheets(unit))) for unit in units],
        context,
        _blanks(),
        faces,
        Printing(max_sheets=100_000),
        lambda *_: "показ",
    )
    (plan,) = plans
    return volume_bytes(plan, faces)


def _our_sheets(unit: Unit) -> list[Sheet]:
    order = tuple((str(number),) for number in range(1, PUPILS + 1))
    names = tuple((name,) for name in unit.names)
    title = Sheet(BlankReference.of("title-sheet"), (Line("school", unit.title),))
    grids = [
        Sheet(
            BlankReference.of("marks-sheet", rows=PUPILS, columns=LESSONS, results=0),
            (
                Line("heading", unit.title),
                Grid("days", (unit.days,)),
                Grid("order", order),
                Grid("names", names),
                Grid("marks", marks),
            ),
        )
        for marks in unit.marks
    ]
    slots = ("number", "date", "topic", "kind", "homework", "hours", "substitution")
    topics = [
        Sheet(
            BlankReference.of("topics-sheet"),
            (Line("heading", unit.title),),
            Flow(slots, tuple((n, day, topic, "", work, "1", "") for n, day, topic, work in rows)),
        )
        for rows in unit.topics
    ]
    finals = Sheet(
        BlankReference.of("period-summary", rows=PUPILS, columns=SUBJECTS),
        (
            Line("heading", unit.title),
            Grid("order", order),
            Grid("names", names),
            Grid("marks", unit.finals),
        ),
    )
    return [title, *grids, *topics, finals]


# --- pages as lists of lines and texts, for the engines that draw ----------------------------

Texts = list[tuple[float, float, float, str]]
Lines = list[tuple[float, float, float, float]]


def drawn_pages(unit: Unit) -> list[tuple[Texts, Lines]]:
    """The six pages as texts (x, y, size, text) and rules (x1, y1, x2, y2), points."""
    pages: list[tuple[Texts, Lines]] = [([(300, 400, 24, unit.title)], [])]
    pages += [_grid(unit, marks, unit.days) for marks in unit.marks]
    for rows in unit.topics:
        texts: Texts = [(40, 560, 13, unit.title)]
        lines: Lines = []
        y = 530.0
        for number, day, topic, work in rows:
            texts += [(42, y, 9, number), (70, y, 9, day)]
            texts += [(130, y - 11 * i, 9, part) for i, part in enumerate(_wrapped(topic, 60))]
            texts += [(480, y - 11 * i, 9, part) for i, part in enumerate(_wrapped(work, 50))]
            y -= 30
            lines.append((40, y + 10, 800, y + 10))
        pages.append((texts, lines))
    pages.append(_grid(unit, unit.finals, tuple(str(n) for n in range(SUBJECTS))))
    return pages


def _wrapped(text: str, width: int) -> list[str]:
    lines = [""]
    for word in text.split():
        if len(lines[-1]) + len(word) > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def _grid(
    unit: Unit, cells: tuple[tuple[str, ...], ...], heads: tuple[str, ...]
) -> tuple[Texts, Lines]:
    step = 600 / len(heads)
    texts: Texts = [(40, 560, 13, unit.title)]
    texts += [(205 + step * column, 530, 8, head) for column, head in enumerate(heads)]
    for row, (name, marks) in enumerate(zip(unit.names, cells, strict=True)):
        y = 515 - 14 * row
        texts.append((45, y, 9, name))
        texts += [(205 + step * n, y, 9, mark) for n, mark in enumerate(marks) if mark]
    lines: Lines = [(40, 525 - 14 * row, 800, 525 - 14 * row) for row in range(PUPILS + 1)]
    lines += [(200 + step * n, 105, 200 + step * n, 540) for n in range(len(heads) + 1)]
    return texts, lines


def limit(units: Sequence[Unit]) -> bytes:
    """Raw content streams, cached strings, one font subset, no PDF/A: the floor."""
    face = open_face(shipped_faces()["regular"])
    used: set[int] = set()
    cache_: dict[str, str] = {}

    def shown(text: str) -> str:
        code = cache_.get(text)
        if code is None:
            run = face.measure(text)
            used.update(run.glyphs)
            code = cache_[text] = f"<{run.hex}> Tj"
        return code

    streams = []
    for unit in units:
        for texts, lines in drawn_pages(unit):
            rules = " ".join(f"{a:.1f} {b:.1f} m {c:.1f} {d:.1f} l" for a, b, c, d in lines)
            words = "\n".join(
                f"/F {size:g} Tf 1 0 0 1 {x:.1f} {y:.1f} Tm {shown(text)}"
                for x, y, size, text in texts
            )
            streams.append(zlib.compress(f"{rules} S\nBT\n{words}\nET".encode("ascii")))
    return _raw_pdf(streams, face, used)


def _raw_pdf(streams: list[bytes], face: object, used: set[int]) -> bytes:
    objects: list[bytes] = []

    def add(body: bytes) -> int:
        objects.append(body)
        return len(objects)

    def stream(data: bytes, extra: bytes = b"") -> int:
        head = b"<< /Length %d %s>> stream\n" % (len(data), extra)
        return add(head + data + b"\nendstream")

    program = zlib.compress(subset_program(face, used))  # type: ignore[arg-type]
    font_file = stream(program, b"/Filter /FlateDecode ")
    unicode_map = stream(zlib.compress(to_unicode(face, used - {0})), b"/Filter /FlateDecode ")  # type: ignore[arg-type]
    descriptor = add(
        b"<< /Type /FontDescriptor /FontName /AAAAAA+Face /Flags 4 /FontBBox [0 0 1 1] "
        b"/ItalicAngle 0 /Ascent 900 /Descent -200 /CapHeight 700 /StemV 80 /FontFile2 %d 0 R >>"
        % font_file
    )
    widths = " ".join(f"{g} [{face.advance(g):.0f}]" for g in sorted(used)).encode()  # type: ignore[attr-defined]
    descendant = add(
        b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /AAAAAA+Face /CIDSystemInfo << /Registry "
        b"(Adobe) /Ordering (Identity) /Supplement 0 >> /CIDToGIDMap /Identity /W [%s] "
        b"/FontDescriptor %d 0 R >>" % (widths, descriptor)
    )
    font = add(
        b"<< /Type /Font /Subtype /Type0 /BaseFont /AAAAAA+Face /Encoding /Identity-H "
        b"/DescendantFonts [%d 0 R] /ToUnicode %d 0 R >>" % (descendant, unicode_map)
    )
    parent = len(objects) + 2 * len(streams) + 1
    kids = []
    for data in streams:
        content = stream(data, b"/Filter /FlateDecode ")
        kids.append(
            add(
                b"<< /Type /Page /Parent %d 0 R /MediaBox [0 0 %d %d] /Contents %d 0 R "
                b"/Resources << /Font << /F %d 0 R >> >> >>"
                % (parent, WIDTH, HEIGHT, content, font)
            )
        )
    listed = b" ".join(b"%d 0 R" % kid for kid in kids)
    add(b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(kids), listed))
    root = add(b"<< /Type /Catalog /Pages %d 0 R >>" % parent)
    out = io.BytesIO()
    out.write(b"%PDF-1.7\n")
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n" % number + body + b"\nendobj\n")
    table = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    out.writelines(b"%010d 00000 n \n" % place for place in places)
    out.write(
        b"trailer << /Size %d /Root %d 0 R >>\nstartxref\n%d\n%%%%EOF\n"
        % (len(objects) + 1, root, table)
    )
    return out.getvalue()


def reportlab_canvas(units: Sequence[Unit]) -> bytes:
    """The canvas of reportlab, no PDF/A."""
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont
    from reportlab.pdfgen.canvas import Canvas

    pdfmetrics.registerFont(TTFont("Face", str(shipped_faces()["regular"])))
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(WIDTH, HEIGHT))
    for unit in units:
        for texts, lines in drawn_pages(unit):
            canvas.lines(lines)
            for x, y, size, text in texts:
                canvas.setFont("Face", size)
                canvas.drawString(x, y, text)
            canvas.showPage()
    canvas.save()
    return out.getvalue()


def typst_tables(units: Sequence[Unit]) -> bytes:
    """Tables of typst, PDF/A-2b."""
    import typst

    def table(widths: str, rows: Sequence[Sequence[str]]) -> str:
        cells = ", ".join(f"[{cell}]" for row in rows for cell in row)
        return f"#table(columns: ({widths}), inset: 2pt, {cells})\n"

    source = [
        "#set page(width: 842pt, height: 595pt, margin: 28pt)\n",
        '#set text(font: "Liberation Serif", size: 8pt, lang: "ru")\n',
    ]
    for unit in units:
        pages = [f"#align(center + horizon)[#text(24pt)[{unit.title}]]\n"]
        for marks in unit.marks:
            rows = [("", *unit.days)]
            rows += [(name, *row) for name, row in zip(unit.names, marks, strict=True)]
            pages.append(table("120pt" + ", 1fr" * LESSONS, rows))
        pages += [table("24pt, 60pt, 2fr, 1fr", rows) for rows in unit.topics]
        finals = [(name, *row) for name, row in zip(unit.names, unit.finals, strict=True)]
        pages.append(table("120pt" + ", 1fr" * SUBJECTS, finals))
        source.append("#pagebreak()\n".join(pages) + "#pagebreak(weak: true)\n")
    result: bytes = typst.compile(
        "".join(source).encode(),
        pdf_standards=["a-2b"],
        font_paths=[str(shipped_faces()["regular"].parent)],
    )
    return result


def weasyprint_tables(units: Sequence[Unit]) -> bytes:
    """WeasyPrint with plain tables, PDF/A-2b: what most people would write first."""
    import weasyprint

    def table(rows: Sequence[Sequence[str]]) -> str:
        body = "".join(
            "<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows
        )
        return f"<table>{body}</table>"

    pages = []
    for unit in units:
        pages.append(f"<h1>{unit.title}</h1>")
        pages += [
            table([(name, *row) for name, row in zip(unit.names, marks, strict=True)])
            for marks in (*unit.marks, unit.finals)
        ]
        pages += [table(rows) for rows in unit.topics]
    style = (
        "@page{size:842pt 595pt;margin:28pt}table{width:100%;border-collapse:collapse;"
        "table-layout:fixed;break-after:page}td{border:.3pt solid;font-size:8pt}"
        "h1{break-after:page}"
    )
    html = f"<style>{style}</style>" + "".join(pages)
    result: bytes = weasyprint.HTML(string=html).write_pdf(pdf_variant="pdf/a-2b")
    return result


ENGINES: dict[str, Engine] = {
    "docgen": ours,
    "limit": limit,
    "reportlab canvas": reportlab_canvas,
    "typst": typst_tables,
    "weasyprint tables": weasyprint_tables,
}
