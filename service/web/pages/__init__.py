"""What people see: one module a group of pages, one template a page, one layout (`templates/base.html`), one style sheet.

A new page: a route in a module here (or a new one, named in `app.ROUTERS`) that gives `shell.page(...)`, its template, its
line in `rights.ROUTES`, and in `shell.NAVIGATION` if it is a place to go to. It uses the functions of `api`, never its own queries.
"""
