"""The composition root: what puts collectors, engine and outputs together for a person or a machine."""
