# bash completion for boxtop. The options come from `boxtop --help`.
_boxtop() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
    case $before in
    --api-key-file | --config | --log)
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
        return
        ;;
    --base-url | --ssh | --rate | --profile | --label | --since | --grep | --filter | --limit) return ;;
    --sort)
        mapfile -t COMPREPLY < <(compgen -W "start status took cost tokens" -- "$word")
        return
        ;;
    --by)
        mapfile -t COMPREPLY < <(compgen -W "account label box run" -- "$word")
        return
        ;;
    run)
        mapfile -t COMPREPLY < <(compgen -W "show diff" -- "$word")
        return
        ;;
    esac
    if [[ $word == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$(boxtop --help 2>/dev/null | grep -oE -- '--[a-z-]+' | sort -u)" -- "$word")
    elif ((COMP_CWORD == 1)); then
        mapfile -t COMPREPLY < <(compgen -W "list attention logs runs run cost exec" -- "$word")
    fi
}
complete -F _boxtop boxtop
