"""Where every `make` command begins: `python3 -m fundus.bootstrap run|dev|test`.

This file must parse under any Python 3, so that an old one answers with a sentence.
"""

import os
import shutil
import sys

OLDEST = (3, 11)
NEWER = ("python3.14", "python3.13", "python3.12", "python3.11")

if sys.version_info[:2] < OLDEST:
    found = [path for path in map(shutil.which, NEWER) if path]
    # One try only, or a wrong name on the path would send us round for ever.
    if found and "FUNDUS_SECOND_TRY" not in os.environ:
        os.environ["FUNDUS_SECOND_TRY"] = "1"
        os.execv(found[0], [found[0], "-m", "fundus.bootstrap", *sys.argv[1:]])  # noqa: S606
    version = ".".join(map(str, sys.version_info[:2]))
    sys.exit(
        f"Fundus needs Python 3.11 or newer and this is {version}. Install a newer one and say"
        " which one to use: make run PYTHON=/path/to/python3"
    )

from fundus.install import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
