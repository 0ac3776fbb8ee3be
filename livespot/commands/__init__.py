"""One module per command: ``run(options)`` returns the exit code. Imported only when the command is called."""
