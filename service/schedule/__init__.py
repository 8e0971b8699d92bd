"""What the service does by the clock: `plan` says what and when, `slots` the moments, `standing` who does it and what
became of it, `actions` how, `scheduler` sees to it; `alerts` says what people have to know, `sending` how it reaches them.
"""
