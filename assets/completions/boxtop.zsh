#compdef boxtop
# zsh completion for boxtop.
_arguments \
    '--base-url[where the service is]:URL:_urls' \
    '--ssh[where shells connect]:HOST\:PORT:_hosts' \
    '--api-key-file[read the API key from a file]:file:_files' \
    '--profile[use a profile of the config file]:name:' \
    '--rate[requests a second]:number:' \
    '--read-only[hide what changes anything]' \
    '--config[read this config file]:file:_files' \
    '--log[write a log for bug reports]:file:_files' \
    '--version[print the version]' \
    '--help[print a summary]' \
    '(-s --shell)'{-s,--shell}'[open a shell in the box]' \
    '1:box:'
