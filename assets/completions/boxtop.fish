# fish completion for boxtop.
complete -c boxtop -f
complete -c boxtop -l base-url -x -d 'Where the service is'
complete -c boxtop -l ssh -x -d 'Where shells connect, HOST[:PORT]'
complete -c boxtop -l api-key-file -r -F -d 'Read the API key from a file'
complete -c boxtop -l profile -x -d 'Use a profile of the config file'
complete -c boxtop -l rate -x -d 'Requests a second'
complete -c boxtop -l read-only -d 'Hide what changes anything'
complete -c boxtop -l config -r -F -d 'Read this config file'
complete -c boxtop -l log -r -F -d 'Write a log for bug reports'
complete -c boxtop -l version -d 'Print the version'
complete -c boxtop -l help -d 'Print a summary'
complete -c boxtop -s s -l shell -d 'Open a shell in the box'
