"""`python -m bench [name …]`: run the named measurements, or all, one after another."""

import importlib
import pkgutil
import sys

import bench


def main() -> None:
    names = [module.name for module in pkgutil.iter_modules(bench.__path__)]
    offered = [name for name in names if not name.startswith("_")]
    wanted = sys.argv[1:] or offered
    unknown = set(wanted) - set(offered)
    if unknown:
        sys.exit(f"No measurement {', '.join(sorted(unknown))}; there are {', '.join(offered)}.")
    for name in wanted:
        print(f"== {name}", flush=True)
        importlib.import_module(f"bench.{name}").main()


if __name__ == "__main__":
    main()
