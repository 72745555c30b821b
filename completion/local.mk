# completion: what a shell knows of the command. Sourced by bash-completion when the command is first completed.
bashcompletiondir = $(datadir)/bash-completion/completions
dist_bashcompletion_DATA = completion/tidepool
