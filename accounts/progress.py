"""How far a long command is: one line that rewrites itself, where somebody is watching."""

from __future__ import annotations

from django.core.management.base import OutputWrapper

WIDTH = 30
CLEAR = "\r\x1b[K"


class Progress:
    """Draws nothing where the output is not a terminal."""

    def __init__(self, out: OutputWrapper, total: int) -> None:
        self.out, self.total, self.done = out, total, 0
        self.watched = out.isatty()

    def step(self, count: int = 1) -> None:
        self.done += count
        self._draw()

    def say(self, line: str) -> None:
        """Print a line of its own."""
        self.end()
        self.out.write(line)
        self.out.flush()
        self._draw()

    def end(self) -> None:
        if self.watched:
            self.out.write(CLEAR, ending="")
            self.out.flush()

    def _draw(self) -> None:
        if not self.watched:
            return
        filled = min(WIDTH, WIDTH * self.done // max(1, self.total))
        bar = "#" * filled + "." * (WIDTH - filled)
        self.out.write(f"{CLEAR}[{bar}] {self.done} of {self.total}", ending="")
        self.out.flush()
