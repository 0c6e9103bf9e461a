"""`python -m qantara`: the same commands as the `qantara` script."""

from qantara.cli import main

if __name__ == "__main__":
    main()
