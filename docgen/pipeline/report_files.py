"""A report as a file: a page for the browser, PDF/A, or a workbook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from docgen.core.files import write_atomic
from docgen.pipeline.workspace import Workspace
from docgen.rendering import templates
from docgen.rendering.blank import lay_out_document
from docgen.rendering.tables import Table
from docgen.rendering.workbook import workbook

_MODE = 0o600
"""Reports name pupils: for the owner of the folder only."""


def write_as(
    style: str,
    path: Path,
    workspace: Workspace,
    template: str,
    variables: Mapping[str, object],
    tables: Sequence[Table],
) -> Path:
    """Write a report as html, pdf or xlsx; raises TemplateFault.

    `template` has a `screen.html` beside its page for paper; `tables` are the workbook's sheets.
    """
    if style == "xlsx":
        content: bytes | str = workbook(tables)
    elif style == "pdf":
        content = lay_out_document(template, variables, workspace.own_templates)
    else:
        content = templates.render(f"{template}/screen.html", variables, workspace.own_templates)
    write_atomic(path, content, mode=_MODE)
    return path
