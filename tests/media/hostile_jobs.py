"""A child process like the studio's own that can be asked to do what hostile files do: `python -m` this."""

import os
import signal
import time

from studio.media import jobs


def eat(size):
    return len(bytearray(size))


def spin():
    while True:
        pass


def sleep(seconds):
    time.sleep(seconds)
    return seconds


def crash():
    os.kill(os.getpid(), signal.SIGSEGV)


def write(path, size):
    """Its last byte is enough to ask for so much; the rest is a hole."""
    with open(path, "wb") as file:
        file.seek(size - 1)
        file.write(b"x")


def babble():
    for handle in range(3, 10):
        try:
            os.write(handle, b"\xff\xff\xff\xff" * 9)
        except OSError:
            continue


def modules():
    import sys

    return sorted(sys.modules)


def fault():
    raise ZeroDivisionError("a fault of ours")


jobs.JOBS |= {
    each.__name__: each for each in (eat, spin, sleep, crash, write, babble, modules, fault)
}  # fmt: skip

if __name__ == "__main__":
    jobs.main()
