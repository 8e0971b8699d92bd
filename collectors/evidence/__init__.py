"""Captures as WARC files: what was sent and received, sealed by digests, and read back as the captures they were."""
