"""What cxmkit raises: one family that hosts can catch, each child a built-in too.

Every refusal of a value is a `CxmError` that names the argument, the place, the rule,
the value and, where there is one, the way out. Wrong call signatures stay Python's own
`TypeError`.
"""

__all__ = [
    "CxmError",
    "EmptySampleError",
    "InvalidTypeError",
    "InvalidValueError",
    "MissingValueError",
    "ScaleMismatchError",
]


class CxmError(Exception):
    """Base of all errors of cxmkit.

    Parameters
    ----------
    message : str
        One sentence: where, which rule, which value, and the way out.
    argument : str
        Name of the argument or field at fault, for a host's form.
    index : int, tuple of int or None
        Place inside the argument, counted from 0; in a text, line and column counted
        from 1. None if the whole is meant.
    value : object
        The value that was refused.

    Examples
    --------
    >>> from cxmkit import CxmError, nps
    >>> try:
    ...     nps([9, 10, 11])
    ... except CxmError as error:
    ...     print(error)
    ...     print(error.argument, error.index, error.value)
    answers[2] must be on the 0-10 scale; got 11
    answers 2 11
    """

    # Everything but the message has a default, so that a pickled error, which is
    # rebuilt from its message alone, arrives in the parent process in one piece.
    def __init__(
        self,
        message: str,
        *,
        argument: str = "",
        index: int | tuple[int, ...] | None = None,
        value: object = None,
    ) -> None:
        super().__init__(message)
        self.argument = argument
        self.index = index
        self.value = value


class InvalidValueError(CxmError, ValueError):
    """A value breaks a rule."""


class InvalidTypeError(CxmError, TypeError):
    """A value is of a kind that can never be right, such as text for a number."""


class MissingValueError(InvalidValueError):
    """A value is missing (None, NaN, NaT, pd.NA or masked) where one is needed."""


class EmptySampleError(InvalidValueError):
    """There is nothing to judge: no answers at all."""


class ScaleMismatchError(InvalidValueError):
    """Two results of different scales or definitions were brought together."""
