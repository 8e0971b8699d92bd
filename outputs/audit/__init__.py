"""The audit of published notices: what a notice prints is held against itself. Nothing is repaired."""
