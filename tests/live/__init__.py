"""The real thing for tests: servers, workers, databases and browsers as processes of their own."""
