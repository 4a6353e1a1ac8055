"""HTTP, forms, sessions, queue and command line: translation only."""
