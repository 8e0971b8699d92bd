"""Asking servers: one request chain becomes one capture, within a deadline, politely, and without touching private networks."""
