"""The one exception that every layer raises for a problem the reader can mend."""


class UserError(Exception):
    """A state of the input, the settings or the warehouse that stops the work.

    The message is shown without a traceback, so it says three things: what was
    found, what was expected, and what to do.
    """
