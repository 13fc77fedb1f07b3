"""`python -m runbook` is the command line."""

from runbook.cli.start import main

if __name__ == "__main__":
    main()
