"""What was measured of a batch, and where is it kept? Parts of images, who measures them, and the folder of parts."""
