"""The one exception that a user is meant to read."""


class UserError(Exception):
    """Something the user can mend; the message says what is wrong and how, in Chinese.

    Commands print it as one line and exit with status 2.
    """


class Outdated(UserError):
    """What the user agreed to is not so any more: to be looked at again."""


class OutOfOrder(UserError):
    """What is wrong lies with this installation, not with what was asked of it: its disk, its index, its network."""


class Damaged(OutOfOrder):
    """What is on the disk is not what was written there."""


class Unreachable(OutOfOrder):
    """A service that does not answer; it may be back the next time."""
