"""Container images: a tag from a source, a build, a push, and the digest that the registry answers."""
