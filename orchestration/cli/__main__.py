"""``python -m orchestration.cli`` is ``junheng``."""

from orchestration.cli import main

if __name__ == "__main__":
    main()
