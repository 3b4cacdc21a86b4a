"""What the exit code of a command says."""

FELL_SHORT = 1  # it ran, and what came of it is not all that was asked for
BAD_INPUT = 2  # a file, an option or somebody's access is wrong
INTERRUPTED = 130  # Ctrl-C, as shells count it
