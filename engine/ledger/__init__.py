"""The ledger: what was known, when it became known, and the proof that nothing was changed since.

Start with `store` (open, read, write one batch); what a row is stands in `schema`, what it commits to in `records`.
"""
