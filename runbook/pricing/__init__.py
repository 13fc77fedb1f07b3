"""Prices: what AWS charges for one unit of each thing, with where and when that was read."""
