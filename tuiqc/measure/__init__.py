"""What can be said of an object, or of an image: evidence for and against an outline, and image quality."""
