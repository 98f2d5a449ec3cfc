"""What the numbers look like: quantities per row and per group, and histograms, scatter plots and boxes of them."""
