"""The embedded AWS: moto, made stricter and more alive."""
