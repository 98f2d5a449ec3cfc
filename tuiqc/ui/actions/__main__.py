"""`python -m tuiqc.ui.actions` prints the key table of the README."""

from tuiqc.ui.actions import key_table

if __name__ == "__main__":
    print(key_table())
