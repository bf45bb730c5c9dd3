"""The group of commands around the archive: its media, cases, terms and register."""

from __future__ import annotations

import click

from docgen.commands.archive_bundle import bundle_command
from docgen.commands.archive_check import (
    audit_command,
    compare_command,
    parity_command,
    repair_command,
)
from docgen.commands.archive_find import extract_command, find_command, restore_drill_command
from docgen.commands.archive_media import (
    burn_command,
    copy_command,
    image_command,
    prepare_command,
    try_command,
)
from docgen.commands.archive_papers import papers_command
from docgen.commands.archive_terms import (
    dispose_command,
    due_command,
    hold_group,
    register_group,
)
from docgen.commands.archive_travel import decrypt_command, encrypt_command, travel_key_command
from docgen.commands.shell import Group


@click.group("archive", cls=Group)
def archive_commands() -> None:
    """Архив: носители, дела, сроки, реестр."""


for command in (
    bundle_command,
    papers_command,
    try_command,
    prepare_command,
    copy_command,
    audit_command,
    compare_command,
    repair_command,
    parity_command,
    image_command,
    burn_command,
    find_command,
    extract_command,
    restore_drill_command,
    due_command,
    dispose_command,
    hold_group,
    register_group,
    travel_key_command,
    encrypt_command,
    decrypt_command,
):
    archive_commands.add_command(command)
