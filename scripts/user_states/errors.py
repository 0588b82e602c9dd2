"""The exception that every layer raises for a problem that the user can correct."""


class UserError(Exception):
    """A problem of the input, the settings or the warehouse.

    The message is shown without a traceback. It says what was found, what was expected,
    and what to do.
    """
