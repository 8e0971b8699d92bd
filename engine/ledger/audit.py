"""Checking a bundle without the ledger: digests, proofs, signature; then running the inspection again."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hege.engine.errors import HegeError, InputError
from hege.engine.ledger import inspections, records, schema, tree
from hege.engine.ledger.bundle import Bundle
from hege.engine.ledger.inspections import Said, Stored
from hege.engine.ledger.notes import Checkpoint, MalformedNote, Verifier, read_checkpoint, read_note
from hege.engine.ledger.reading import HistoryRows, history_of
from hege.engine.ledger.replay import Replayed, again
from hege.engine.ledger.verify import Fault, key_at, key_chain
from hege.engine.rulebook.sources import Sources, compiled
from hege.engine.text import Text

_PATH = re.compile(r"[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*")


@dataclass(frozen=True, kw_only=True, slots=True)
class Audited:
    """What checking a bundle found; it is run again only when there are no faults."""

    checkpoint: Checkpoint | None
    key: Verifier | None
    records: int
    faults: tuple[Fault, ...]
    replayed: Replayed | None


class _Audit:
    def __init__(self, given: Bundle) -> None:
        self.given = given
        self.faults: list[Fault] = []

    def fault(self, code: str, where: str, zh: str, en: str) -> None:
        self.faults.append(Fault(code=code, where=where, what=Text(zh=zh, en=en)))

    def run(self, trusted: Sequence[Verifier], held: Sequence[str]) -> Audited:
        checkpoint = key = replayed = None
        count = 0
        try:
            checkpoint, key = self._signature(trusted)
            if checkpoint is not None:
                self._batches(checkpoint)
                count = self._records()
                self._held(checkpoint, held)
            stored, before = self._inspection()
            if not self.faults:
                replayed = self._again(stored, before)
        except InputError as error:
            self.faults += [Fault(code=p.code, where=str(p.place), what=p.message) for p in error.problems]
        except HegeError as error:
            self.fault("not-run", "bundle", str(error), str(error))
        except (KeyError, IndexError, TypeError, ValueError, AttributeError, OverflowError) as error:
            self.fault("form", "bundle", f"内容不合格式（{error!r}）", f"is not of the right form ({error!r})")
        return Audited(checkpoint=checkpoint, key=key, records=count, faults=tuple(self.faults), replayed=replayed)

    # ---- who signed it ---------------------------------------------------------------------------------------------

    def _signature(self, trusted: Sequence[Verifier]) -> tuple[Checkpoint | None, Verifier | None]:
        chain = key_chain((r["batch"], r["key"], r["endorsement"]) for r in self.given.records["keys"])
        note = read_note(self.given.checkpoint)
        checkpoint = read_checkpoint(note.text)
        key = key_at(chain, checkpoint.size)
        for wanted in trusted:
            if wanted not in [k for _, k in chain]:
                self.fault(
                    "foreign-key",
                    "checkpoint",
                    f"不是用公钥{wanted}签署的，而是用{key or '不明的钥匙'}",
                    f"is not signed with the public key {wanted} but with {key or 'one that is not known'}",
                )
                return None, None
        if key is None or note.signer([key]) is None or key.name != checkpoint.origin:
            self.fault("checkpoint-signature", "checkpoint", "签名不成立", "the signature does not hold")
            return None, None
        return checkpoint, key

    # ---- what is proven --------------------------------------------------------------------------------------------

    def _batches(self, checkpoint: Checkpoint) -> None:
        for header in self.given.batches:
            number, where = header["number"], f"batch {header['number']}"
            digests = _digests(header)
            if len(digests) != header["records"] or records.records_root(digests) != header["records_root"]:
                self.fault(
                    "batch-records", where, "记录摘要与批次的根不符", "the digests of its records do not give its root"
                )
            leaf = tree.leaf_hash(records.leaf_content(header))
            path = [base64.b64decode(h) for h in header["path"]]
            if tree.root_from_inclusion(leaf, number, checkpoint.size, path) != checkpoint.root:
                self.fault("batch-proof", where, "不在已签署的树中", "is not in the signed tree")

    def _records(self) -> int:
        headers = {h["number"]: (h["first_seq"], _digests(h)) for h in self.given.batches}
        count = 0
        for table in schema.RECORDS:
            for row in self.given.records[table.name]:
                count += 1
                where = f"{table.name} {row['seq']}"
                if table is schema.facts and records.fact_digest(row) != row["fact"]:
                    self.fault(
                        "fact-changed",
                        where,
                        f"事实内容被改动（{_about(row)}）",
                        f"the content of the fact was changed ({_about(row)})",
                    )
                    continue
                first, digests = headers.get(row["batch"], (0, []))
                digest = hashlib.sha256(records.committed(table, row)).digest()
                index = row["seq"] - first
                if not 0 <= index < len(digests) or digests[index] != digest:
                    self.fault(
                        "record-changed",
                        where,
                        f"记录被改动，或不属于这一批（{_about(row)}）",
                        f"the record was changed, or is not of this batch ({_about(row)})",
                    )
        return count

    def _held(self, checkpoint: Checkpoint, held: Sequence[str]) -> None:
        """Checkpoints that the auditor has must be this one, or beginnings of it."""
        known = {read_note(e["note"]).text: e["proof"] for e in self.given.earlier}
        for n, text in enumerate(held, 1):
            where = f"held checkpoint {n}"
            try:
                kept = read_checkpoint(read_note(text).text)
            except MalformedNote as error:
                self.fault("checkpoint", where, f"不是检查点：{error}", f"is no checkpoint: {error}")
                continue
            proof = [base64.b64decode(h) for h in known.get(kept.text(), [])]
            if kept.origin != checkpoint.origin or not tree.is_consistent(
                kept.size, checkpoint.size, kept.root, checkpoint.root, proof
            ):
                self.fault(
                    "checkpoint-root",
                    where,
                    "证据包与所持检查点不是同一段历史，或早于它",
                    "the bundle does not continue the held checkpoint, or is older than it",
                )

    # ---- running it again ------------------------------------------------------------------------------------------

    def _inspection(self) -> tuple[Stored, dict[tuple[object, ...], dict[str, Any]]]:
        (row,) = self.given.records["inspections"]
        stored = inspections.stored_of(row)
        for name in ("inspection", "register", "rulebook", "known_at", "engine", "result"):
            own = stored.id if name == "inspection" else getattr(stored, name)
            if self.given.manifest[name] != own:
                self.fault(
                    "manifest", "manifest.json", f"“{name}”与检查记录不符", f"“{name}” is not that of the inspection"
                )
        return stored, recorded(self.given)

    def _again(self, stored: Stored, before: Mapping[tuple[object, ...], Mapping[str, object]]) -> Replayed | None:
        sources = self._sources(stored)
        if sources is None:
            return None
        rules = compiled(sources)
        given = self.given.records
        rows = HistoryRows(assets=given["assets"], facts=given["facts"], waivers=given["waivers"])
        replayed = again(stored, history_of(stored.register, rows, rules.vocabulary), rules, before)
        if replayed.compiled_otherwise and not replayed.by_other_program:
            self.fault(
                "rulebook", "rulebooks", "指标文本编不出所记的指标", "the texts do not give the recorded rulebook"
            )
            return None
        return replayed

    def _sources(self, stored: Stored) -> Sources | None:
        (row,) = [r for r in self.given.records["rulebooks"] if r["rulebook"] == stored.rulebook][:1]
        texts = {}
        for text in self.given.records["texts"]:
            if hashlib.sha256(text["text"].encode()).hexdigest() != text["sha256"]:
                self.fault("text", f"texts {text['seq']}", "文本与其摘要不符", "the text does not have its digest")
            texts[text["sha256"]] = text["text"]
        files = json.loads(row["files"])
        strange = [n for n in files if not _PATH.fullmatch(n) or ".." in n.split("/")]
        missing = [n for n, sha in files.items() if sha not in texts]
        for name in strange + missing:
            self.fault(
                "text", "rulebooks", f"缺文本或路径不当：{name}", f"a text is missing or its path is strange: {name}"
            )
        if self.faults:
            return None
        return Sources(asked=tuple(json.loads(row["asked"])), files={n: texts[sha] for n, sha in files.items()})


def audit(given: Bundle, trusted: Sequence[Verifier] = (), held: Sequence[str] = ()) -> Audited:
    """Checks a bundle and runs its inspection again. `trusted` are public keys, `held` checkpoints one has elsewhere."""
    return _Audit(given).run(trusted, held)


def recorded(given: Bundle) -> dict[tuple[object, ...], dict[str, Any]]:
    """What the inspection of a bundle said, by what each row is about."""
    found: dict[tuple[object, ...], dict[str, Any]] = {}
    for table in (schema.verdicts, schema.findings):
        for row in given.records[table.name]:
            said = Said(table, {k: v for k, v in row.items() if k not in (*schema.COMMON, "inspection")})
            found[said.key] = said.values
    return found


def _digests(header: Mapping[str, Any]) -> list[bytes]:
    whole = base64.b64decode(header["digests"])
    return [whole[n : n + 32] for n in range(0, len(whole), 32)]


def _about(row: Mapping[str, Any]) -> str:
    names = ("kind", "asset", "id", "part", "observed_at", "indicator", "sha256", "rulebook")
    return " ".join(str(row[n])[:40] for n in names if n in row and row[n] != "")
