"""Karet Runbook: a guided deployment of the Karet stack to AWS."""

__version__ = "0.1.0"
