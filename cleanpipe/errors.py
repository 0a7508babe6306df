"""The one exception that a user is meant to see."""


class UserError(Exception):
    """A user's mistake: its text is one line that says what, where and how to mend it. The CLI exits with 2."""
