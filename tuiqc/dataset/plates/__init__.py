"""Where on a plate an image was taken: wells from placeholders or from the file names of the usual instruments."""
