"""The laws: named functions over a trial, each yielding what it compared and the tolerance it allows."""
