"""The repair of one case: what speaks for it, where its right bytes are, what is put back."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from archive import manifest
from archive.durable import digest_or_none
from archive.medium import Medium, listed_outside
from archive.parallel import each
from archive.parity import rebuild
from archive.placing import clear, digest_below, put, stage
from archive.scratch import private_folder
from archive.validation import Level, Profile, read_bag_info, validate
from archive.volume import BagRecord
from docgen.core.files import move_durably
from docgen.core.findings import Finding, blocks, finding

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

Passes = Callable[[Path], bool]
"""Whether the signature beside a file passes; the archive knows no signatures itself."""

FROM_OTHER = "взят с другого экземпляра"
_FROM_PARITY = "вычислен по данным восстановления"
_EMPTY = hashlib.sha512(b"").hexdigest()


@dataclass(slots=True)
class Mending:
    """The repair of one case: what speaks for it, where its files may come from, what was found."""

    medium: Medium
    other: Medium
    name: str
    paper: str
    passes: Passes
    now: dt.datetime
    sources: list[tuple[Path, str]] = field(default_factory=list)
    found: list[Finding] = field(default_factory=list)

    @property
    def bag(self) -> Path:
        """Where the case stands, or is to stand, on the medium under repair."""
        return self.medium.bags / self.name

    def run(self) -> list[Finding]:
        """Repair the case if it needs it; what is left of the damage is found."""
        if self.bag.is_symlink():
            self._lose("", "на месте дела стоит ссылка: уберите её и повторите команду")
            return self.found
        anchor = self.paper or self._signed()
        if not self._damaged(anchor):
            self._seals()
            return self.found
        if not anchor:
            return [finding("AR-92", self._where(), bag=self.name)]
        self.sources = [(self.other.bags / self.name, FROM_OTHER)]
        with private_folder() as scratch:
            if not self._mend(anchor, scratch):
                return self.found
        self._seals()
        left = validate(self.bag, level=Level.FULL, profile=Profile.OURS)
        self.found += [self._told(row) for row in left if row.where not in self._lost()]
        if not blocks(self.found):
            self._record(anchor)
        return self.found

    def _signed(self) -> str:
        """The digest a passing signature speaks for; empty when none does, or two disagree.

        A signed list of another case put in the place of this one is not known to any card.
        """
        signed: set[str] = set()
        known: set[str] = set()
        for side in (self.medium, self.other):
            path = side.bags / self.name / manifest.TAG_MANIFEST
            if (digest := digest_or_none(path)) and self.passes(path):
                signed.add(digest)
            if record := side.read().bag(self.name):
                known.add(record.tagmanifest_sha512)
        return signed.pop() if len(signed) == 1 and (signed <= known or not known) else ""

    def _damaged(self, anchor: str) -> bool:
        if not self.bag.is_dir():
            return True
        digest = digest_or_none(self.bag / manifest.TAG_MANIFEST)
        record = self.medium.read().bag(self.name)
        expected = anchor or (record.tagmanifest_sha512 if record else digest)
        return digest != expected or bool(
            validate(self.bag, level=Level.FULL, profile=Profile.OURS)
        )

    def _mend(self, anchor: str, scratch: Path) -> bool:
        """Bring back what can be; whether anything of the case stands on the medium now."""
        wanted = self._wanted(anchor)
        bad = self._bad(wanted) if wanted else []
        sources = self._found_sources(wanted, bad)
        if not wanted or len(sources) < len(bad):
            rebuilt = rebuild((self.medium, self.other), self.name, scratch)
            if rebuilt is not None:
                self.sources.append((rebuilt, _FROM_PARITY))
                wanted = self._wanted(anchor)
                bad = self._bad(wanted) if wanted else []
                sources = self._found_sources(wanted, bad)
        if not wanted:
            self._lose(manifest.TAG_MANIFEST, "верных списков дела нет ни на одном экземпляре")
            return False
        for path in bad:
            if path not in sources:
                self._lose(
                    path, "он испорчен на обоих экземплярах, данных восстановления не хватает"
                )
        whole = self.bag.is_dir()
        if not whole and len(sources) < len(bad):
            return False  # a case is on a medium whole or not at all
        staged = stage(self.medium, self.name, {path: sources[path][0] for path in sources}, wanted)
        if not whole:
            with self.medium.faults():
                move_durably(staged, self.bag)
        for path in sorted(sources):
            if not whole or self._put(staged, path):
                self._say("AR-94", path, sources[path][1])
        clear(staged)
        return True

    def _wanted(self, anchor: str) -> dict[str, str]:
        """Digests of all files of the case from its authentic lists; empty when they are lost."""
        tags = self._list(manifest.TAG_MANIFEST, anchor)
        payload = self._list(manifest.MANIFEST, tags.get(manifest.MANIFEST, ""))
        return {manifest.TAG_MANIFEST: anchor, **tags, **payload} if payload else {}

    def _list(self, path: str, digest: str) -> Mapping[str, str]:
        for root, _ in ((self.bag, ""), *self.sources):
            if digest and digest_below(root, path) == digest:
                read = manifest.read_list(
                    root / path, digits=manifest.SHA512_DIGITS, where=self._where(path)
                )
                return read.digests
        return {}

    def _bad(self, wanted: Mapping[str, str]) -> list[str]:
        paths = sorted(wanted)
        digests = each(lambda path: digest_below(self.bag, path), paths)
        return [path for path, digest in zip(paths, digests, strict=True) if digest != wanted[path]]

    def _found_sources(
        self, wanted: Mapping[str, str], bad: list[str]
    ) -> dict[str, tuple[Path | None, str]]:
        """Where the right bytes of each bad file are; None stands for an empty file."""
        sources: dict[str, tuple[Path | None, str]] = {}
        for path in bad:
            for root, how in self.sources:
                if digest_below(root, path) == wanted[path]:
                    sources[path] = (root / path, how)
                    break
            else:
                if wanted[path] == _EMPTY:
                    sources[path] = (None, "он был пустым")
        return sources

    def _put(self, staged: Path, path: str) -> bool:
        reason = put(self.medium, staged / path, self.bag, path)
        if reason:
            self._lose(path, reason)
        return not reason

    def _seals(self) -> None:
        """Bring back signatures no list of the case holds; the list of the medium does."""
        for seal in manifest.SEALS:
            here, there = (
                digest_below(self.bag, seal),
                digest_below(self.other.bags / self.name, seal),
            )
            path = f"bags/{self.name}/{seal}"
            right = (
                listed_outside(self.medium.folder).get(path)
                or listed_outside(self.other.folder).get(path)
                or there
            )
            if right is None or here == right:
                continue
            if there != right:
                self._lose(seal, "верной подписи нет ни на одном экземпляре")
                continue
            source = {seal: self.other.bags / self.name / seal}
            staged = stage(self.medium, self.name, source, {seal: right})
            if self._put(staged, seal):
                self._say("AR-94", seal, FROM_OTHER)
            clear(staged)

    def _record(self, anchor: str) -> None:
        record = self.medium.read().bag(self.name)
        if record is None or record.tagmanifest_sha512 != anchor:
            identifier = read_bag_info(self.bag).get("External-Identifier", "")
            self.medium.record(BagRecord(self.name, identifier, anchor, self.now))

    def _told(self, row: Finding) -> Finding:
        """What a repair leaves alone is told so: it brings back, it takes nothing away."""
        if row.code not in {"AR-11", "AR-21"}:
            return row
        return finding("AR-95", row.where, refs=row.refs, path=row.params["path"])

    def _lost(self) -> set[str]:
        return {row.where for row in self.found if row.code == "AR-93"}

    def _lose(self, path: str, reason: str) -> None:
        self._say("AR-93", path, reason)

    def _say(self, code: str, path: str, reason: str) -> None:
        where = self._where(path)
        self.found.append(
            finding(code, where, refs={"file": where}, path=path or self.name, reason=reason)
        )

    def _where(self, path: str = "") -> str:
        return f"{self.name}/{path}" if path else self.name
