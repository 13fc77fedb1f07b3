"""Holds a copy of the source document against what the runbook makes of it, line by line."""
