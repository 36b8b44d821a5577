"""Refuting claims: concrete small networks at which every hypothesis holds and the conclusion does not."""
