"""How does one image of a batch become a picture? Joins the dataset's files with the renderer; knows no screen."""
