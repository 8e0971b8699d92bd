"""hege (合格): inspection of government websites and new-media accounts. Folder X at the top of the repository is imported as hege.X."""

__version__ = "0.1.0"
