"""Model frames to landmarks, and on to the canonical grid with its ROIs."""
