"""One section of the document a file."""
