"""The ledger: what was known, when it became known, and the proof that nothing was changed since.

What is outside comes in by these doors; everything else in this folder is behind them. Times and names of people come from outside.

| to | call |
|---|---|
| make, open, close one | `making.make`, `store.Ledger.open`, `Ledger.close` |
| see one state while others write | `with ledger.reading() as connection` |
| record the facts of a register | `importing.import_facts` |
| see what is known, or was at a time | `reading.registers`, `reading.read_history` and its `History.at`; `store.size_at` for a moment |
| inspect and record it | `inspections.inspect_recorded` |
| list inspections; read one | `inspections.listed`; `replay.replay` (its `inspection`), or `inspections.find` and `recorded_rows` for the words alone |
| decide | `deciding.review`, `deciding.waive` |
| record pages, removals, notices | `evidence.keep`, `check`, `remove`, `noted` |
| ask what other inputs give | `replay.replay` (as_of, known_at, sources); `hege.engine.impact` for two rulebooks |
| publish rules | `publishing.publish` |
| sign, verify, prove a fact | `signing.checkpoint`, `verify.verify`, `proofs.find_facts` and `proof_of` |
| hand out, and check what was handed out | `bundle.bundle`; `bundle.read_bundle` and `audit.audit` |
| copy | `copying.backup`, `copying.restore` |

A `Ledger` may be shared by threads: each reading has a snapshot of its own, and writers take turns, across processes too. Whatever
cannot be done raises `database.LedgerRefused`, an `InputError`, with nothing changed. What a row is stands in `schema`, what
it commits to in `records`.
"""
