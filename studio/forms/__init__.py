"""From what the browser sends to a GenerationRequest, with a message beside each field that is wrong."""

from .composer import ComposerForm, new_key
from .files import take_file
from .posted import form_for, initial_from, keyless, posted_form, without_key

__all__ = ["ComposerForm", "form_for", "initial_from", "keyless", "new_key", "posted_form", "take_file", "without_key"]
