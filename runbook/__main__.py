"""`python -m runbook` is the command line."""

from runbook.cli.main import main

if __name__ == "__main__":
    main()
