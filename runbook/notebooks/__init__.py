"""What the notebooks call: one question a file, tables and sentences to show, and how a notebook is run and printed."""
