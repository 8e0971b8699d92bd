"""New-media accounts (政务新媒体): feeds, article pages and sheets become facts. Nothing logs in anywhere.

A feed somebody else keeps may lack posts for weeks, so its newest post is a lower bound: it can show that an account was
updated, never that it was not. Only what the owner or the filing system exports is complete.
"""
