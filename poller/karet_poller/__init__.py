"""Takes what S3 reports from a queue and calls the worker beside it."""
