"""A run in the forms that others read, check and replay, all of them from its journal."""
