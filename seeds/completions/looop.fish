# Completion of looop for fish: looop completions fish >~/.config/fish/completions/looop.fish
function __looop_complete
    set -l words (commandline -opc) (commandline -ct)
    set -l found (command $words[1] complete -- $words[2..-1] 2>/dev/null)
    if string match -q ':file*' -- $found[1]
        __fish_complete_path (commandline -ct)
    else
        printf '%s\n' $found
    end
end
complete -c looop -f -a '(__looop_complete)'
