"""The one door that the command line, the app and the notebooks come in by: look, plan, lock, apply, check, undo."""
