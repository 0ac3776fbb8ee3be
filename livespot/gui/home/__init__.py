"""The home window, which ``livespot`` without a command opens: live runs, reviews and batches in one window."""
