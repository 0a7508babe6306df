"""What is raised and told: the mistakes of users, and pages beyond the parser."""


class UserError(Exception):
    """A user's mistake: its text is one line that says what, where and how to mend it. The CLI exits with 2."""


class Unreadable(ValueError):
    """A page that the parser cannot hold as a whole; the text says why."""
