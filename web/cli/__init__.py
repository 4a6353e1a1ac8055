"""The command line: JSON on standard output for scripts, words on standard error for people."""
