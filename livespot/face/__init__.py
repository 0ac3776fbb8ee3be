"""Model frames to landmarks, and from there to the canonical grid with its ROIs. The only room that imports mediapipe."""
