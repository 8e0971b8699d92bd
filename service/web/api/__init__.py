"""What programs ask: one module a group of routes, each with a `router` that `app` takes in."""
