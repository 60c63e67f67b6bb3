# Completion of promoctl for bash. Nothing is asked over the network: what completes is what the table says, and files.
#
# tests/hosts/test_completion.py holds the table against `promoctl --help` and `promoctl COMMAND --help`.

_promoctl()
{
    # One row a command: what stands by itself, in its order, then the options. DIR and FILE complete as such, ...
    # again and again, words with | are the choices; behind an option's = stands what it takes, nothing where nobody can know.
    local connection='--redis= --user= --password-file=FILE --ca-file=FILE --cert-file=FILE --key-file=FILE --timeout= --help'
    local activation='--expect= --author= --note= --accept-drop --max-drop-bp='
    local -A table=(
        [check]="DIR --json --max-candidates= --help"
        [evaluate]="FILE --policies=DIR --at= --explain --max-candidates= --help"
        [replay]="FILE... --policies=DIR --json --differences= --max-candidates= --help"
        [publish]="DIR $activation --release= --replicas= --max-candidates= --gateways= --window-s= --dry-run $connection"
        [releases]="--json $connection"
        [show]="current --json $connection"
        [diff]="current current --json $connection"
        [rollback]="NUMBER $activation $connection"
        [export]="current DIR $connection"
        [degrade]="on|auto|never|status --interface= --reason= --ttl= --drill --json --admin= --token-file=FILE $connection"
        [gc]="--dry-run $connection"
    )

    COMPREPLY=()
    local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
    if [[ $current == = ]]; then # bash takes --policies=DIR for three words
        current=
    elif [[ $before == = ]]; then
        before=${COMP_WORDS[COMP_CWORD - 2]}
    fi
    if ((COMP_CWORD == 1)); then
        mapfile -t COMPREPLY < <(compgen -W "${!table[*]} --help --version" -- "$current")
        return
    fi
    local row=${table[${COMP_WORDS[1]}]-}
    if [[ -z $row ]]; then
        return
    fi
    if [[ " $row " =~ " $before="([A-Z]*)" " ]]; then
        _promoctl_reply "${BASH_REMATCH[1]}"
    elif [[ $current == -* ]]; then
        local options=" $row"
        while [[ $options =~ =[A-Z]* ]]; do
            options=${options/"${BASH_REMATCH[0]}"/}
        done
        mapfile -t COMPREPLY < <(compgen -W "$options" -- "$current")
    else
        _promoctl_reply "$(_promoctl_place)"
    fi
}

# What stands at the cursor's place among the words that are neither options nor their values. Reads row.
_promoctl_place()
{
    local -a places
    local word option='' place=0 at
    read -ra places <<<"${row%%--*}"
    for ((at = 2; at < COMP_CWORD; at++)); do
        word=${COMP_WORDS[at]}
        if [[ $word == -* ]]; then
            option=$word
        elif [[ -n $option && " $row " == *" $option="* ]]; then
            [[ $word == = ]] || option=
        else
            ((place += 1))
        fi
    done
    if [[ ${#places[@]} -gt 0 && ${places[-1]} == *... && $place -ge ${#places[@]} ]]; then
        place=$((${#places[@]} - 1))
    fi
    word=${places[place]-}
    echo "${word%...}"
}

# Completes `current` as what is asked for. Reads current.
_promoctl_reply()
{
    case $1 in
    DIR | FILE)
        local action=-f
        [[ $1 == FILE ]] || action=-d
        compopt -o filenames 2>/dev/null # outside of a completion, as in tests, there is nothing to tell
        mapfile -t COMPREPLY < <(compgen "$action" -- "$current")
        ;;
    '' | NUMBER) ;;
    *) mapfile -t COMPREPLY < <(compgen -W "${1//|/ }" -- "$current") ;;
    esac
}

complete -F _promoctl promoctl
