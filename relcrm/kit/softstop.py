"""Being asked to stop in the middle of work that has to come to an end first."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType

ASKED = (signal.SIGTERM, signal.SIGINT)


class SoftStop:
    """Inside the `with` block, SIGTERM and Ctrl-C only note that they came; at its end they have their usual effect.

    Outside the main thread, where no signal arrives, nothing changes.
    """

    def __init__(self) -> None:
        self.asked = False
        self._came: int | None = None
        self._before: dict[int, object] = {}

    def __enter__(self) -> SoftStop:
        if threading.current_thread() is threading.main_thread():
            for number in ASKED:
                if signal.getsignal(number) is not signal.SIG_IGN:
                    self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]  # what signal.signal gave back
        if self._came is not None:
            signal.raise_signal(self._came)

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self.asked and number == signal.SIGINT:
            raise KeyboardInterrupt  # they mean it: what is in the middle is left there
        self.asked, self._came = True, number
