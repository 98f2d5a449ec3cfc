"""Where am I, what is decided? The state of a session, without a screen."""
