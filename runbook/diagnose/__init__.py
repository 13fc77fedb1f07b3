"""Why the tasks of an ECS service do not come up: what was read, one verdict, and what to do next."""
