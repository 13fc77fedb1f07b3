"""The only door to AWS: sessions and clients, the read-only guard, what AWS's errors mean, offline checks of calls."""
