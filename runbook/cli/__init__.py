"""The command line: parses, calls runs, prints."""
