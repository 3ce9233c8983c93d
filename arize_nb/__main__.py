"""Run the console program: python -m arize_nb."""

from arize_nb.cli import main

if __name__ == "__main__":
    main()
