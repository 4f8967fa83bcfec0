class NotTaken(Exception):
    """A file that is not taken; the message is for the person who chose it."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message
