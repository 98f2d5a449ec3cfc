"""`python -m tuiqc.ui.commands` prints the key table of the documents."""

from tuiqc.ui.commands import key_table

if __name__ == "__main__":
    print(key_table())
