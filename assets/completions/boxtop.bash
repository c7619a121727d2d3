# bash completion for boxtop. The options come from `boxtop --help`.
_boxtop() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
    case $before in
    --api-key-file | --config | --log)
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
        return
        ;;
    --base-url | --ssh | --rate | --profile) return ;;
    esac
    if [[ $word == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$(boxtop --help 2>/dev/null | grep -oE -- '--[a-z-]+' | sort -u)" -- "$word")
    fi
}
complete -F _boxtop boxtop
