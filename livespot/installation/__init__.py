"""What this installation brings: engines, assets, stored windows to check engines by, versions of packages."""
