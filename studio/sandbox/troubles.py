"""Words in a prompt that ask the sandbox for trouble, so that everything that can go wrong can be seen before it does.

| word       | what happens                                                                                   |
|------------|------------------------------------------------------------------------------------------------|
| `[fail]`   | accepted, and failed some seconds later with a message like the provider's                     |
| `[refuse]` | 400 at once: never accepted                                                                    |
| `[slow]`   | takes 45 seconds                                                                               |
| `[reset]`  | accepted and made, but the connection breaks before the answer: the id is on the sandbox's page |
| `[lost]`   | accepted; every poll answers 404                                                               |
| `[late]`   | accepted; never completes                                                                      |
| `[busy]`   | 429 with `Retry-After` the first time for this prompt and seed, then accepted                  |
| `[broke]`  | 402: the account has no credits left                                                           |
| `[nolink]` | completes without a link                                                                       |
| `[html]`   | 502 with a page of HTML where JSON belongs; nothing is made                                    |

Case does not matter. With several words in one prompt the first of this table counts.
"""

FAIL, REFUSE, SLOW, RESET, LOST = "fail", "refuse", "slow", "reset", "lost"
LATE, BUSY, BROKE, NOLINK, HTML = "late", "busy", "broke", "nolink", "html"
TROUBLES = (FAIL, REFUSE, SLOW, RESET, LOST, LATE, BUSY, BROKE, NOLINK, HTML)

# Nobody ever sees a video of these.
WITHOUT_VIDEO = frozenset({FAIL, LOST, LATE, NOLINK})


def trouble_in(prompt: str) -> str:
    """The trouble that a prompt asks for, without its brackets; empty for none."""
    folded = prompt.casefold()
    return next((word for word in TROUBLES if f"[{word}]" in folded), "")
