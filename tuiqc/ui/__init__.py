"""What is on the screen: the only room that imports Textual."""
