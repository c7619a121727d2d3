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
    '--json[one object a line]' \
    '(-f --follow)'{-f,--follow}'[logs: go on with what comes]' \
    '--all[every box; attention: what was seen too]' \
    '--label[only boxes with this label]:label:' \
    '--since[from this time on]:time:' \
    '--grep[logs: only lines that match]:regular expression:' \
    '--raw[logs: the own bytes of the box on a terminal too]' \
    '--filter[runs: as after / in the list of runs]:terms:' \
    '--sort[runs: by this]:order:(start status took cost tokens)' \
    '--reverse[runs: the other way round]' \
    '--limit[so many rows]:number:' \
    '--by[cost: of what]:what:(account label box run)' \
    '--utc[days and times in UTC]' \
    '1:box or verb:(list attention logs runs run cost exec)' \
    '*:word:(show diff)'
