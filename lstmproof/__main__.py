"""`python -m lstmproof`, the same as the command `lstmproof`."""

from lstmproof.cli import main

if __name__ == "__main__":
    main()
