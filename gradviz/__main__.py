"""``python -m gradviz``."""

from gradviz.cli.start import start

if __name__ == "__main__":
    start()
