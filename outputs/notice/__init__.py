"""Notices (通报): what a notice says (`content`), from which figures (`fields`) and template (`template`), and its forms."""
