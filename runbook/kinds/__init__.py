"""One AWS service a file: how its things are looked at, made, changed and removed."""
