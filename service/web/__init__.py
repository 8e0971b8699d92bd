"""The service over HTTP: `app` puts it together; `api` answers programs, `pages` people. Both are thin over the engine."""
