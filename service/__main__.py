"""`python -m hege.service` is `hege`."""

from hege.service.cli import main

main()
