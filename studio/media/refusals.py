import struct

CUT_OFF = "This is {} that is cut off: it ends before it says so. Copy or save it anew."
# What Pillow and PyAV raise over files that are broken, or made to break them.
BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    EOFError,
    RuntimeError,
    MemoryError,
    Warning,
    struct.error,
)


class NotTaken(Exception):
    """A file that is not taken; the message is for the person who chose it. `retry`: another try may help."""

    def __init__(self, message: str, *, retry: bool = False) -> None:
        super().__init__(message)
        self.message, self.retry = message, retry
