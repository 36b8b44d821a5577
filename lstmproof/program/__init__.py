"""Program: the immutable representation of one step of a recurrence, its typechecker, passes and printer."""
